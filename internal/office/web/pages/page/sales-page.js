// sales-page finds any sale of any shop.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { dayAndClock, rupees } from './format.js';
import { at, by, fact, linked, list } from './list.js';

let typed = '';

export function page() {
  const found = h('div', {});
  const form = h('form', { class: 'find', role: 'search', onsubmit: (e) => { e.preventDefault(); look(); } },
    h('label', {}, t('search'), h('input', { name: 'q', type: 'search', maxlength: 64, autocomplete: 'off', required: true, value: typed })),
    h('button', { class: 'main' }, t('find')));
  const look = () => {
    typed = form.q.value;
    put(found, list('/v1/owner/sales?limit=25&q=' + encodeURIComponent(typed), { rows: (a) => (a.sales ?? []).map(sale), none: t('none') }));
  };
  if (typed) look();
  return h('div', { class: 'page' }, h('h1', { tabindex: -1 }, t('sales')), form, h('p', { class: 'facts' }, t('search_help')), found);
}

const tones = { paid: 'good', closed: 'bad', paying: 'move', awaiting: 'warn' };

const sale = (s) => linked(s, 'entryrow',
  h('p', {}, h('strong', {}, s.name), h('span', { class: 'amount' }, rupees(s.amount_paise)), h('span', { class: 'chip ' + (s.reason === 'other_tender' ? 'good' : tones[s.phase] ?? '') }, t(s.reason === 'other_tender' ? 'other_tender' : s.phase)),
    s.reason && s.reason !== 'other_tender' && h('small', {}, t(s.reason)), s.attention && h('span', { class: 'chip bad' }, icon('bell'), t('inbox')), s.gone_paise > 0 && h('span', { class: 'chip warn' }, `${t('went_back')} ${rupees(s.gone_paise)}`)),
  fact(at(s), s.opened_at && dayAndClock(s.opened_at).slice(0, -3), s.by && t('by', { name: by(s.by) })),
  fact(s.reference && `${t('reference')} ${s.reference}`, s.rrns?.length > 0 && 'RRN ' + s.rrns.join(' ')));
