// chain is the owner's page: does anything need me, how much today, who did what, the books.
import { h, icon, put } from './dom.js';
import { language, t } from './words.js';
import { get } from './api.js';
import { attempt, reading } from './act.js';
import { clock, dayAndClock, rupees } from './format.js';
import { at, fact, linked } from './list.js';
import { chip, sentence } from './finding.js';
import { said } from './say.js';
import { done } from './done.js';
import { books } from './books.js';
import { me } from './session.js';

const every = 30000; // ms between looks

export function page() {
  const needs = h('section', { 'aria-labelledby': 'needs' }), today = h('section', { 'aria-labelledby': 'today' });
  const look = async (idle = '') => {
    await Promise.all([readNeeds(needs, idle), readToday(today, idle)]);
  };
  reading(needs, look);
  const timer = setInterval(() => {
    if (!needs.isConnected) return clearInterval(timer);
    if (document.hidden || needs.contains(document.activeElement) || today.querySelector('.more[data-on]')) return undefined;
    return reading(needs, () => look('idle=1'));
  }, every);
  return h('div', { class: 'page whole' }, h('h1', { tabindex: -1 }, me.office || t('chain')), needs, today, done(), books());
}

// readNeeds shows what waits: what was found at the boxes, and sales that need a decision at their shop.
async function readNeeds(part, idle) {
  const n = await get('/v1/owner/needs?limit=6&' + idle);
  const findings = n.findings.filter((f) => f.kind !== 'attention');
  const kinds = Object.entries(n.kinds).filter(([kind]) => kind !== 'attention').reduce((sum, [, count]) => sum + count, 0);
  const box = h('div', { class: 'cards' }, findings.map(finding), n.items?.map(item));
  put(part, h('h2', { id: 'needs' }, t('needs'), kinds + n.sales > 0 && h('span', { class: 'chip bad' }, icon('bell'), String(kinds + n.sales))),
    kinds + n.sales === 0 ? h('p', { class: 'card fine' }, icon('done'), ' ', t('nothing_needs')) : box,
    more(box, n.next, 'findings', (a) => a.findings.filter((f) => f.kind !== 'attention').map(finding), (a) => a.next),
    more(box, n.next_item, 'items', (a) => a.items.map(item), (a) => a.next_item, t('more_sales')));
}

// more goes on with one of the two lists.
function more(box, behind, name, rows, next, word = t('more')) {
  if (!behind) return null;
  let from = behind;
  const button = h('button', { type: 'button', class: 'quiet more', onclick: (e) => attempt(e.currentTarget, async () => {
    const a = await get(`/v1/owner/needs?limit=25&${name}=${encodeURIComponent(from)}`);
    box.append(...rows(a));
    from = next(a) ?? '';
    button.hidden = !from;
    button.dataset.on = 'yes';
  }) }, word);
  return button;
}

export const finding = (f) => linked(f, 'card finding',
  h('p', { class: 'sentence' }, chip(f), ' ', sentence(f)),
  fact(at(f), t('since_time', { time: dayAndClock(f.first).slice(0, -3) }), f.times > 1 && t('times', { n: f.times })));

export const item = (i) => linked(i, 'card finding',
  i.said.map((s) => h('p', { class: 'sentence' }, h('span', { class: 'chip warn' }, icon('bell'), t('w_sale')), ' ', itemText(s))),
  fact(at(i), `${t('number')} ${i.name}`, t('decide_there')));

// itemText is a sentence of the till: English as it came, else composed of its code.
const itemText = (s) => {
  const text = said(s.code, s.values, null);
  return language === 'en' || text === null ? h('span', { lang: 'en' }, s.message) : text;
};

