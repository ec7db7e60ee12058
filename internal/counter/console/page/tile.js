// tile is one sale in front of the cashier. It stays until it is put away.
import { h, icon } from './dom.js';
import { t } from './words.js';
import { clock, rupees, span } from './format.js';
import { foreign, person, phaseWord, reasonWord, sentence, shapeOf, well } from './say.js';
import { boxTime } from './api.js';
import { final, putAway } from './sales.js';
import { cancel, print, refund } from './act.js';
import { paper } from './paper.js';

const button = (label, cls, f) => h('button', { class: cls, type: 'button', onclick: (e) => f(e.currentTarget) }, label);

// away: it can be put away, as on the till; a tile of the history can't.
export function tile(sale, { away = true } = {}) {
  const reason = reasonWord(sale);
  return h('article', { class: `tile ${sale.phase}${sale.phase === 'closed' && well(sale) ? ' well' : ''}${sale.attention.length ? ' attention' : ''}`, 'data-id': sale.id, 'aria-label': `${t('number')} ${sale.name}` },
    h('header', {},
      h('span', { class: 'number' }, sale.name),
      h('span', { class: 'phase' }, icon(shapeOf(sale)), phaseWord(sale), reason && h('small', {}, reason)),
      h('time', { datetime: sale.created_at }, clock(sale.created_at))),
    h('p', { class: 'amount' }, rupees(sale.amount_paise)),
    h('p', { class: 'sentence', lang: foreign(sale.message_code) }, sentence(sale)),
    timeLine(sale),
    facts(sale),
    h('div', { class: 'row' }, actions(sale, away)));
}

// timeLine counts down what is left, or up how long the bank takes; tick moves it on.
function timeLine(sale) {
  if (sale.phase === 'awaiting' && sale.qr?.valid_until) return h('p', { class: 'time', 'data-until': sale.qr.valid_until });
  if (sale.phase === 'paying') return h('p', { class: 'time', 'data-since': sale.updated_at });
  return null;
}

export function tick(root) {
  for (const el of root.querySelectorAll('[data-until]')) el.textContent = t('left', { time: span((Date.parse(el.dataset.until) - boxTime()) / 1000) });
  for (const el of root.querySelectorAll('[data-since]')) el.textContent = t('since', { time: span((boxTime() - Date.parse(el.dataset.since)) / 1000) });
}

function facts(sale) {
  const line = [sale.reference, sale.rrn && 'RRN ' + sale.rrn, person(sale.by), sale.demo && 'DEMO'].filter(Boolean);
  const back = sale.refunds.map((r) => `↩ ${rupees(r.amount_paise)} ${t('rf_' + r.status)}`);
  return line.length + back.length ? h('p', { class: 'facts' }, [...line, ...back].join(' · ')) : null;
}

function actions(sale, away) {
  if (!final(sale)) {
    if (sale.phase === 'closing' || sale.kind === 'mandate') return [];
    return [button(t('cancel'), 'quiet', (b) => cancel(sale, b)), button(t('other'), 'quiet', (b) => cancel(sale, b, 'other_tender')),
      paper && sale.phase === 'awaiting' && button(t('slip'), 'quiet', (b) => print(sale, 'order', b))];
  }
  const refundable = sale.payments.some((p) => p.refundable_paise);
  return [away && button(t('done'), 'main', () => putAway(sale.id)),
    paper && sale.phase === 'paid' && button(t('receipt'), 'quiet', (b) => print(sale, 'receipt', b)),
    refundable && sale.attention.every((a) => a.kind === 'reversed') && button(t('refund'), 'quiet', (b) => refund(sale, b))];
}
