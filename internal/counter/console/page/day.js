// day shows the day in one number, then what needs a decision, who took how much, what went back, the hours and the month; what a
// bookkeeper wants is folded. It holds the day against the gateways, and closes it.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { get, post } from './api.js';
import { form, inEnglish, tell } from './ask.js';
import { card, title } from './inbox.js';
import { month } from './month.js';
import { inbox, onChange } from './sales.js';
import { steady } from './till.js';
import { picture } from './picture.js';
import { reconciliation } from './reconcile.js';
import { clock, dayAndClock, rupees } from './format.js';
import { approval, attempt, reading, vouched } from './act.js';
import { person } from './say.js';
import { may } from './session.js';

export function page() {
  const box = h('div', {}), decide = h('section', {}), check = h('div', {});
  let paper = false;
  const read = async () => {
    const [x, health, before, drawn] = await Promise.all([get('/v1/reports/x'), get('/v1/health'), may('manager') ? get('/v1/reports/z') : { reports: [] }, picture()]);
    paper = !['none', '', undefined].includes(health.printer);
    put(box, sofar(drawn.figures.days, x.at), summing(x), decide, cashiers(x), money(x), drawn.shown, month(x, before.reports),
      report(x, t('x'), paper && '/v1/reports/x/print'),
      before.reports.length > 0 && h('details', { class: 'card' }, h('summary', {}, h('strong', {}, t('closed_days')), ` (${before.reports.length})`),
        before.reports.map((z) => report(z, `Z ${z.number} · ${z.day}`, paper && `/v1/reports/z/${z.number}/print`))));
    if (may('manager') && !check.firstChild) put(check, fold(t('reconcile'), reconciliation(x.day, paper)), fold(t('export'), downloads(x.day)));
  };
  const closeDay = async (e) => {
    const button = e.currentTarget;
    const x = await get('/v1/reports/x').catch(() => null); // without it the till still answers what it can't do
    const chosen = await form(t('z_before'), x ? before(x) : [], t('next'));
    if (!chosen) return;
    const title = t('z_sure') + (chosen.day ?? x?.day ? ` (${chosen.day ?? x.day})` : '');
    const allowed = await approval(title);
    if (!allowed) return;
    await attempt(button, async () => {
      const z = await post('/v1/reports/z', { ...(!vouched() && allowed), ...(chosen.day && { day: chosen.day }), print: paper }, undefined, 300000);
      await read();
      if (z.print && !['printed', 'sent'].includes(z.print.status)) await tell(inEnglish(z.print.detail));
    });
  };
  redecide = () => decide.isConnected && undecided(decide);
  decided = '';
  undecided(decide);
  reading(box, read);
  return h('div', { class: 'page' }, h('h1', {}, t('day')), box,
    h('div', { class: 'row' }, h('button', { type: 'button', class: 'main', onclick: closeDay }, t('z'))), check);
}

let redecide = () => {}, decided = '', unfolded = false;
const again = () => redecide();
onChange(() => steady(again));

const fold = (name, what) => h('details', { class: 'card' }, h('summary', {}, h('strong', {}, name)), what);

// sofar is the day in one number, beside what had come by this time of the days before.
function sofar([today, before, week], at) {
  if (!today.so_far) return null;
  const beside = (name, d) => {
    const more = d.so_far.paise && Math.round((today.so_far.paise - d.so_far.paise) * 100 / d.so_far.paise);
    return h('p', {}, h('span', {}, name), ' ', h('span', { class: 'sum' }, rupees(d.so_far.paise)), ' ',
      d.so_far.paise > 0 && h('span', { class: 'chip ' + (more < 0 ? 'warn' : 'good') }, `${more < 0 ? '−' : '+'}${Math.abs(more)} %`));
  };
  return h('section', { class: 'card sofar' }, h('p', {}, t('by_upi_today', { time: clock(at).slice(0, 5) })), h('p', { class: 'amount' }, rupees(today.so_far.paise)),
    beside(t('yesterday_now'), before), beside(t('week_now'), week));
}

// undecided shows the newest of what needs a decision, and the rest folded: what the day brought is not far below.
const newest = 3;

export function undecided(box) {
  const items = inbox(), now = JSON.stringify(items);
  if (now === decided) return;
  decided = now;
  const cards = items.map(({ sale, item }) => card(sale, item)), rest = cards.splice(newest);
  put(box, h('h2', {}, items.length > 0 && icon('bell'), title()), items.length ? cards : h('p', { class: 'facts' }, t('no_items')),
    rest.length > 0 && h('details', { open: unfolded, ontoggle: (e) => { unfolded = e.currentTarget.open; } }, h('summary', {}, `${t('more')} (${rest.length})`), rest));
}

const line = (name, l) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, l.count ?? ''), h('td', {}, rupees(l.paise)));

// since says that a day was closed already: what its parts hold came after that Z.
const since = (x) => x.closed_by > 0 && h('p', { class: 'facts' }, `${t('from')}: Z ${x.closed_by}`);

