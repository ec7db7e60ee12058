// sales keeps the last state of every sale this console has heard of, in the order of the till's events: whatever order
// answers come in, an older state never replaces a newer one.
import { boxTime, get } from './api.js';

export const byID = new Map();
const listeners = new Set();
export let seq = 0;

// What this device's people have put away, and from where on it has watched: endings before that are history, not news.
const stored = () => new Set(JSON.parse(localStorage.getItem('galla.away') ?? '[]'));
let away = stored();
globalThis.addEventListener?.('storage', (e) => { // put away in another window of this device
  if (e.key !== 'galla.away') return;
  away = stored();
  tell();
});
let floor = Number(localStorage.getItem('galla.floor') ?? -1);

export const onChange = (f) => listeners.add(f);
const tell = (sale, before) => listeners.forEach((f) => f(sale, before));

export function take(sale) {
  const before = byID.get(sale.id);
  if (before && before.seq >= sale.seq) return;
  byID.set(sale.id, sale);
  forget();
  tell(sale, before);
}

export function heard(event) {
  seq = Math.max(seq, event.seq);
  if (event.sale) take(event.sale);
}

// load reads what is going on; the feed goes on from its seq.
export async function load() {
  const [open, attention, newest] = await Promise.all([get('/v1/sales?open=true&limit=200'), get('/v1/sales?attention=true&limit=200'), get('/v1/sales?limit=30')]);
  byID.clear();
  seq = Math.min(open.seq, attention.seq, newest.seq);
  if (floor < 0 || floor > newest.seq) {
    floor = newest.seq;
    localStorage.setItem('galla.floor', floor);
  }
  for (const page of [open, attention, newest]) for (const sale of page.sales) byID.set(sale.id, sale);
  tell();
  return seq;
}

export const final = (sale) => sale.phase === 'paid' || sale.phase === 'closed';
export const all = () => [...byID.values()].sort((a, b) => (a.created_at < b.created_at || a.created_at === b.created_at && a.number < b.number ? 1 : -1));

// tiles are the sales that belong in front of the cashier: what is going on, and what ended and was not put away.
// Of those that ended the newest stand there, or a console nobody looks at would grow all day; older ones come up as newer
// are put away, and all are in the history.
export function tiles() {
  let ended = 0;
  return all().filter((s) => !final(s) || (s.seq > floor && !away.has(s.id) && ++ended <= 30));
}

// forget lets go of old sales that ask for nothing, for a console that stays open for weeks.
const kept = 300;
function forget() {
  if (byID.size <= 2 * kept) return;
  for (const s of all().filter((s) => final(s) && !s.attention.length).slice(kept)) byID.delete(s.id);
}
export const inbox = () => all().flatMap((sale) => sale.attention.map((item) => ({ sale, item })));

export function putAway(id) {
  away = stored().add(id);
  localStorage.setItem('galla.away', JSON.stringify([...away].slice(-200)));
  tell(byID.get(id), byID.get(id));
}

// alike finds a sale under way for the same amount: most likely the same customer.
export const alike = (paise) => all().find((s) => !final(s) && s.amount_paise === paise && boxTime() - Date.parse(s.created_at) < 120000);
