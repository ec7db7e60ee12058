// history finds any sale of any day.
import { h, put } from './dom.js';
import { t } from './words.js';
import { get } from './api.js';
import { dayAndClock, rupees } from './format.js';
import { marks, reasonWord } from './say.js';
import { chip, tile } from './tile.js';
import { attempt, reading } from './act.js';
import { onChange } from './sales.js';

// What happens to a sale shows in the list too: or whoever refunds it here would see nothing of it, and do it again.
onChange((sale) => {
  const old = sale && document.querySelector(`.list [data-id="${CSS.escape(sale.id)}"]`);
  if (old) old.replaceWith(row(sale, old.open));
});

export function page() {
  const list = h('div', { class: 'list' });
  const more = h('button', { type: 'button', class: 'quiet', onclick: (e) => attempt(e.currentTarget, () => read(true)) }, t('more'));
  const form = h('form', { class: 'find', role: 'search', onsubmit: (e) => { e.preventDefault(); attempt(form.querySelector('button'), () => read(false)); } },
    h('label', {}, t('search'), h('input', { name: 'q', type: 'search', maxlength: 64, autocomplete: 'off' })),
    h('button', { class: 'main' }, t('find')),
    h('details', { class: 'filters' }, h('summary', {}, t('filters')), h('div', { class: 'pairs' },
      h('label', {}, t('from'), h('input', { name: 'from', type: 'datetime-local' })), h('label', {}, t('to'), h('input', { name: 'to', type: 'datetime-local' })),
      choice('phase', ['awaiting', 'paying', 'closing', 'paid', 'closed']), choice('reason', ['cancelled', 'expired', 'failed', 'other_tender']))));
  let before = '', asked = 0, query;
  async function read(on) {
    const v = on ? new URLSearchParams(query) : new URLSearchParams({ limit: 50 }); // "more" is of what was found, whatever stands in the fields by now
    if (!on) for (const name of ['q', 'from', 'to', 'phase', 'reason']) if (form[name].value.trim()) v.set(name, form[name].value.trim().replace(/^RRN\s+/i, ''));
    query = v.toString();
    if (on && before) v.set('before', before);
    const turn = ++asked;
    const found = await get('/v1/sales?' + v);
    if (turn !== asked) return; // a later search was answered first
    if (!on) list.replaceChildren();
    for (const sale of found.sales) list.append(row(sale));
    before = found.next ?? '';
    more.hidden = !found.has_more;
    // A search that no index answers says how far back it looked; "more" goes on from there.
    const back = found.has_more && found.looked_back_to ? ` (${found.looked_back_to} …)` : '';
    if (!list.children.length) put(list, h('p', { class: 'nothing' }, t('none') + back));
    else if (on) list.querySelector('.nothing')?.remove();
  }
  reading(list, () => read(false));
  return h('div', { class: 'page' }, h('h1', {}, t('history')), form, list, more);
}

const choice = (name, words) => h('label', {}, t(name), h('select', { name, onchange: (e) => e.target.form.requestSubmit() }, h('option', { value: '' }, t('any')), words.map((w) => h('option', { value: w }, t(w)))));

function row(sale, open = false) {
  return h('details', { class: `sale ${sale.phase}`, 'data-id': sale.id, open, ontoggle: (e) => e.currentTarget.open && e.currentTarget.children.length < 2 && e.currentTarget.append(tile(sale, { away: false })) },
    h('summary', {},
      h('span', { class: 'number' }, sale.name), h('span', {}, dayAndClock(sale.created_at)),
      chip(sale), marks(sale), h('small', {}, reasonWord(sale)),
      h('span', { class: 'amount' }, rupees(sale.amount_paise)),
      h('span', { class: 'facts' }, [sale.standing?.name, sale.rrn, sale.reference, back(sale)].filter(Boolean).join(' · '))));
}

// back is what was refunded of a sale: its phase stays paid.
function back(sale) {
  const paise = sale.refunds.filter((r) => r.status === 'processed').reduce((sum, r) => sum + r.amount_paise, 0);
  return paise > 0 && `${t('rf_processed')}: ${rupees(paise)}`;
}
