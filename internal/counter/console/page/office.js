// office is about the head office of a chain of shops: whether the box reports to one, joining it by address and code, leaving it.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { get, post } from './api.js';
import { field, form, tell } from './ask.js';
import { dayAndClock } from './format.js';
import { insist, reading } from './act.js';
import { foreign, person, said } from './say.js';
import { may } from './session.js';
import { acting } from './staff.js';

const patience = 40000; // the box waits for the office for 20 s at most

export function section() {
  if (!may('manager')) return null;
  const out = h('section', { 'aria-live': 'polite' });
  const read = async () => draw(out, await get('/v1/office'));
  reading(out, read);
  const clock = setInterval(() => (out.isConnected ? document.hidden || document.querySelector('dialog[open]') || read().catch(() => {}) : clearInterval(clock)), 10000);
  return out;
}

const trouble = (o) => o.problem && h('p', { lang: foreign(o.problem_code) }, icon('wait'), ' ', said(o.problem_code, o.problem_values, o.problem));

function draw(out, o) {
  const button = (word, kind, does) => may('owner') && h('button', { type: 'button', class: kind, onclick: (e) => does(e.currentTarget, out, o) }, t(word));
  put(out, h('h2', {}, t('office')), o.joined
    ? [h('p', {}, [o.office, o.shop, o.counter].filter(Boolean).join(' · ')), h('p', {}, h('code', {}, o.address)),
      o.joined_at && h('p', {}, t('office_since', { time: dayAndClock(o.joined_at), name: person(o.joined_by) })),
      h('p', {}, o.heard_at ? t('office_as', { time: dayAndClock(o.heard_at) }) : t('office_quiet'), o.behind > 0 && ` · ${t('office_rest', { n: o.behind })}`),
      trouble(o), button('office_leave', 'quiet', leave)]
    : [h('p', {}, t('office_none')), trouble(o), button('office_join', 'main', join)]);
}

// join asks for the address and the code, shows both names, and joins with the owner's PIN.
async function join(button, out) {
  const fields = [field('address', t('office_address'), { type: 'url', value: 'https://', maxlength: 200 }),
    field('code', t('office_code'), { inputmode: 'numeric', pattern: '[0-9]{4}[ \\-]?[0-9]{4}', maxlength: 9 }),
    field('fingerprint', t('office_print'), { required: false, maxlength: 95 })];
  let where;
  const place = await insist(button, () => form(t('office_join'), fields, t('next')), (v) => {
    where = Object.fromEntries(Object.entries(v).filter(([, text]) => text));
    return post('/v1/office/look', where, undefined, patience);
  });
  if (!place) return;
  const mine = await acting();
  const is = await insist(button, () => form(t('office_sure', { name: place.office, shop: place.shop, counter: place.counter }), mine, t('office_join')),
    (v) => post('/v1/office/join', { ...where, ...v }, undefined, patience));
  if (is) draw(out, is);
}

async function leave(button, out, o) {
  const mine = await acting();
  const is = await insist(button, () => form(t('office_leave_sure', { name: o.office || o.address || t('office') }), mine, t('office_leave')),
    (v) => post('/v1/office/leave', v, undefined, patience));
  if (!is) return;
  draw(out, is);
  if (is.problem) await tell(said(is.problem_code, is.problem_values, is.problem));
}