const cashiers = (x) => x.cashiers.length > 0 && h('section', {}, h('h2', {}, t('cashiers')), since(x),
  h('table', { class: 'report' }, h('tbody', {}, x.cashiers.map(share))));

// share is a person's part, or a standing QR's: what came, what the person gave back, and what the QR took, net.
const share = (c) => [line(person(c.name), c.paid), c.refunds.count > 0 && line(`${person(c.name)}: ${t('refunds')}`, c.refunds),
  c.back && line(`${person(c.name)}: ${t('net')}`, { paise: c.paid.paise - c.back.paise })];

// money is what went back, and what has not ended.
const money = (x) => h('section', {}, h('h2', {}, t('refunds')), since(x), h('table', { class: 'report' }, h('tbody', {}, line(t('rf_processed'), x.refunds),
  x.pending_refunds.count > 0 && line(t('rf_pending'), x.pending_refunds), back(x).count > 0 && line(t('reversals'), back(x)), line(t('pending'), x.pending))));

// before is what a person should know who closes the day: which days are open, what is under way, what needs a decision.
function before(x) {
  const past = (x.open_days ?? []).map((d) => d.day), days = x.closed_by && past.length ? past : [...past, x.day];
  const usual = !past.length || (x.sales.count > 0 && !x.closed_by) ? x.day : past[past.length - 1];
  const list = (name, line, all) => line.count > 0 && [h('p', {}, `${name}: ${line.count} · ${rupees(line.paise)}`),
    h('ul', {}, (all ?? []).slice(0, 8).map((o) => h('li', {}, `${o.name} · ${rupees(o.amount_paise)}`)), line.count > 8 && h('li', {}, '…'))];
  const none = !x.pending.count && !x.attention.count && h('p', {}, icon('done'), ' ', t('nothing_open'));
  return [summing(x, 'summing_z'), none, days.length > 1 && h('label', {}, t('day'), h('select', { name: 'day' }, days.map((d) => h('option', { value: d, selected: d === usual }, d)))),
    list(t('pending'), x.pending, x.open), list(t('inbox'), x.attention, x.items)];
}

// downloads offers the sales of some days as files.
function downloads(today) {
  const from = h('input', { type: 'date', name: 'from', value: today, max: today }), to = h('input', { type: 'date', name: 'to', value: today, max: today });
  const save = (format) => {
    const v = new URLSearchParams({ format });
    if (from.value) v.set('from', from.value);
    if (to.value) v.set('to', to.value);
    h('a', { href: '/v1/export?' + v, download: true }).click();
  };
  return h('section', {}, h('div', { class: 'pairs' }, h('label', {}, t('from'), from), h('label', {}, t('to'), to)),
    h('div', { class: 'row' }, [['csv', 'CSV'], ['jsonl', 'JSONL']].map(([f, name]) => h('button', { type: 'button', class: 'quiet', onclick: () => save(f) }, `${t('export')} ${name}`))));
}

// summing says that an X is of today alone, as after an update: the events of the days before are still being added up.
const summing = (x, says = 'summing') => x.summing && h('p', {}, t(says, { n: Math.floor((x.summing.upto * 100) / x.summing.seq) }));

// back is what others sent back and did not bring again.
const back = (r) => ({ count: (r.reversals?.count ?? 0) + (r.returned?.count ?? 0), paise: (r.reversals?.paise ?? 0) - (r.returned?.paise ?? 0) });

function report(r, title, paper) {
  const table = h('table', { class: 'report' },
    h('tbody', {}, line(t('sales'), r.sales), line(t('paid'), r.paid), line(t('cancelled'), r.cancelled), line(t('expired'), r.expired), line(t('failed'), r.failed), line(t('other_tender'), r.other_tender),
      line(t('upi'), r.upi), line(t('late'), r.late), line(t('unmatched'), r.unmatched), r.credit && line(t('credit'), r.credit), r.credit && line(t('credit_fee'), { paise: r.credit_fee_paise ?? 0 }), line(t('refunds'), r.refunds), back(r).count > 0 && line(t('reversals'), back(r)), r.pending_refunds.count > 0 && line(`${t('refunds')}: ${t('rf_pending')}`, r.pending_refunds), line(t('net'), { paise: r.net_paise }),
      [...(r.other_days ?? []), ...(r.open_days ?? [])].map((d) => line(`${d.day}: ${t('net')}`, { paise: d.net_paise })),
      line(t('pending'), r.pending), line(t('inbox'), r.attention),
      r.cashiers.map(share)));
  return h('details', { class: 'card' }, h('summary', {}, h('strong', {}, title), ' ', h('small', {}, dayAndClock(r.at))), table,
    paper && h('div', { class: 'row' }, h('button', { type: 'button', class: 'quiet', onclick: (e) => print(e, paper) }, t('print'))));
}

const print = (e, path) => attempt(e.currentTarget, async () => {
  const r = await post(path, {}, undefined, 300000);
  if (!['printed', 'sent'].includes(r.print.status)) await tell(inEnglish(r.print.detail));
});
