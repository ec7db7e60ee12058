// boxes lets boxes in: a code for a counter, who waits, what a new one replaces, and the end of one.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { get, post } from './api.js';
import { attempt, insist, reading } from './act.js';
import { field, form, tell } from './ask.js';
import { clock, dayAndClock } from './format.js';
import { fact } from './list.js';
import { revoke } from './box.js';

let wanted = '';

export function page(_, draw) {
  const waiting = h('section', {}), shops = h('section', {});
  let known = { shops: [], waiting: [] };
  async function read(idle = '') {
    known = await get('/v1/owner/places?q=' + encodeURIComponent(wanted) + idle);
    drawWaiting();
    if (!idle) drawShops();
  }
  const drawWaiting = () => put(waiting, h('h2', {}, t('waiting_boxes'), known.waiting.length > 0 && h('span', { class: 'chip warn' }, icon('bell'), String(known.waiting.length))),
    known.waiting.length ? known.waiting.map((b) => h('article', { class: 'card' },
      h('p', { class: 'sentence' }, h('strong', {}, b.place || b.counter), b.label && ` · ${b.label}`),
      fact(b.shop && t('says_shop', { name: b.shop }), t('n_events', { n: b.events.toLocaleString('en-IN') }), b.version, b.address, dayAndClock(b.asked_at)),
      fact(t('box_id') + ' ', h('code', {}, b.id)),
      h('div', { class: 'row' }, h('button', { type: 'button', class: 'main', 'aria-label': `${t('let_in')} ${b.id}`, onclick: (e) => letIn(e.currentTarget, b) }, t('let_in')),
        h('button', { type: 'button', class: 'quiet', 'aria-label': `${t('refuse_box')} ${b.id}`, onclick: (e) => revoke(e.currentTarget, b.id, draw) }, t('refuse_box'))))) : h('p', { class: 'facts' }, t('no_waiting')));

  const drawShops = () => put(shops, h('h2', {}, t('add_box')), h('p', { class: 'facts' }, t('add_box_help')),
    h('form', { class: 'find', role: 'search', onsubmit: (e) => { e.preventDefault(); wanted = e.target.q.value; reading(shops, () => read()); } },
      h('label', {}, t('shop'), h('input', { name: 'q', type: 'search', maxlength: 40, autocomplete: 'off', value: wanted })), h('button', { class: 'quiet' }, t('find'))),
    known.shops.map((s) => h('details', { class: 'card', open: known.shops.length === 1, 'data-shop': s.id }, h('summary', {}, h('strong', {}, s.name), ' ', h('small', {}, [s.opens && `${s.opens}–${s.closes}`, s.gstin].filter(Boolean).join(' · '))),
      s.counters.map((c) => h('div', { class: 'line' }, h('span', {}, c.label), c.boxes.length ? c.boxes.map((b) => h('a', { class: 'at', href: '#box/' + b.id }, b.label || b.id)) : h('small', {}, t('no_box')),
        h('button', { type: 'button', class: 'quiet', 'aria-label': `${t('make_code')} ${s.name} ${c.label}`, onclick: (e) => code(e.currentTarget, c) }, t('make_code')))),
      h('button', { type: 'button', class: 'quiet', onclick: (e) => addCounter(e.currentTarget, s) }, t('add_counter')))),
    known.all > known.shops.length && h('p', { class: 'facts' }, t('more_fit', { n: known.all })),
    h('div', { class: 'row' }, h('button', { type: 'button', class: 'main', onclick: (e) => addShop(e.currentTarget) }, t('add_shop'))));

  async function code(button, c) {
    const k = await attempt(button, () => post('/v1/owner/codes', { counter: c.id }));
    if (!k) return;
    await tell(k.code, [h('span', {}, t('code_help')), h('code', { class: 'command' }, `sudo galla office join ${k.address} ${k.code}`), h('span', {}, t('code_until', { time: clock(k.until).slice(0, 5) })),
      k.fingerprint && [h('span', {}, t('compare_box')), h('code', { class: 'command' }, k.fingerprint)]].flat().filter(Boolean).map((e) => [e, h('br')]));
    await read();
  }

  // letIn asks what a new box takes the place of: one that stands at its counter may be broken, or its card empty.
  async function letIn(button, b) {
    const all = known.shops.flatMap((s) => s.counters).find((c) => c.id === b.counter)?.boxes ?? (await attempt(null, () => get('/v1/owner/places?q=' + encodeURIComponent(b.counter.split('/')[0]))))?.shops.flatMap((s) => s.counters).find((c) => c.id === b.counter)?.boxes ?? [];
    const v = await form(t('let_in_box', { place: b.place || b.counter }), [h('p', { class: 'facts' }, t('check_id')), h('code', { class: 'command' }, b.id),
      h('label', {}, t('replaces_what'), h('select', { name: 'replaces' }, h('option', { value: '' }, t('replaces_none')), all.filter((o) => o.id !== b.id).map((o) => h('option', { value: o.id }, `${o.label || ''} ${o.id}`.trim()))))], t('let_in'));
    if (v && (await attempt(button, () => post(`/v1/owner/terminals/${encodeURIComponent(b.id)}/confirm`, { replaces: v.replaces })))) await read();
  }

  const optional = (name, label, props) => { const f = field(name, label, props); f.querySelector('input').required = false; return f; };
  async function addShop(button) {
    const fields = [field('name', t('name'), { maxlength: 80 }), optional('gstin', t('gstin_free'), { maxlength: 15 }), h('div', { class: 'pairs' }, optional('opens', t('opens'), { type: 'time' }), optional('closes', t('closes'), { type: 'time' })), h('p', { class: 'facts' }, t('hours_help'))];
    const made = await insist(button, () => form(t('add_shop'), fields, t('add')), (v) => post('/v1/owner/shops', v));
    if (!made) return;
    wanted = made.id;
    await read();
  }
  async function addCounter(button, s) {
    if (await insist(button, () => form(`${t('add_counter')}: ${s.name}`, [field('label', t('counter_label'), { maxlength: 80 })], t('add')), (v) => post('/v1/owner/counters', { shop: s.id, label: v.label }))) await read();
  }

  reading(shops, () => read());
  const timer = setInterval(() => {
    if (!waiting.isConnected) return clearInterval(timer);
    if (document.hidden || document.querySelector('dialog[open]') || waiting.contains(document.activeElement)) return undefined;
    return read('&idle=1').catch(() => {});
  }, 5000);
  return h('div', { class: 'page' }, h('h1', { tabindex: -1 }, t('boxes')), waiting, shops);
}
