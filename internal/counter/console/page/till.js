// till is the first page: number pad and tiles. Everything on it works by touch and by key.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { Lost, Problem, newKey, post, put as send } from './api.js';
import { confirm, explain, field, form, tell } from './ask.js';
import { cancel } from './act.js';
import { grouped, rupees } from './format.js';
import { empty, full, press, pressed, still, sum, value } from './entry.js';
import { box as inboxBox, roomy } from './inbox.js';
import { all, alike, final, putAway, take, tiles } from './sales.js';
import { short, tick, tile } from './tile.js';

// What is typed outlives a page that the browser lets go of behind another app, and its key does: what was asked for by then is not
// asked for twice.
const held = JSON.parse(sessionStorage.getItem('galla.typed') ?? '{}');
let entry = held.entry ?? empty;
let key = held.key ?? newKey(); // of the amount being typed: pressing Enter again after a lost answer is the same request
let busy = false;
let ahead = []; // pressed while a sale is asked for: the next sale's first keys
let reference = held.reference ?? '';

const amountLine = h('output', { class: 'entry', 'aria-live': 'off' });
const tapeLine = h('p', { class: 'tape' });
const leadBox = h('div', { class: 'lead' });
const tileBox = h('div', { class: 'tiles' });
const floor = h('section', { class: 'floor' }, leadBox, tileBox);
const chargeText = h('span', {});
let chargeButton, billButton;
let sending = false;
let waiting = null;
let shown = JSON.stringify({ entry: '', tape: [] });

// typed is the text of the addend that is being typed, grouped.
const typed = () => (entry.text.includes('.') ? grouped(value(entry.text)).split('.')[0] + '.' + entry.text.split('.')[1] : grouped(value(entry.text || '0')).slice(0, -3));

// show writes the total, large, and the addends above it; Charge says what it charges.
function show() {
  sessionStorage.setItem('galla.typed', JSON.stringify({ entry, key, reference }));
  const total = sum(entry), whole = entry.tape.length ? rupees(total) : '₹' + typed();
  amountLine.value = whole;
  amountLine.className = 'entry' + (entry.text || entry.tape.length ? '' : ' none') + (whole.length > 16 ? ' longer' : whole.length > 12 ? ' long' : '');
  tapeLine.textContent = entry.tape.length ? [...entry.tape.slice(-3).map(grouped), entry.text ? typed() : '…'].join(' + ') : '';
  if (entry.tape.length > 3) tapeLine.textContent = '… + ' + tapeLine.textContent;
  chargeText.textContent = total ? t('charge_sum', { amount: rupees(total) }) : t('charge');
  if (chargeButton) {
    chargeButton.disabled = busy || total === 0;
    chargeButton.className = 'charge' + (rupees(total).length > 15 ? ' longer' : rupees(total).length > 10 ? ' long' : '');
  }
  if (billButton) {
    put(billButton, reference ? (reference.length > 11 ? '…' + reference.slice(-10) : reference) : icon('bill')); // its end tells bills apart
    billButton.className = 'bare bill' + (reference ? ' set' : '');
    billButton.setAttribute('aria-label', t('reference') + (reference && ': ' + reference));
  }
  mirror({ entry: entry.text, tape: entry.tape.map((paise) => grouped(paise).replaceAll(',', '')) });
}

// mirror shows the customer what is typed: one message at a time and the last one always, so that they never cross.
async function mirror(typed) {
  waiting = typed;
  if (sending) return;
  sending = true;
  while (waiting) {
    const next = waiting;
    waiting = null;
    if (JSON.stringify(next) !== shown) await send('/v1/typing', next).then(() => { shown = JSON.stringify(next); }, () => {}); // losing one hurts nobody
  }
  sending = false;
}

let tempo = still;

// scanned takes a key of a keyboard at a moment, in ms, and says whether a barcode scanner pressed it: that is no amount, and its
// Enter charges nothing. What it had typed by then is taken back.
export function scanned(k, at) {
  const p = pressed(tempo, k, at, entry);
  tempo = p.tempo;
  if (!p.scanned) return false;
  if (busy) ahead = [];
  else entry = p.entry;
  key = newKey();
  show();
  sign(t('scanned'));
  return true;
}