// readToday shows the day's money: what is known up to now, and apart from it what is not.
async function readToday(part, idle) {
  const d = await get('/v1/owner/today?limit=50&' + idle);
  const rows = h('div', { class: 'shops' }, head(), d.shops.map((s) => row(s, d)));
  const all = d.heard.shops + d.behind.shops;
  put(part, h('h2', { id: 'today' }, t('how_much')),
    h('div', { class: 'card sofar' },
      h('p', {}, t('received_by', { time: clock(d.at).slice(0, 5), n: d.heard.shops, all })),
      h('p', { class: 'amount' }, rupees(d.heard.received_paise)),
      d.behind.shops > 0 && h('p', { class: 'apart' }, h('span', { class: 'chip warn' }, icon('wait'), t('apart', { n: d.behind.shops, all, time: since(d.behind.as_of, d.at) })), ' ',
        t('apart_amount', { amount: rupees(d.behind.received_paise) })),
      h('p', {}, h('span', {}, t('sales')), ' ', h('span', { class: 'sum' }, d.heard.sales), ' ', h('span', {}, t('went_back')), ' ', h('span', { class: 'sum' }, rupees(d.heard.gone_paise))),
      d.until && [beside(t('yesterday_until', { time: d.until }), d.heard.so_far.today_paise, d.heard.so_far.yesterday_paise),
        beside(t('week_until', { time: d.until }), d.heard.so_far.today_paise, d.heard.so_far.week_paise)]),
    rows,
    d.empty > 0 && h('p', { class: 'facts' }, t('empty_shops', { n: d.empty })),
    d.next && h('button', { type: 'button', class: 'quiet more', onclick: (e) => next(e.currentTarget, rows, d.next) }, t('more_shops')));
}

async function next(button, rows, from) {
  await attempt(button, async () => {
    const d = await get('/v1/owner/today?limit=100&behind=' + encodeURIComponent(from));
    rows.append(...d.shops.map((s) => row(s, d)));
    button.dataset.on = 'yes';
    if (d.next) button.replaceWith(h('button', { type: 'button', class: 'quiet more', 'data-on': 'yes', onclick: (e) => next(e.currentTarget, rows, d.next) }, t('more_shops')));
    else button.remove();
  });
}

// since is a moment of today as its time, and of another day with the day.
export const since = (moment, now) => (!moment ? '' : date(moment) === date(now) ? clock(moment).slice(0, 5) : dayAndClock(moment).slice(0, -3));
const date = (moment) => dayAndClock(moment).slice(0, -9);

const percent = (now, was) => (was > 0 ? Math.round((now - was) * 100 / was) : null);

function change(now, was) {
  const p = percent(now, was);
  return p !== null && h('span', { class: 'chip ' + (p < 0 ? 'warn' : 'good') }, `${p < 0 ? '−' : '+'}${Math.abs(p)} %`);
}

export const beside = (name, now, was) => h('p', {}, h('span', {}, name), ' ', h('span', { class: 'sum' }, rupees(was)), ' ', change(now, was));

const head = () => h('div', { class: 'shoprow head', 'aria-hidden': 'true' }, h('span', {}, t('shop')), h('span', {}, t('received')), h('span', {}, t('sales')), h('span', {}, t('went_back')), h('span', {}, t('yesterday')), h('span', {}, t('week_ago')), h('span', {}, t('as_of_head')));

// row is a shop, or a counter of one: hollow where its figure may be short.
export function row(s, d, href = '#shop/' + encodeURIComponent(s.id)) {
  const short = s.state === 'behind';
  const cell = (name, kind, ...what) => h('span', { class: kind }, h('small', {}, name, ' '), what);
  return h('a', { class: 'shoprow ' + s.state, href },
    h('span', { class: 'name' }, s.name),
    h('span', { class: 'amount' }, s.state === 'empty' ? '–' : rupees(s.received_paise)),
    s.state !== 'empty' && [cell(t('sales'), 'n', String(s.sales)), cell(t('went_back'), 'n', rupees(s.gone_paise)),
      cell(t('yesterday'), 'n', !short && d.until ? change(s.so_far.today_paise, s.so_far.yesterday_paise) || '–' : '–'),
      cell(t('week_ago'), 'n', !short && d.until ? change(s.so_far.today_paise, s.so_far.week_paise) || '–' : '–')],
    h('span', { class: 'state' }, s.state === 'empty' ? t('no_box') : short ? h('span', { class: 'chip warn' }, icon('wait'), t('not_heard', { time: since(s.as_of, d.at) })) : h('small', {}, t('as_of', { time: since(s.as_of, d.at) }))));
}
