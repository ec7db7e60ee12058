// inbox shows what needs a decision, each item with its answers: in one line with the other alerts, opened by a tap, and always open
// where there is room.
import { h, icon, put } from './dom.js';
import { resolve } from './act.js';
import { inbox } from './sales.js';
import { foreign, itemSentence } from './say.js';
import { language, t } from './words.js';

export const roomy = globalThis.matchMedia?.('(min-width: 900px) and (min-height: 521px)') ?? { matches: false };

export const box = h('section', { class: 'inbox', id: 'inbox', hidden: true });
let open = false, shown = '';

export const title = () => t('inbox') + ` (${inbox().length})`;

// show draws it: here is whether the page that it belongs to, the till, is shown.
export function show(here) {
  const items = inbox();
  open &&= here && items.length > 0;
  box.hidden = !here || !items.length || !(open || roomy.matches);
  const now = box.hidden ? '' : JSON.stringify([items, language]);
  if (now === shown) return;
  shown = now;
  if (box.hidden) {
    put(box);
    return;
  }
  const focus = document.activeElement?.closest?.('.inbox .card');
  const at = focus && [focus.dataset.item, [...focus.querySelectorAll('button')].indexOf(document.activeElement)];
  put(box, h('h2', {}, icon('bell'), title()), h('div', { class: 'cards' }, items.map(({ sale, item }) => card(sale, item))));
  if (at) box.querySelector(`[data-item="${CSS.escape(at[0])}"]`)?.querySelectorAll('button')[at[1]]?.focus();
}

export const opened = () => !box.hidden;

// turn opens it or closes it again.
export function turn(to = !open) {
  open = to;
  show(true);
}

// answer is the word on the button of an answer: what the person does, which for some kinds of items has a word of its own.
function answer(item, action) {
  switch (action) {
    case 'accept': return t(item.message_code === 'item_late' ? 'handed' : ['late', 'duplicate', 'over', 'under'].includes(item.kind) ? 'accept' : 'done');
    case 'other_tender': return t(item.kind === 'short' ? 'rest_other' : 'settled_other');
    case 'keep': return t('keep_other');
    default: return t(action);
  }
}

// tone is the colour of an answer's button: money that goes back is red; what settles an item beside the till is quiet.
const tone = (action) => ({ refund: 'danger', other_tender: 'quiet', keep: 'quiet' })[action] ?? 'main';

export function card(sale, item) {
  return h('article', { class: 'card', 'data-item': `${sale.id}/${item.id}` },
    h('p', { class: 'sentence', lang: foreign(item.message_code) }, itemSentence(item)),
    h('div', { class: 'row' }, item.answers.map((action) =>
      h('button', { type: 'button', class: tone(action), onclick: (e) => resolve(sale, item, action, e.currentTarget) }, answer(item, action)))));
}
