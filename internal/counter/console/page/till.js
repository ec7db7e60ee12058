// till is the first page: number pad, inbox, tiles. Everything on it works by touch and by key.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { Lost, Problem, newKey, post, put as send } from './api.js';
import { confirm, explain, tell } from './ask.js';
import { cancel, resolve } from './act.js';
import { grouped, rupees } from './format.js';
import { empty, full, press, pressed, still, sum, value } from './entry.js';
import { all, alike, final, inbox, putAway, take, tiles } from './sales.js';
import { foreign, itemSentence } from './say.js';
import { tick, tile } from './tile.js';

let entry = empty;
let key = newKey(); // of the amount being typed: pressing Enter again after a lost answer is the same request
let busy = false;
let ahead = []; // pressed while a sale is asked for: the next sale's first keys
let reference = '';

const amountLine = h('output', { class: 'entry', 'aria-live': 'off' });
const tapeLine = h('p', { class: 'tape' });
export const inboxBox = h('section', { class: 'inbox', 'aria-live': 'polite' });
const tileBox = h('section', { class: 'tiles' });
let chargeButton;
let sending = false;
let waiting = null;
let shown = JSON.stringify({ entry: '', tape: [] });

function show() {
  const text = entry.text ? (entry.text.includes('.') ? grouped(value(entry.text)).split('.')[0] + '.' + entry.text.split('.')[1] : grouped(value(entry.text)).slice(0, -3)) : '0';
  amountLine.value = '₹' + text;
  amountLine.classList.toggle('none', !entry.text);
  tapeLine.textContent = entry.tape.length ? entry.tape.map(grouped).join(' + ') + ' + ' + (entry.text || '…') + ' = ' + rupees(sum(entry)) : '';
  if (chargeButton) chargeButton.disabled = busy || sum(entry) === 0;
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
  show();
  try {
    chargeButton?.setAttribute('aria-busy', 'true');
    const sale = await open({ amount_paise: paise, ...(reference && { reference }) });
    if (!sale) return;
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
  }
}

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

// escape clears what is typed; with nothing typed it asks to cancel the newest sale under way.
export function escape() {
  if (busy) {
    ahead = [];
    return;
  }
  if (entry.text || entry.tape.length) {
    entry = empty;
    key = newKey();
    show();
    return;
  }
  const open = all().find((s) => !final(s) && s.phase !== 'closing');
  if (open) cancel(open);
}

// acknowledge puts the newest ended tile away.
export function acknowledge() {
  const ended = tiles().find(final);
  if (ended) putAway(ended.id);
}

const padKeys = ['7', '8', '9', 'Backspace', '4', '5', '6', 'Clear', '1', '2', '3', '+', '0', '00', '.'];
const faces = { Backspace: ['⌫', 'back'], Clear: ['C', 'clear'], '+': ['+', 'plus'] };

export function page() {
  chargeButton = h('button', { type: 'button', class: 'charge', onclick: charge }, t('charge'));
  const pad = h('section', { class: 'pad', 'aria-label': t('amount') },
    amountLine, tapeLine,
    h('div', { class: 'keys' },
      padKeys.map((k) => h('button', { type: 'button', class: faces[k] ? 'key soft' : 'key', 'aria-label': faces[k] && t(faces[k][1]), onclick: () => type(k) }, faces[k]?.[0] ?? k))),
    chargeButton,
    h('label', { class: 'reference' }, t('reference'), h('input', { name: 'reference', maxlength: 64, autocomplete: 'off', value: reference, oninput: (e) => { reference = e.target.value; key = newKey(); } })));
  show();
  refresh();
  return h('div', { class: 'till' }, h('h1', { class: 'unseen' }, t('till')), pad, h('div', { class: 'floor' }, tileBox));
}

export function refresh() {
  const list = tiles();
  const focus = document.activeElement?.closest?.('.tile')?.dataset.id;
  const nth = focus ? [...document.activeElement.closest('.tile').querySelectorAll('button')].indexOf(document.activeElement) : -1;
  put(tileBox, list.length ? list.map((s) => tile(s)) : h('p', { class: 'nothing' }, t('nothing')));
  if (focus) tileBox.querySelector(`[data-id="${CSS.escape(focus)}"]`)?.querySelectorAll('button')[nth]?.focus();
  tick(tileBox);
}

// showInbox puts what needs a decision above everything: whole on the till, as one button that leads there elsewhere.
export function showInbox(whole, go) {
  const items = inbox();
  const title = t('inbox') + ` (${items.length})`;
  if (!items.length) return put(inboxBox);
  if (!whole) return put(inboxBox, h('button', { type: 'button', class: 'danger', onclick: go }, icon('bell'), title));
  const focus = document.activeElement?.closest?.('.inbox .card');
  const at = focus && [focus.dataset.item, [...focus.querySelectorAll('button')].indexOf(document.activeElement)];
  put(inboxBox, h('h2', {}, icon('bell'), title), items.map(({ sale, item }) => card(sale, item)));
  if (at) inboxBox.querySelector(`[data-item="${CSS.escape(at[0])}"]`)?.querySelectorAll('button')[at[1]]?.focus();
}

// answer is the word on the button of an answer: what the person does, which for some kinds of items has a word of its own.
function answer(item, action) {
  switch (action) {
    case 'accept': return t(item.message_code === 'item_late' ? 'handed' : ['late', 'duplicate', 'over', 'under'].includes(item.kind) ? 'accept' : 'done');
    case 'other_tender': return t(item.kind === 'short' ? 'rest_other' : 'settled_other');
    case 'keep': return t('keep_other');
    default: return t(action);
  }
}

// tone is the colour of an answer's button: money that goes back is red; what settles an item beside the till is quiet.
const tone = (action) => ({ refund: 'danger', other_tender: 'quiet', keep: 'quiet' })[action] ?? 'main';

export function card(sale, item) {
  return h('article', { class: 'card', 'data-item': `${sale.id}/${item.id}` },
    h('p', { class: 'sentence', lang: foreign(item.message_code) }, itemSentence(item)),
    h('div', { class: 'row' }, item.answers.map((action) =>
      h('button', { type: 'button', class: tone(action), onclick: (e) => resolve(sale, item, action, e.currentTarget) }, answer(item, action)))));
}

export const tickAll = () => tick(tileBox);
