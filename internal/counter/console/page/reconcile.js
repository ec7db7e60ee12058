// reconcile holds a day against what the gateways recorded.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { get, post } from './api.js';
import { dayAndClock, rupees } from './format.js';
import { attempt } from './act.js';
import { inEnglish, tell } from './ask.js';

export function reconciliation(today, paper) {
  const out = h('div', { 'aria-live': 'polite' });
  const day = h('input', { type: 'date', name: 'day', value: today, max: today });
  const ask = (e) => attempt(e.currentTarget, async () => put(out, result(await get('/v1/reports/reconciliation?day=' + day.value, 120000))));
  const print = (e) => attempt(e.currentTarget, async () => {
    const done = await post('/v1/reports/reconciliation/print', { day: day.value }, undefined, 300000);
    put(out, result(done));
    if (!['printed', 'sent'].includes(done.print.status)) await tell(inEnglish(done.print.detail));
  });
  return h('section', {},
    h('div', { class: 'find' }, h('label', {}, t('on_day'), day), h('button', { type: 'button', class: 'main', onclick: ask }, t('ask_gateway'))),
    out, paper && h('div', { class: 'row' }, h('button', { type: 'button', class: 'quiet', onclick: print }, t('print'))));
}

function result(r) {
  const line = (name, l) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, l.count), h('td', {}, rupees(l.paise)));
  return h('div', {},
    h('p', { class: 'verdict ' + (r.agrees ? 'ok' : 'bad'), role: 'status' }, icon(r.agrees ? 'done' : 'not'), ' ', r.agrees ? t('agrees') : t('differs'), ' ', h('small', {}, dayAndClock(r.at))),
    r.gateways.map((g) => h('div', { class: 'card' }, h('strong', { lang: 'en' }, g.name),
      h('table', { class: 'report' }, h('tbody', {}, line(t('ours'), g.ours), line(t('theirs'), g.theirs), g.unasked.count > 0 && line(t('unasked'), g.unasked),
        g.elsewhere.count > 0 && line(t('elsewhere'), g.elsewhere), line(`${t('refunds')}: ${t('ours')}`, g.our_refunds), line(`${t('refunds')}: ${t('theirs')}`, g.their_refunds))),
      g.note && h('p', {}, icon('wait'), ' ', inEnglish(g.note)),
      g.problem && h('p', {}, icon('wait'), ' ', t('unasked') + ': ', inEnglish(g.problem)),
      g.differences.map((d) => h('div', { class: 'difference' },
        h('strong', {}, icon('not'), ' ', d.rrn ? 'RRN ' + d.rrn : d.refund_id || d.payment_id, d.number ? ` · ${t('number')} ${d.number}` : ''),
        h('p', {}, `${t('ours')} ${rupees(d.ours_paise)} · ${t('theirs')} ${rupees(d.theirs_paise)}`),
        h('p', {}, inEnglish(d.message)))))));
}
