// done is who did what: refunds, cancels, what gives power or takes data away, at the boxes and at the office.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { get } from './api.js';
import { reading } from './act.js';
import { dayAndClock, rupees } from './format.js';
import { at, by, fact, linked, list } from './list.js';

// spans are how far back: days before today.
const spans = [['today', 0], ['days7', 6], ['days30', 29]];

// daysAgo is a business day in India, "2026-11-30".
export const daysAgo = (n) => new Date(Date.now() + 5.5 * 3600e3 - n * 864e5).toISOString().slice(0, 10);

let back = 6;

export function done() {
  const body = h('div', {});
  const draw = () => {
    const v = new URLSearchParams({ from: daysAgo(back), to: daysAgo(0) });
    const cashiers = h('div', {});
    put(body, h('h3', {}, t('refunds')), list('/v1/owner/refunds?limit=10&' + v, { rows: (a) => (a.refunds ?? []).map(refund), none: t('no_refunds') }),
      cashiers,
      fold(t('at_boxes'), () => list('/v1/owner/acts?limit=15', { rows: (a) => (a.acts ?? []).map(act), none: t('nothing_done') })),
      fold(t('at_office'), () => list('/v1/owner/audit?limit=15', { rows: (a) => a.acts.map(act), none: t('nothing_done') })));
    reading(cashiers, async () => {
      const c = await get('/v1/owner/cashiers?' + v);
      put(cashiers, h('h3', {}, t('cancels')), h('p', { class: 'facts' }, t(c.people ? 'cancels_help' : 'cancels_few', { median: tenth(c.median_permille), n: c.min_sales })),
        c.above?.length ? h('div', { class: 'list' }, c.above.map(cashier)) : c.people > 0 && h('p', {}, icon('done'), ' ', t('cancels_none')));
    });
  };
  draw();
  return h('section', { 'aria-labelledby': 'done' }, h('h2', { id: 'done' }, t('who_did')),
    h('label', { class: 'span' }, t('period'), h('select', { name: 'span', onchange: (e) => { back = Number(e.target.value); draw(); } }, spans.map(([name, n]) => h('option', { value: n, selected: n === back }, t(name))))),
    body);
}

// fold opens what is read only then.
export function fold(name, read) {
  const part = h('div', {});
  return h('details', { class: 'card', ontoggle: (e) => e.currentTarget.open && !part.firstChild && put(part, read()) }, h('summary', {}, h('strong', {}, name)), part);
}

const tenth = (permille) => (permille / 10).toFixed(1).replace(/\.0$/, '');

const tones = { processed: 'good', failed: 'bad', unknown: 'warn', pending: 'move', asked: 'move' };

export const refund = (r) => linked(r, 'entryrow',
  h('p', {}, h('span', { class: 'amount' }, rupees(r.amount_paise)), ' ', h('span', { class: 'chip ' + (tones[r.status] ?? '') }, t('rf_' + r.status))),
  fact(at(r), `${t('number')} ${r.sale}`, dayAndClock(r.at).slice(0, -3)),
  fact(r.others ? t('by_others') : t('by', { name: by(r.by) }), r.approver && t('approved_by', { name: by(r.approver) }), r.rrn && 'RRN ' + r.rrn));

const cashier = (c) => linked(c, 'entryrow',
  h('p', {}, h('strong', {}, by(c.by)), ' ', h('span', { class: 'chip warn' }, `${tenth(c.permille)} %`)),
  fact(at(c), t('cancelled_of', { n: c.cancelled, sales: c.sales }), rupees(c.amount_paise)));

export const act = (a) => linked(a, 'entryrow',
  h('p', {}, t('a_' + a.kind.replace('.', '_'), { target: a.target ?? '' })),
  fact(t('by', { name: by(a.by) }), a.approver && t('approved_by', { name: by(a.approver) }), a.terminal && at(a), dayAndClock(a.at).slice(0, -3)));
