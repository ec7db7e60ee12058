// health shows what the doctor found: the root cause and its remedy first, then the chain.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { get, post } from './api.js';
import { attempt } from './act.js';
import { tell } from './ask.js';
import { dayAndClock } from './format.js';
import { may } from './session.js';

const icons = { ok: 'done', note: 'wait', bad: 'not', skipped: 'moving' };

export function page() {
  const box = h('div', { 'aria-live': 'polite' });
  const look = h('button', { type: 'button', class: 'main', onclick: () => attempt(look, async () => { put(box, checkup(await get('/v1/doctor'))); scrollTo(0, 0); }) }, t('look_again'));
  const slip = h('button', { type: 'button', class: 'quiet', hidden: true, onclick: () => attempt(slip, async () => {
    const r = await post('/v1/printer/test', {}, undefined, 300000);
    if (!['printed', 'sent'].includes(r.status)) await tell(r.detail);
  }) }, t('test_slip'));
  attempt(null, async () => {
    const health = await get('/v1/health');
    slip.hidden = !may('manager') || ['none', '', undefined].includes(health.printer);
    put(box, checkup(health.checkup));
  });
  return h('div', { class: 'page' }, h('h1', {}, t('health')), box, h('div', { class: 'row' }, look, slip));
}

function checkup(up) {
  if (!up) return null;
  return [
    h('article', { class: `card verdict ${up.ok ? 'ok' : up.sells ? 'note' : 'bad'}` }, h('p', { class: 'sentence', lang: 'en' }, up.says), up.next && h('p', { lang: 'en' }, up.next), h('small', {}, dayAndClock(up.at))),
    h('ul', { class: 'chain' }, up.checks.map((c) => h('li', { class: c.level }, icon(icons[c.level] ?? 'moving'),
      h('div', { lang: 'en' }, h('strong', {}, c.check, c.gateway && ` · ${c.gateway}`), ' ', h('span', {}, c.says), c.next && h('p', {}, c.next))))),
  ];
}
