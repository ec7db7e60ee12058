// mandates shows the standing permissions to debit customers: how each stands, what comes next, and what became of the last debits. A
// payer pauses in the app alone; no gateway documents a call for it.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { get, post } from './api.js';
import { field, form, inEnglish, tell, tick } from './ask.js';
import { dayAndClock, grouped, rupees } from './format.js';
import { approval, attempt, insist, reading } from './act.js';
import { value } from './entry.js';
import { foreign, phaseWord, said, sentence } from './say.js';
import { unsure } from './unsure.js';
import { may } from './session.js';
import { acting } from './staff.js';

const periods = ['MONTHLY', 'DAILY', 'WEEKLY', 'FORTNIGHTLY', 'BIMONTHLY', 'QUARTERLY', 'HALFYEARLY', 'YEARLY', 'ONETIME', 'ASPRESENTED'];

let gateway = '';

// known says whether a gateway of this shop keeps mandates: without one there is no such page.
export async function known() {
  if (may('manager')) gateway = (await get('/v1/gateways')).gateways.find((g) => g.mandates)?.name ?? '';
  return gateway !== '';
}

const money = (paise) => field('amount', t('amount'), { inputmode: 'decimal', maxlength: 16, pattern: '[0-9,]+([.][0-9]{1,2})?', value: paise ? grouped(paise) : '' });
const paise = (text) => value((text ?? '').replaceAll(',', ''));
const ahead = (days) => new Date(Date.now() + 19800000 + days * 86400000).toISOString().slice(0, 10);
// priced asks with a form that has an amount, until it is one.
async function priced(title, fields) {
  for (;;) {
    const v = await form(title, fields, title);
    if (!v || paise(v.amount)) return v;
    await tell(t('no_amount'));
  }
}

const date = (name, label, value) => field(name, label, { type: 'date', value });
const start = (day) => `${day}T00:00:00+05:30`;
const end = (day) => `${day}T23:59:59+05:30`;
const place = (m, what) => `/v1/gateways/${encodeURIComponent(m.gateway)}/mandates/${encodeURIComponent(m.mandate.id)}/${what}`;
const button = (label, cls, f) => h('button', { type: 'button', class: cls, onclick: (e) => f(e.currentTarget) }, label);

export function page() {
  const list = h('div', {});
  const read = async () => {
    const all = await get('/v1/mandates');
    put(list, unsure(all.unsure, read), all.mandates.length ? all.mandates.map((m) => card(m, read)) : h('p', { class: 'nothing' }, t('none')));
  };
  const add = async (b) => {
    const fields = [
      field('name', t('what_for'), { maxlength: 80 }), field('payer', t('payer'), { maxlength: 80 }), field('vpa', t('payer_vpa'), { maxlength: 255 }),
      field('account', t('payer_account'), { inputmode: 'numeric', maxlength: 40 }), money(0), tick('exact', t('exact'), true),
      h('label', {}, t('how_often'), h('select', { name: 'period', lang: 'en' }, periods.map((p) => h('option', {}, p)))),
      field('day', t('day_of_it'), { type: 'number', min: 1, max: 31, value: 5 }), date('by', t('approve_by'), ahead(3)), date('start', t('from'), ahead(0)), date('end', t('to'), ahead(365)),
    ];
    const made = await insist(b, () => priced(t('new_mandate'), fields), (v) =>
      ended(post(`/v1/gateways/${encodeURIComponent(gateway)}/mandates`, { name: v.name, amount_paise: paise(v.amount), rule: v.exact ? 'exact' : 'max',
        payer: { name: v.payer, vpa: v.vpa, account: v.account }, period: v.period, debit_rule: 'ON', debit_value: Number(v.day), expiry: end(v.by), start: start(v.start), end: end(v.end) }, undefined, 40000)));
    if (made) await attempt(b, read);
  };
  reading(list, read);
  const clock = setInterval(() => (list.isConnected ? document.hidden || document.querySelector('dialog[open]') || read().catch(() => {}) : clearInterval(clock)), 10000);
  return h('div', { class: 'page' }, h('h1', {}, t('mandates')), h('div', { class: 'row' }, button(t('new_mandate'), 'main', add)), list);
}

