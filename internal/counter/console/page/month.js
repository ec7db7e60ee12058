// month draws what came by UPI on each day of a month, of the Z reports and of the days that are not closed.
import { h, s } from './dom.js';
import { rupees } from './format.js';
import { language, t } from './words.js';

// days adds up what each day of the month of an X report got: its Z, and what it or other reports say of it besides.
export function days(x, reports) {
  const sums = new Map();
  const add = (day, line) => day.startsWith(x.day.slice(0, 7)) && sums.set(day, { count: (sums.get(day)?.count ?? 0) + line.count, paise: (sums.get(day)?.paise ?? 0) + line.paise });
  for (const r of [x, ...reports]) {
    add(r.day, r.upi);
    for (const d of [...(r.other_days ?? []), ...(r === x ? x.open_days ?? [] : [])]) add(d.day, d.upi);
  }
  const [year, month] = x.day.split('-').map(Number);
  return Array.from({ length: new Date(Date.UTC(year, month, 0)).getUTCDate() }, (_, i) => {
    const day = `${x.day.slice(0, 8)}${String(i + 1).padStart(2, '0')}`;
    return { day, count: 0, paise: 0, ...sums.get(day) };
  });
}

export function month(x, reports) {
  const list = days(x, reports), most = Math.max(...list.map((d) => d.paise));
  const all = list.reduce((sum, d) => sum + d.paise, 0);
  if (most <= 0) return null;
  const wide = 400, tall = 110, step = (wide - 20) / list.length;
  const name = new Intl.DateTimeFormat(language + '-IN-u-nu-latn', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(x.day + 'T12:00:00Z'));
  const bars = list.flatMap((d, i) => {
    const high = Math.max(0, d.paise) / most * (tall - 22), left = 10 + i * step;
    return [s('rect', { class: d.day === x.day ? 'day' : 'past', x: left + 1, y: tall - high, width: step - 2, height: high }),
      (i + 1 === 1 || (i + 1) % 5 === 0) && s('text', { class: 'small', x: left + step / 2, y: tall + 14, 'text-anchor': 'middle' }, i + 1)];
  });
  const first = list.find((d) => d.paise === most);
  const at = Math.min(Math.max(10 + list.indexOf(first) * step + step / 2, 60), wide - 60);
  return h('section', {}, h('h2', {}, `${t('month')}: ${name}`), h('p', {}, h('b', {}, rupees(all))),
    h('figure', {}, s('svg', { class: 'picture month', viewBox: `0 0 ${wide} ${tall + 22}`, role: 'img', 'aria-label': `${t('month')}: ${name}, ${rupees(all)}` },
      s('path', { class: 'axis', d: `M10 ${tall}h${wide - 20}`, stroke: 'currentColor' }), bars.filter(Boolean),
      s('text', { class: 'small', x: at, y: tall - (tall - 22) - 6, 'text-anchor': 'middle' }, rupees(most)))),
    h('details', {}, h('summary', {}, t('figures')), h('table', { class: 'report' }, h('tbody', {}, list.filter((d) => d.count).map((d) =>
      h('tr', {}, h('th', { scope: 'row' }, d.day), h('td', {}, d.count), h('td', {}, rupees(d.paise))))))));
}
