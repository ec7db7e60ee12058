// day shows the day so far, closes it, and draws it beside the days before.
import { h, put, s } from './dom.js';
import { t } from './words.js';
import { get, post } from './api.js';
import { approver, confirm } from './ask.js';
import { dayAndClock, rupees } from './format.js';
import { attempt } from './act.js';
import { person } from './say.js';
import { may, me, people } from './session.js';

export function page() {
  const box = h('div', {});
  const read = async () => {
    const x = await get('/v1/reports/x');
    const before = may('manager') ? (await get('/v1/reports/z')).reports : [];
    put(box, report(x, t('x')), chart(x, before), before.map((z) => report(z, `Z ${z.number} · ${z.day}`, true)));
  };
  const closeDay = async (e) => {
    const button = e.currentTarget;
    if (!(await confirm(t('z_sure'), true))) return;
    const allowed = me.device ? await approver(t('z'), await people()) : {};
    if (allowed) await attempt(button, async () => { await post('/v1/reports/z', allowed); await read(); });
  };
  attempt(null, read);
  return h('div', { class: 'page' }, h('h1', {}, t('day')), box,
    h('div', { class: 'row' },
      h('button', { type: 'button', class: 'main', onclick: closeDay }, t('z')),
      may('manager') && [['csv', 'CSV'], ['jsonl', 'JSONL']].map(([f, name]) => h('a', { class: 'button quiet', href: '/v1/export?format=' + f, download: true }, `${t('export')} ${name}`))));
}

function report(r, title, folded = false) {
  const line = (name, l) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, l.count ?? ''), h('td', {}, rupees(l.paise)));
  const table = h('table', { class: 'report' },
    h('tbody', {}, line(t('sales'), r.sales), line(t('paid'), r.paid), line(t('cancelled'), r.cancelled), line(t('expired'), r.expired), line(t('other_tender'), r.other_tender),
      line(t('upi'), r.upi), line(t('late'), r.late), line(t('refunds'), r.refunds), line(t('net'), { paise: r.net_paise }),
      line(t('pending'), r.pending), line(t('inbox'), r.attention),
      r.cashiers.map((c) => line(person(c.name), c.paid))));
  return h('details', { class: 'card', open: !folded }, h('summary', {}, h('strong', {}, title), ' ', h('small', {}, dayAndClock(r.at))), table);
}

// chart draws what came by the hour: today's bars, and the outline of the day before.
function chart(x, before) {
  const yesterday = before[0];
  const of = (r) => Object.fromEntries((r?.hours ?? []).map((l) => [l.hour, l.paise]));
  const now = of(x), then = of(yesterday);
  const hours = [...Object.keys(now), ...Object.keys(then)].map(Number);
  if (!hours.length) return null;
  const to = Math.max(...hours, Math.min(23, Math.min(...hours) + 11)); // half a day at least, so that one hour is no wall
  const from = Math.min(...hours, to - 11);
  const top = Math.max(...Object.values(now), ...Object.values(then));
  const w = 100 / (to - from + 1);
  const bars = [];
  for (let hour = from; hour <= to; hour++) {
    const left = (hour - from) * w;
    const height = (p) => ((p ?? 0) / top) * 34;
    bars.push(s('rect', { class: 'bar', x: left + w * 0.15, width: w * 0.7, y: 38 - height(now[hour]), height: height(now[hour]) }, s('title', {}, `${hour}:00  ${rupees(now[hour] ?? 0)}`)));
    if (then[hour]) bars.push(s('rect', { class: 'ghost', x: left + w * 0.1, width: w * 0.8, y: 38 - height(then[hour]), height: height(then[hour]) }));
    bars.push(s('text', { x: left + w / 2, y: 43, 'text-anchor': 'middle' }, String(hour)));
  }
  return h('figure', {}, h('figcaption', {}, t('by_hour'), yesterday ? ` (☐ ${t('before')}: ${yesterday.day})` : ''),
    s('svg', { viewBox: '0 0 100 45', class: 'chart', role: 'img', 'aria-label': t('by_hour') + ': ' + x.hours.map((l) => `${l.hour}:00 ${rupees(l.paise)}`).join(', ') }, bars));
}
