// picture reads the figures of a day and shows it as the till draws it, in the language in use, with a table of the same figures.
import { h } from './dom.js';
import { language, t } from './words.js';
import { get, text } from './api.js';
import { rupees } from './format.js';

export async function picture(day = '') {
  const where = day ? '?day=' + day : '';
  const [figures, drawn] = await Promise.all([get('/v1/reports/picture' + where), text('/v1/reports/picture.svg' + where)]);
  if (!figures.days.some((d) => d.sales.count)) return { figures };
  const svg = document.importNode(new DOMParser().parseFromString(drawn.replace(/<style>.*?<\/style>/s, ''), 'image/svg+xml').documentElement, true);
  for (const el of svg.querySelectorAll(':scope > title, :scope > desc')) el.remove(); // said here in the language, as it is styled by the page
  for (const el of svg.querySelectorAll('[data-word]')) el.textContent = t(el.dataset.word);
  // Dates and minutes stand in the drawing as the till writes them.
  const days = new Map(figures.days.map((d) => [onDay('en-US', d.day), onDay(language + '-IN-u-nu-latn', d.day)]));
  for (const el of svg.querySelectorAll('text')) {
    if (!el.children.length) el.textContent = (days.get(el.textContent) ?? el.textContent).replace(/\bmin\b/, t('min'));
  }
  for (const el of svg.querySelectorAll('text.small')) fit(el);
  svg.removeAttribute('aria-labelledby');
  svg.setAttribute('aria-label', t('picture'));
  svg.setAttribute('class', 'picture');
  return { figures, shown: h('section', {}, h('h2', {}, t('picture')), h('figure', {}, svg), h('details', {}, h('summary', {}, t('figures')), table(figures.days))) };
}

// fit makes a word as narrow as the room before the figure, or the bar, that stands beside it: the till measured an English one.
function fit(el) {
  const next = el.nextElementSibling, x = Number(el.getAttribute('x')), pen = document.createElement('canvas').getContext('2d');
  pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const wide = (text) => pen.measureText(text).width;
  let end = x === 10 ? 78 : 0; // where the bar of a day begins
  if (next?.tagName === 'text' && next.getAttribute('y') === el.getAttribute('y')) end = next.getAttribute('x') - (next.getAttribute('text-anchor') === 'end' ? wide(next.textContent) : 0);
  if (end <= x || wide(el.textContent) <= end - x - 4 || el.getAttribute('text-anchor') === 'end') return;
  el.setAttribute('textLength', end - x - 4);
  el.setAttribute('lengthAdjust', 'spacingAndGlyphs');
}

// onDay writes a date as "Mon 23 Nov", in a language.
const onDay = (locale, day) => ['weekday', 'day', 'month'].map((part) => new Intl.DateTimeFormat(locale, { [part]: part === 'day' ? 'numeric' : 'short', timeZone: 'UTC' }).format(new Date(day + 'T12:00:00Z'))).join(' ');

const wait = (d) => (d.time_to_paid_ms ? (d.time_to_paid_ms.p50 / 1000).toFixed(1) + ' s' : '–');

function table(days) {
  const row = (name, cells) => h('tr', {}, h('th', { scope: 'row' }, name), cells.map((c) => h('td', {}, c)));
  const hours = [...new Set(days.flatMap((d) => d.hours.map((l) => l.hour)))].sort((a, b) => a - b);
  const seconds = (ms) => (ms < 60000 ? ms / 1000 + ' s' : ms / 60000 + ' ' + t('min'));
  return h('div', { class: 'wide' }, h('table', { class: 'report' },
    h('thead', {}, h('tr', {}, h('td', {}), days.map((d) => h('th', { scope: 'col' }, d.day)))),
    h('tbody', {}, hours.map((hour) => row(hour + ':00', days.map((d) => rupees(d.hours.find((l) => l.hour === hour)?.paise ?? 0)))),
      row(t('half_paid'), days.map(wait)),
      days[0].waits.map((w, i) => row(w.upto_ms ? '≤ ' + seconds(w.upto_ms) : '> ' + seconds(days[0].waits[i - 1].upto_ms), days.map((d) => d.waits[i].count))),
      days[0].ends.map((e, i) => row(t(e.what), days.map((d) => d.ends[i].count))))));
}
