// health shows what the doctor found: the root cause and its remedy first, then the chain.
import { h, icon, put } from './dom.js';
import { language, t } from './words.js';
import { foreign, parts } from './say.js';
import { get, post } from './api.js';
import { attempt, reading } from './act.js';
import { inEnglish, tell } from './ask.js';
import { dayAndClock } from './format.js';
import { may } from './session.js';

const icons = { ok: 'done', note: 'wait', bad: 'not', skipped: 'moving' };

export function page() {
  const box = h('div', { 'aria-live': 'polite' });
  const look = h('button', { type: 'button', class: 'main', onclick: () => attempt(look, async () => { put(box, checkup(await get('/v1/doctor'))); scrollTo(0, 0); }) }, t('look_again'));
  const slip = h('button', { type: 'button', class: 'quiet', hidden: true, onclick: () => attempt(slip, async () => {
    const r = await post('/v1/printer/test', {}, undefined, 300000);
    if (!['printed', 'sent'].includes(r.status)) await tell(inEnglish(r.detail));
  }) }, t('test_slip'));
  reading(box, async () => {
    const health = await get('/v1/health');
    slip.hidden = !may('manager') || ['none', '', undefined].includes(health.printer);
    put(box, checkup(health.checkup));
  });
  return h('div', { class: 'page' }, h('h1', {}, t('health')), box, h('div', { class: 'row' }, look, slip));
}

const name = (check) => t('check_' + check).replace(/^check_/, '');

// words are what the doctor says of a check, and what to do: in the language in use, or in English. A box from the card image has
// next steps of its own, which have their own code.
const words = (code, values, says, next, nextCode) => {
  const known = parts(code, { ...values, check: values?.check && name(values.check) });
  return known ? { says: known[0], next: nextCode ? parts(nextCode)?.[0] ?? next : known[1] } : { says, next, lang: foreign(code) };
};

function checkup(up) {
  if (!up) return null;
  const cause = up.cause_code ? words(up.cause_code, up.cause_values, up.says, up.next, up.next_code) : { next: up.next };
  const top = words(up.says_code, { ...up.says_values, cause: (cause.says ?? '').replace(/[.।]$/, '') }, up.says, up.next);
  const next = top.lang || language === 'en' ? up.next : cause.next;
  return [
    h('article', { class: `card verdict ${up.ok ? 'ok' : up.sells ? 'note' : 'bad'}` }, h('p', { class: 'sentence', lang: top.lang }, top.says), next && h('p', { lang: cause.lang }, next), h('small', {}, dayAndClock(up.at))),
    h('ul', { class: 'chain' }, up.checks.map((c) => {
      const w = words(c.says_code, c.says_values, c.says, c.next, c.next_code);
      return h('li', { class: c.level }, icon(icons[c.level] ?? 'moving'),
        h('div', { lang: w.lang }, h('strong', {}, name(c.check), c.gateway && h('span', { lang: 'en' }, ` · ${c.gateway}`)), ' ', h('span', {}, w.says), w.next && h('p', {}, w.next)));
    })),
  ];
}
