// say puts a sale into words: its phase, and one sentence with the next action, in the language in use.
import { language, t } from './words.js';
import { h } from './dom.js';
import { rupees } from './format.js';
import { final } from './sales.js';

const known = (word, fallback) => (t(word) === word ? t(fallback) : t(word));

export const phaseWord = (sale) => t(sale.phase);
export const reasonWord = (sale) => (sale.phase === 'closed' && sale.close_reason ? t(sale.close_reason) : '');
export const shapeOf = { opened: 'wait', quoting: 'wait', awaiting: 'qr', paying: 'moving', closing: 'wait', paid: 'done', closed: 'not' };

const captured = (sale) => sale.payments.filter((p) => p.status === 'captured' || p.status === 'refunded').reduce((a, p) => a + p.amount_paise, 0);

export function sentence(sale) {
  const amount = rupees(sale.amount_paise);
  if (final(sale) && sale.attention.length) return itemSentence(sale, sale.attention[0]);
  switch (sale.phase) {
    case 'awaiting':
      return sale.tender === 'under' ? t('say_under', { amount, captured: rupees(captured(sale)) }) : t('say_awaiting', { amount });
    case 'paid':
      if (sale.refunds.length && !sale.payments.some((p) => p.refundable_paise)) return t('say_refunded');
      return t('say_paid', { amount: rupees(sale.tender === 'under' ? captured(sale) : sale.amount_paise) });
    case 'closed':
      if (sale.tender === 'late') return t('say_late_done');
      return known('say_' + sale.close_reason, 'say_failed');
  }
  return known('say_' + sale.phase, 'say_opened');
}

// person is who did something, without the role the till stores with it.
export const person = (by = '') => by.replace(/^(cashier|manager|owner|service):/, '');

// itemSentence says what is to be decided. What is rare has the till's own words only: see itemWords.
const common = (item) => ['late', 'duplicate', 'over', 'under'].includes(item.kind);
export const itemSentence = (sale, item) => (language === 'en' && !common(item) ? item.message
  : t(common(item) ? 'att_' + item.kind : 'att_other', { amount: rupees(item.amount_paise ?? 0), number: sale.name }));

// itemWords are the till's words where the language in use has no sentence for an item.
export const itemWords = (item) => (language === 'en' || common(item) ? '' : item.message);

// hour is the last hour in figures: how many of those asked have paid, how soon half of them had, and which gateway is away.
export function hour(health) {
  const w = health.weather ?? {};
  return [w.ended > 0 && ` · ${t('paid')} ${w.paid}/${w.ended}`, w.time_to_paid_ms > 0 && ` · ${t('half_paid')} ${Math.round(w.time_to_paid_ms / 1000)} s`,
    (health.gateways ?? []).filter((g) => !g.ok).map((g) => [' · ', h('span', { lang: 'en' }, g.name), ': ', t('failed')])];
}