// ended waits for an operation, or a sale, and tells how an operation ended that was not simply done.
async function ended(asked) {
  const done = await asked;
  if (done.status && done.status !== 'done') await tell(inEnglish(done.message));
  return done;
}

// card is one mandate.
function card(m, read) {
  const then = (b, write) => attempt(b, async () => { const done = await ended(write()); await read(); return done; });
  const debit = async (b) => {
    const allowed = await approval(t('debit_sure', { amount: rupees(m.next.amount_paise), name: m.mandate.payer_name ?? m.mandate.id }));
    if (allowed) await then(b, () => post(place(m, 'execute'), { reference: m.next.reference, ...allowed }, undefined, 40000));
  };
  const notify = async (b) => {
    const v = await priced(t('tell_payer'), [money(m.next?.amount_paise || m.mandate.amount_paise), date('on', t('debit_day'), m.retry_day || m.next?.day || ahead(1))]);
    if (v) await then(b, () => post(place(m, 'notify'), { amount_paise: paise(v.amount), on: `${v.on}T12:00:00+05:30` }, undefined, 40000));
  };
  const plan = async (b) => {
    const v = await form(t('plan'), [h('label', {}, t('amount'), h('input', { name: 'amount', inputmode: 'decimal', value: m.plan_amount_paise ? grouped(m.plan_amount_paise) : '' })), tick('auto', t('auto'), m.auto), await acting()], t('ok'));
    if (v) await then(b, () => post(place(m, 'plan'), { ...(paise(v.amount) && { amount_paise: paise(v.amount) }), auto: Boolean(v.auto), you: v.you, your_pin: v.your_pin }));
  };
  const revoke = async (b) => {
    const v = await form(t('remove_sure', { name: m.mandate.name ?? m.mandate.id }), [field('remarks', t('why'), { maxlength: 250 })], t('revoke'));
    if (v) await then(b, () => post(place(m, 'revoke'), v, undefined, 40000));
  };
  const over = ['revoked', 'expired', 'failed'].includes(m.state);
  const next = m.next?.step;
  return h('section', { class: 'mandate card', 'data-id': m.mandate.id, 'data-state': m.state },
    h('h2', {}, [m.mandate.name, m.mandate.payer_name].filter(Boolean).join(' · ') || m.mandate.id),
    h('p', { class: 'facts' }, m.mandate.amount_paise && rupees(m.mandate.amount_paise) + ' · ', h('span', { lang: 'en' }, [m.mandate.period, m.mandate.payer_vpa, m.mandate.id].filter(Boolean).join(' · '))),
    h('p', { lang: foreign(m.message_code) }, said(m.message_code, {}, m.message)),
    m.next && h('p', { class: 'sentence', lang: foreign(m.next.message_code) }, said(m.next.message_code, m.next.message_values, m.next.message)),
    m.lost && h('p', { lang: foreign(m.lost.message_code) }, icon('not'), ' ', said(m.lost.message_code, m.lost.message_values, m.lost.message)),
    m.debits.slice(0, 3).map((s) => h('div', { class: 'line' }, h('span', {}, s.name), h('span', {}, rupees(s.amount_paise)), h('span', {}, phaseWord(s)),
      h('time', { datetime: s.created_at }, dayAndClock(s.created_at)), h('span', { lang: foreign(s.message_code) }, sentence(s)))),
    h('div', { class: 'row' },
      next === 'debit_due' && button(t('debit'), 'main', debit),
      m.state === 'active' && ['later', 'notice_due', undefined].includes(next) && button(t('tell_payer'), 'quiet', notify),
      !over && may('owner') && button(t('plan'), 'quiet', plan),
      !over && button(t('revoke'), 'danger', revoke)));
}