// sign says why a key did nothing, until the next one does something.
function sign(why) {
  tapeLine.textContent = why;
}

export function type(k) {
  if (busy) {
    if (ahead.length < 40) ahead.push(k);
    else sign(t('no_room'));
    return;
  }
  if (full(entry, k)) return sign(t('no_room'));
  const next = press(entry, k);
  if (next === entry) return;
  entry = next;
  key = newKey();
  show();
}

export async function charge() {
  if (busy) {
    if (ahead.length && ahead.at(-1) !== 'Enter') ahead.push('Enter'); // a second Enter of the same sale is none
    return;
  }
  const paise = sum(entry);
  if (paise === 0) return;
  const twin = alike(paise);
  if (twin && !(await confirm(t('twice', { number: twin.name, amount: rupees(paise) }), true))) return;
  if (busy || paise !== sum(entry)) return; // while the question stood, nothing else may have happened
  busy = true;
  let made;
  show();
  try {
    chargeButton?.setAttribute('aria-busy', 'true');
    const sale = await open({ amount_paise: paise, ...(reference && { reference }) });
    if (!sale) return;
    made = sale.id;
    asked.add(made);
    take(sale);
    entry = empty;
    key = newKey();
    reference = '';
    const field = document.querySelector('[name=reference]');
    if (field) field.value = '';
  } catch (err) {
    if (err instanceof Problem) await explain(err); // the amount stays typed
    else if (err instanceof Lost) await tell(t('unknown'));
    else throw err;
  } finally {
    busy = false;
    chargeButton?.removeAttribute('aria-busy');
    show();
    const keys = ahead;
    ahead = [];
    if (!entry.text && !entry.tape.length) replay(keys); // after a sale that failed its own amount stands there, and nothing is added to it
    if (made) tellAsked(made);
  }
}

// asked are the sales that this device asked for: their QR is shown here where no customer's screen is.
export const asked = new Set();
let tellAsked = () => {};
export const onAsked = (f) => { tellAsked = f; };
export const idle = () => !busy && !entry.text && !entry.tape.length;

// open asks for a sale. A bill number that has one already is asked about: most likely it is the same bill.
async function open(body) {
  try {
    return await post('/v1/sales', body, key);
  } catch (err) {
    const other = err instanceof Problem && err.type === '/problems/same-reference' && err.sales?.[0];
    if (!other) throw err;
    if (!(await confirm(t('same_bill', { number: other.name, amount: rupees(other.amount_paise) }), true))) return null;
    key = newKey();
    return post('/v1/sales', { ...body, again: true }, key);
  }
}

// replay presses what was pressed too early. A key after an Enter that asks a question is lost: it could answer nothing.
function replay(keys) {
  for (const k of keys) {
    if (k === 'Enter') charge();
    else if (busy || !document.querySelector('dialog[open]')) type(k);
  }
}

// clear forgets what is typed, and answers whether something was.
function clear() {
  if (busy) {
    ahead = [];
    return true;
  }
  if (!entry.text && !entry.tape.length) return false;
  entry = empty;
  key = newKey();
  show();
  return true;
}

// escape clears what is typed; with nothing typed it asks to cancel the newest sale under way.
export function escape() {
  if (clear()) return;
  const open = all().find((s) => !final(s) && s.phase !== 'closing');
  if (open) cancel(open);
}

// acknowledge puts the newest ended tile away.
export function acknowledge() {
  const ended = tiles().find(final);
  if (ended) putAway(ended.id);
}

const padKeys = ['7', '8', '9', 'Backspace', '4', '5', '6', '+', '1', '2', '3', '0', '00', '.'];
const faces = { Backspace: [icon('back'), 'back'], '+': ['+', 'plus'] };

// bill asks for the number of the bill, where no field for it has room.
async function bill() {
  const v = await form(t('reference'), [field('reference', t('reference'), { maxlength: 64, required: false, value: reference, 'data-scan': true })], t('ok'));
  if (!v) return;
  write(v.reference.trim());
  const there = document.querySelector('.reference input');
  if (there) there.value = reference;
}

