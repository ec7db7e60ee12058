// health shows what the doctor found: the root cause and its remedy first, then the chain.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { get } from './api.js';
import { attempt } from './act.js';
import { dayAndClock } from './format.js';

const icons = { ok: 'done', note: 'wait', bad: 'not', skipped: 'moving' };

export function page() {
  const box = h('div', { 'aria-live': 'polite' });
  const look = h('button', { type: 'button', class: 'main', onclick: () => attempt(look, async () => { put(box, checkup(await get('/v1/doctor'))); scrollTo(0, 0); }) }, t('look_again'));
  attempt(null, async () => put(box, checkup((await get('/v1/health')).checkup)));
  return h('div', { class: 'page' }, h('h1', {}, t('health')), box, h('div', { class: 'row' }, look));
}

function checkup(up) {
  if (!up) return null;
  return [
    h('article', { class: `card verdict ${up.ok ? 'ok' : up.sells ? 'note' : 'bad'}` }, h('p', { class: 'sentence', lang: 'en' }, up.says), up.next && h('p', { lang: 'en' }, up.next), h('small', {}, dayAndClock(up.at))),
    h('ul', { class: 'chain' }, up.checks.map((c) => h('li', { class: c.level }, icon(icons[c.level] ?? 'moving'),
      h('div', { lang: 'en' }, h('strong', {}, c.check, c.gateway && ` · ${c.gateway}`), ' ', h('span', {}, c.says), c.next && h('p', {}, c.next))))),
  ];
}
