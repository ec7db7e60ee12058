// paid fills the page when a sale is paid, for 1.5 s or until the next key or tap. It takes neither: what is pressed counts as if it
// were not there.
import { h, icon } from './dom.js';
import { rupees } from './format.js';
import { t } from './words.js';

const long = 1500; // ms
let shown, ends;

export function flash(sale) {
  gone();
  shown = h('div', { class: 'flash', 'aria-hidden': 'true' }, icon('done'), h('span', {}, t('paid')), h('b', {}, rupees(sale.amount_paise)), h('span', {}, sale.name));
  document.body.append(shown); // the voice says it by itself
  ends = setTimeout(gone, long);
}

export function gone() {
  clearTimeout(ends);
  shown?.remove();
  shown = undefined;
}

for (const what of ['keydown', 'pointerdown']) document.addEventListener(what, gone, true);
