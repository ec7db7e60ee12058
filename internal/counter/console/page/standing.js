// standing is about the printed QRs that stand on the counter: what came at each today, a new one, its card, its end.
import { h, icon, put } from './dom.js';
import { language, t } from './words.js';
import { get, post } from './api.js';
import { confirm, field, form, inEnglish, tell } from './ask.js';
import { attempt, insist, reading } from './act.js';
import { value } from './entry.js';
import { dayAndClock, rupees } from './format.js';
import { paper } from './paper.js';
import { foreign, said } from './say.js';
import { may } from './session.js';
import { unsure } from './unsure.js';

const at = (q, what) => `/v1/gateways/${encodeURIComponent(q.gateway)}/qrs/${encodeURIComponent(q.id)}/${what}`;

export function section() {
  const out = h('section', { class: 'stands', 'aria-live': 'polite' });
  const read = async () => {
    const all = await get('/v1/standing');
    put(out, h('h2', {}, t('stands')), may('manager') && unsure(all.unsure, read), list(all.qrs, read),
      may('manager') && h('button', { type: 'button', class: 'main', onclick: (e) => add(e.currentTarget, read) }, t('new_stand')));
  };
  reading(out, read);
  const clock = setInterval(() => (out.isConnected ? document.hidden || document.querySelector('dialog[open]') || read().catch(() => {}) : clearInterval(clock)), 10000);
  return out;
}

const list = (qrs, read) => (qrs.length ? qrs.map((q) => card(q, read)) : h('p', {}, t('no_stands')));

function card(q, read) {
  const active = q.status === 'active';
  return h('article', { class: 'card' },
    h('div', { class: 'line' }, h('strong', {}, q.name), h('span', {}, icon(active ? 'done' : 'not'), ' ', active ? t('active') : q.status === 'cancelled' ? t('cancelled') : q.status),
      h('span', {}, q.amount_paise ? rupees(q.amount_paise) : t('any_amount'))),
    h('p', {}, `${t('today')}: ${q.today.count} · ${rupees(q.today.paise)}`, q.paid_at && ` · ${dayAndClock(q.paid_at)}`),
    active && !q.watched && h('p', {}, icon('wait'), ' ', t('stand_unwatched')),
    (q.problems ?? []).map((p) => h('p', { lang: foreign(p.message_code) }, icon('not'), ' ', said(p.message_code, p.message_values, p.message))),
    active && may('manager') && h('div', { class: 'row' },
      h('a', { class: 'button quiet', href: at(q, 'stand.png') + (language === 'en' ? '' : '?language=' + language), download: 'stand.png' }, t('stand_card')),
      paper && h('button', { type: 'button', class: 'quiet', onclick: (e) => print(e.currentTarget, q) }, t('stand_print')),
      h('button', { type: 'button', class: 'quiet', onclick: (e) => close(e.currentTarget, q, read) }, t('stand_close'))));
}

async function add(button, read) {
  const able = await attempt(button, async () => (await get('/v1/gateways')).gateways.filter((g) => g.qrs).map((g) => g.name));
  if (!able?.length) return;
  const fields = [field('name', t('name'), { maxlength: 80 }),
    field('amount', t('stand_amount'), { inputmode: 'decimal', maxlength: 16, required: false, pattern: '[0-9,]*([.][0-9]{1,2})?' }),
    able.length > 1 && h('label', {}, t('gateway'), h('select', { name: 'gateway' }, able.map((g) => h('option', { value: g }, g))))].filter(Boolean);
  const made = await insist(button, () => form(t('new_stand'), fields, t('ok')), async (v) => {
    const paise = v.amount ? value(v.amount.replaceAll(',', '')) : 0;
    const done = await post(`/v1/gateways/${encodeURIComponent(v.gateway ?? able[0])}/qrs`, { name: v.name, multiple_use: true, ...(paise && { amount_paise: paise }) }, undefined, 60000);
    if (done.status !== 'done' || done.message !== 'Done.') await tell(inEnglish(done.message));
    return done;
  });
  if (made) await attempt(button, read);
}

async function print(button, q) {
  const end = await attempt(button, () => post(at(q, 'print'), {}, undefined, 300000));
  if (end && !['printed', 'sent'].includes(end.status)) await tell(inEnglish(end.detail));
}

async function close(button, q, read) {
  if (!(await confirm(t('stand_close_sure', { name: q.name }), true))) return;
  await attempt(button, async () => {
    const done = await post(at(q, 'cancel'), {}, undefined, 60000);
    if (done.status !== 'done') await tell(inEnglish(done.message));
    await read();
  });
}