function write(text) {
  reference = text;
  key = newKey();
  show();
}

export function page() {
  chargeButton = h('button', { type: 'button', class: 'charge', onclick: charge }, chargeText);
  billButton = h('button', { type: 'button', class: 'bare bill', onclick: bill });
  const pad = h('section', { class: 'pad', 'aria-label': t('amount') },
    h('div', { class: 'sum' }, h('button', { type: 'button', class: 'bare', 'aria-label': t('clear'), onclick: clear }, icon('not')), billButton,
      h('div', { class: 'figure' }, tapeLine, amountLine)),
    h('div', { class: 'keys' },
      padKeys.map((k) => h('button', { type: 'button', class: faces[k] ? 'key soft' : 'key', 'aria-label': faces[k] && t(faces[k][1]), onclick: () => type(k) }, faces[k]?.[0].cloneNode?.(true) ?? faces[k]?.[0] ?? k)), chargeButton),
    h('label', { class: 'reference' }, t('reference'), h('input', { name: 'reference', maxlength: 64, autocomplete: 'off', value: reference, oninput: (e) => write(e.target.value) })));
  show();
  refresh();
  return h('div', { class: 'till' }, h('h1', { class: 'unseen' }, t('till')), pad, h('div', { class: 'right' }, inboxBox, floor));
}

// The sale that is shown whole is the newest under way, or the newest of all; others are lines, of which a tap opens one. Where there
// is room all are whole.
let turned = '';

const turn = (id) => () => {
  turned = turned === id ? '' : id;
  steady(refresh);
};

// Nothing moves under a finger: what comes while one is down waits until it is up, and what has just moved takes no touch for a moment.
const settle = 400; // ms
let down = false, settled;
const due = new Set();
document.addEventListener('pointerdown', (e) => { down = e.button === 0; }); // whoever opens a menu with another button may never be seen to let go
const up = () => setTimeout(() => { // after the click that it makes
  down = false;
  const all = [...due];
  due.clear();
  if (all.length) steady(() => all.forEach((f) => f()));
}, 0);
document.addEventListener('pointerup', up);
document.addEventListener('pointercancel', up);
globalThis.addEventListener?.('blur', up);

// places are where each tile and item stands, and which buttons it has.
const places = () => new Map([...document.querySelectorAll('.right [data-id], .inbox [data-item]')].map((el) => {
  const r = el.getBoundingClientRect();
  return [el.dataset.id ?? el.dataset.item, `${r.left},${r.top},${[...el.querySelectorAll('button')].map((b) => b.className + b.textContent)}`];
}));

// steady draws by f, when no finger is down.
export function steady(f) {
  if (down) {
    due.add(f);
    return;
  }
  const before = places();
  f();
  const after = places();
  if (![...before].some(([id, place]) => after.has(id) && after.get(id) !== place)) return;
  const right = floor.parentElement;
  right.classList.add('settling');
  clearTimeout(settled);
  settled = setTimeout(() => right.classList.remove('settling'), settle);
}

export function refresh() {
  const list = tiles(), lead = list.find((s) => !final(s)) ?? list[0];
  const rest = list.filter((s) => s !== lead);
  const focus = document.activeElement?.closest?.('.tile')?.dataset.id;
  const nth = focus ? [...document.activeElement.closest('.tile').querySelectorAll('button')].indexOf(document.activeElement) : -1;
  put(leadBox, lead ? tile(lead) : h('p', { class: 'nothing' }, t('nothing')));
  put(tileBox, rest.map((s) => (roomy.matches ? tile(s) : s.id === turned ? tile(s, { turn: turn(s.id) }) : short(s, turn(s.id)))));
  if (focus) floor.querySelector(`[data-id="${CSS.escape(focus)}"]`)?.querySelectorAll('button')[nth]?.focus();
  tick(floor);
}

roomy.addEventListener?.('change', () => floor.isConnected && refresh());

export const tickAll = () => tick(floor);
