// tile is one sale in front of the cashier. It stays until it is put away.
import { h, icon } from './dom.js';
import { t } from './words.js';
import { clock, rupees, span } from './format.js';
import { foreign, marks, person, phaseWord, reasonWord, sentence, shapeOf, slips, toneOf } from './say.js';
import { boxTime } from './api.js';
import { final, putAway } from './sales.js';
import { cancel, print, refund } from './act.js';
import { paper } from './paper.js';
import * as qr from './qr.js';

const button = (label, cls, f) => h('button', { class: cls, type: 'button', onclick: (e) => f(e.currentTarget) }, label);

export const chip = (sale) => h('span', { class: `chip phase ${toneOf(sale)}` }, icon(shapeOf(sale)), h('span', {}, phaseWord(sale)));

// away: it can be put away, as on the till; a tile of the history can't. turn: what a tap on its head does, where it can be closed.
export function tile(sale, { away = true, turn } = {}) {
  const reason = reasonWord(sale);
  const head = [h('span', { class: 'number' }, sale.name), chip(sale), marks(sale), reason && h('small', {}, reason), h('time', { datetime: sale.created_at }, clock(sale.created_at))];
  return h('article', { class: `tile ${sale.phase}${sale.attention.length ? ' attention' : ''}`, 'data-id': sale.id, 'aria-label': `${t('number')} ${sale.name}` },
    turn ? h('button', { type: 'button', class: 'head', 'aria-expanded': 'true', onclick: turn }, head) : h('header', {}, head),
    h('div', { class: 'money' }, h('p', { class: 'amount' }, rupees(sale.amount_paise)), timeLine(sale)),
    h('p', { class: 'sentence', lang: foreign(sale.message_code) }, sentence(sale)),
    facts(sale),
    h('div', { class: 'row' }, actions(sale, away)));
}

// short is a tile in one line; turn opens it.
export function short(sale, turn) {
  return h('article', { class: `tile short ${sale.phase}${sale.attention.length ? ' attention' : ''}`, 'data-id': sale.id, 'aria-label': `${t('number')} ${sale.name}` },
    h('button', { type: 'button', class: 'head', 'aria-expanded': 'false', onclick: turn },
      h('span', { class: 'named' }, h('span', { class: 'number' }, sale.name), h('time', { datetime: sale.created_at }, clock(sale.created_at).slice(0, 5))),
      chip(sale), h('span', { class: 'amount' }, rupees(sale.amount_paise))),
    final(sale) && h('button', { type: 'button', class: 'away', 'aria-label': `${t('done')}: ${sale.name}`, onclick: () => putAway(sale.id) }, icon('done')));
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
  const line = [sale.standing?.name, sale.payments.find((p) => p.note)?.note, sale.reference, sale.rrn && 'RRN ' + sale.rrn, !sale.standing && person(sale.by), slips(sale), sale.demo && 'DEMO'].filter(Boolean);
  const back = sale.refunds.map((r) => `↩ ${rupees(r.amount_paise)} ${t('rf_' + r.status)}`);
  return line.length + back.length ? h('p', { class: 'facts' }, [...line, ...back].join(' · ')) : null;
}

function actions(sale, away) {
  if (!final(sale)) {
    if (sale.phase === 'closing' || sale.kind === 'mandate') return [];
    return [away && qr.live(sale) && button(t('show_qr'), 'quiet', () => qr.show(sale)),
      button(t('cancel'), 'quiet', (b) => cancel(sale, b)), button(t('other'), 'quiet', (b) => cancel(sale, b, 'other_tender')),
      paper && sale.phase === 'awaiting' && button(t('slip'), 'quiet', (b) => print(sale, 'order', b))];
  }
  const refundable = sale.payments.some((p) => p.refundable_paise);
  return [away && button(t('done'), 'main', () => putAway(sale.id)),
    paper && sale.phase === 'paid' && button(t('receipt'), 'quiet', (b) => print(sale, 'receipt', b)),
    refundable && sale.attention.every((a) => a.kind === 'reversed') && button(t('refund'), 'quiet', (b) => refund(sale, b))];
}
