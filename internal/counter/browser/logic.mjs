// logic tries what the console's scripts decide, without a browser: node logic.mjs PAGE, a copy of console/page. Sentences are
// their keys, since no language is loaded.
import { strict as assert } from 'node:assert';
import { pathToFileURL } from 'node:url';

// A document that can just do what the scripts ask of it. A dialog is answered by the test as soon as it opens.
class Element {
  constructor(tag) {
    Object.assign(this, { tag, attrs: {}, children: [], on: {}, dataset: {}, isConnected: true });
  }
  setAttribute(k, v) { this.attrs[k] = v; if (k === 'value' || k === 'name') this[k] = v; }
  getAttribute(k) { return this.attrs[k] ?? null; }
  removeAttribute(k) { delete this.attrs[k]; }
  addEventListener(k, f) { this.on[k] = f; }
  append(...c) { this.children.push(...c); }
  replaceChildren(...c) { this.children = c; }
  replaceWith(other) { replaced.push([this, other]); }
  remove() {}
  get firstChild() { return this.children[0]; }
  get text() { return this.own ?? this.children.map((c) => c?.text ?? String(c)).join(' '); }
  set textContent(v) { this.own = v; }
  all() { return [this, ...this.children.flatMap((c) => (c instanceof Element ? c.all() : []))]; }
  showModal() {
    const shown = { title: this.all().find((e) => e.tag === 'h2').text, inputs: Object.fromEntries(this.all().filter((e) => e.name).map((e) => [e.name, e])) };
    dialogs.push(shown);
    const said = answers.shift();
    for (const [k, v] of Object.entries(said ?? {})) {
      shown.inputs[k].value = v;
      title = this.all().find((e) => e.tag === 'h2');
      shown.inputs[k].on.input?.({ target: shown.inputs[k] });
      shown.title = title.text;
    }
    this.returnValue = said ? 'yes' : '';
    values = Object.entries(shown.inputs).map(([k, e]) => [k, e.value ?? '']);
    this.on.close();
  }
}
let title, values, found;
const dialogs = [], answers = [], replaced = [], sent = [];
globalThis.document = { createElement: (tag) => new Element(tag), createElementNS: (_, tag) => new Element(tag), body: new Element('body'), documentElement: new Element('html'),
  getElementById: () => title, querySelector: () => found, querySelectorAll: () => [], addEventListener() {} };
globalThis.FormData = class { [Symbol.iterator]() { return values[Symbol.iterator](); } };
const shelf = new Map();
globalThis.localStorage = { getItem: (k) => shelf.get(k) ?? null, setItem: (k, v) => shelf.set(k, String(v)) };
globalThis.sessionStorage = { getItem: () => null, setItem() {}, clear() {} };
globalThis.CSS = { escape: (s) => s };
globalThis.setInterval = () => 0; // a section that reads again and again would keep this script alive
globalThis.matchMedia = () => ({ matches: false });
let me = {};
const refusals = []; // what the next calls are answered with; null: as always
globalThis.fetch = async (path, { method, body }) => {
  sent.push([method, path, body && JSON.parse(body)]);
  const refused = refusals.shift();
  if (refused) return { ok: false, status: refused.status, statusText: '', headers: new Headers(), text: async () => JSON.stringify(refused) };
  const doc = path === '/v1/me' ? me : path === '/v1/people' ? { people: [{ name: 'Meena', role: 'manager' }, { name: 'Asha', role: 'cashier' }, { name: 'Ravi', role: 'owner' }] }
    : path === '/v1/devices' ? { devices: [] } : path === '/v1/standing' ? { qrs: [] } : path.startsWith('/v1/sales?') ? { seq: 0, sales: [] } : {};
  return { ok: true, status: 200, headers: new Headers(), text: async () => JSON.stringify(doc) };
};

const load = (name) => import(pathToFileURL(`${process.argv[2]}/${name}.js`));
const [act, sales, session, say, history, box, tile, paper, inbox] = await Promise.all(['act', 'sales', 'session', 'say', 'history', 'box', 'tile', 'paper', 'inbox'].map(load));
const am = async (who) => { me = who; await session.load(); };
const settle = () => new Promise((done) => setTimeout(done, 20));
const writes = () => sent.splice(0).filter(([method]) => method === 'POST').map(([, path, body]) => [path, body]);
const pay = (id, left) => ({ id, amount_paise: 25000, status: 'captured', refundable_paise: left });
const sale = (n, more) => ({ id: 'S' + String(n).padStart(6, '0'), number: n, seq: n, amount_paise: 25000, phase: 'paid', tender: 'exact', payments: [], refunds: [], attention: [],
  created_at: new Date(1e12 + n * 1000).toISOString(), ...more });

// A refund is of one payment, says which sum goes back, and sends that.
const twice = sale(12, { payments: [pay('p1', 0), pay('p2', 25000)] });
await am({ role: 'cashier', device: { id: 'd1' } });
answers.push({ approver: 'Meena', pin: '8642' });
await act.refund(twice);
assert.deepEqual(writes(), [['/v1/sales/S000012/refunds', { payment_id: 'p2', amount_paise: 25000, approver: 'Meena', pin: '8642' }]]);
answers.push({ amount: '1,00.5', approver: 'Meena', pin: '8642' });
await act.refund(twice);
assert.equal(writes()[0][1].amount_paise, 10050);
for (const amount of ['0', '250.01']) {
  dialogs.length = 0;
  answers.push({ amount, approver: 'Meena', pin: '8642' }, {}, null);
  await act.refund(twice);
  assert.deepEqual([writes(), dialogs.length, dialogs[2]?.inputs.amount.attrs.value], [[], 3, amount], 'no amount would be all of it; what was typed stays');
}
answers.push(null);
await act.refund(twice);
assert.deepEqual(writes(), [], 'no is no');

// Goods that came back are a fact of the refund, and stay ticked after a wrong PIN.
answers.push({ goods: 'on', approver: 'Meena', pin: '0000' }, {}, null);
refusals.push(null, { type: '/problems/not-allowed', status: 403, detail: 'no' }, null);
await act.refund(twice);
assert.deepEqual(writes().map(([, body]) => body.goods), [true]);
assert.deepEqual(dialogs.at(-1).inputs.goods.attrs.checked, '');

// Who is signed in and may allow it is the one proposed: an owner's PIN under a manager's name is a wrong PIN of hers.
await am({ role: 'owner', device: { id: 'd1', person: 'Ravi' } });
answers.push(null);
await act.refund(twice);
assert.deepEqual(dialogs.at(-1).inputs.approver.children.filter((o) => o.attrs.selected === '').map((o) => o.text), ['Ravi']);
await am({ role: 'cashier', device: { id: 'd1' } });

// money.md 16: after a wrong PIN the form holds what was typed, not the whole amount.
dialogs.length = 0;
answers.push({ amount: '12.50', approver: 'Meena', pin: '0000' }, {}, { approver: 'Meena', pin: '8642' });
refusals.push(null, { type: '/problems/not-allowed', status: 403, detail: 'no' }, null, null);
await act.refund(twice);
assert.deepEqual(writes().map(([, body]) => [body.amount_paise, body.pin]), [[1250, '0000'], [1250, '8642']], 'the typed amount was lost with the PIN');
assert.equal(dialogs.length, 3);

// money.md 24 and 17: keys in a scanner's tempo are no amount, their Enter charges nothing; a digit without room is refused whole.
const pad = await load('entry');
const keyed = (keys, apart, state) => keys.split(' ').reduce(({ tempo, entry, at, scans, charges }, k) => {
  const p = pad.pressed(tempo, k, (at += apart), entry);
  if (p.scanned) return { tempo: p.tempo, entry: p.entry, at, scans: scans + 1, charges };
  if (k === 'Enter') return { tempo: p.tempo, entry, at, scans, charges: [...charges, pad.sum(entry)] };
  return { tempo: p.tempo, entry: pad.press(entry, k), at, scans, charges };
}, state);
const begun = { tempo: pad.still, entry: pad.empty, at: 0, scans: 0, charges: [] };
let typing = keyed('8 9 0 1 0 3 0 8 6 5 2 7 8 Enter', 8, begun);
assert.deepEqual([typing.entry.text, typing.charges, typing.scans > 0], ['', [], true], 'a barcode is an amount');
typing = keyed('8 9 0 1 0 3 0 8 6 5 2 7 8 Enter', 8, keyed('2 5 0 .', 150, begun));
assert.deepEqual([typing.entry.text, typing.charges], ['250.', []], 'a barcode went behind the point');
typing = keyed('5 0 Enter', 150, { ...typing, at: typing.at + 1000 });
assert.deepEqual(typing.charges, [25050]);
assert.deepEqual(keyed('1 2 5 0 0 Enter', 40, begun).charges, [1250000], 'a fast hand is no scanner');
for (const code of ['L O T 2 3 9 1 A', 'A 1 2 3', '* 4 5 1 *', 'Shift B 7 0 1 2']) {
  const was = keyed(code + ' Enter', 8, { ...keyed('2 5', 150, begun), at: 1000 });
  assert.deepEqual([was.entry.text, was.charges], ['25', []], `${code} is a barcode with letters, and no amount`);
}
assert.deepEqual(keyed('5 0 Enter', 20, begun).charges, [5000], 'two keys and Enter are a hand');
assert.deepEqual(keyed('2 1 5 . 5 0 Enter', 8, begun).charges, [21550], 'an amount that a machine types');
assert.deepEqual(keyed('h t t p : / / x . i n / 1 . 2 3 Enter', 8, begun).charges, [], 'a QR with an address is an amount');
assert.equal(pad.press({ text: '1234567890', tape: [] }, '00').text, '1234567890', 'half of a key was typed');
assert(pad.full({ text: '12345678901', tape: [] }, '2') && pad.full({ text: '250.50', tape: [] }, '7') && !pad.full(pad.empty, '00'));

// A long bill: a + is never refused, or the next digits would go on with the addend before it.
const long = Array.from({ length: 25 }).flatMap(() => ['5', '+']).concat('7').reduce(pad.press, pad.empty);
assert.deepEqual([pad.sum(long), long.text, long.tape.length], [13200, '7', 20]);

// A cashier whom the box lets in without a token is asked for the manager; a manager, whether it is meant.
await am({ role: 'cashier' });
answers.push({ approver: 'Meena', pin: '8642' });
await act.refund(twice);
assert.equal(writes()[0][1].approver, 'Meena');
await am({ role: 'manager' });
dialogs.length = 0;
answers.push(null, {});
const late = { id: 'money:p2', kind: 'late', amount_paise: 25000, message: 'It came late.', message_code: 'item_late', message_values: { sale: '1129-12', amount_paise: 25000 } };
await act.resolve(twice, late, 'refund');
assert.deepEqual(writes(), [], 'money goes back at one touch');
await act.resolve(twice, late, 'refund');
assert.deepEqual(writes(), [['/v1/sales/S000012/resolve', { action: 'refund', attention: 'money:p2', amount_paise: 25000 }]]); // the sum that the person saw
assert.deepEqual(dialogs.map((d) => d.title), ['refund_sure', 'refund_sure']);

// Who accepts less is not asked about sending money back.
await am({ role: 'cashier', device: { id: 'd1' } });
dialogs.length = 0;
answers.push({ approver: 'Meena', pin: '8642' });
await act.resolve(twice, { id: 'short', kind: 'short', amount_paise: 5000, message: '₹50.00 is missing.', message_code: 'item_short' }, 'enough');
assert.deepEqual(dialogs.map((d) => d.title), ['₹50.00 is missing.']);
assert.deepEqual(writes(), [['/v1/sales/S000012/resolve', { action: 'enough', attention: 'short', amount_paise: 5000, approver: 'Meena', pin: '8642' }]]);

// Each answer of an item has its button and its word, and none is offered that the item does not take.
const offered = (kind, answers, more) => inbox.card(twice, { id: kind, kind, answers, message: kind, message_code: 'item_' + kind, ...more }).all().filter((e) => e.tag === 'button').map((e) => e.text);
assert.deepEqual(offered('late', ['accept', 'other_tender', 'refund']), ['handed', 'settled_other', 'refund']);
assert.deepEqual(offered('over', ['accept', 'other_tender', 'refund']), ['accept', 'settled_other', 'refund']);
assert.deepEqual(offered('short', ['enough', 'other_tender']), ['enough', 'rest_other']);
assert.deepEqual(offered('reversed', ['accept', 'other_tender', 'keep']), ['done', 'settled_other', 'keep_other']);
assert.deepEqual(offered('refund_unknown', ['it_went', 'it_did_not']), ['it_went', 'it_did_not']);
assert.deepEqual(offered('unnamed', ['they_sent']), ['they_sent']);

// What no gateway's record says takes a manager, and the sum that the person states.
dialogs.length = 0;
answers.push({ approver: 'Meena', pin: '8642' }, { amount: '12.50', approver: 'Meena', pin: '8642' });
await act.resolve(twice, { id: 'reversed:p1:7', kind: 'reversed', payment_id: 'p1', amount_paise: 25000, message: 'Gone.', message_code: 'item_reversed' }, 'keep');
await act.resolve(twice, { id: 'unnamed:p2', kind: 'unnamed', payment_id: 'p2', message: 'Some went.', message_code: 'item_unnamed' }, 'they_sent');
assert.deepEqual(writes().map(([, body]) => body), [
  { action: 'keep', attention: 'reversed:p1:7', amount_paise: 25000, approver: 'Meena', pin: '8642' },
  { action: 'they_sent', attention: 'unnamed:p2', amount_paise: 1250, approver: 'Meena', pin: '8642' }]);
await act.resolve(twice, { id: 'reversed:p1:7', kind: 'reversed', payment_id: 'p1', amount_paise: 25000, message: 'Gone.', message_code: 'item_reversed' }, 'accept');
assert.deepEqual(writes().map(([, body]) => body), [{ action: 'accept', attention: 'reversed:p1:7', amount_paise: 25000 }]);

// While others have sent one payment back, refunding another asks by saying so, and says that it was asked.
const robbed = sale(17, { payments: [pay('p1', 0), pay('p2', 25000)], attention: [{ id: 'reversed:p1:7', kind: 'reversed', payment_id: 'p1', amount_paise: 25000, message: 'Gone.' }] });
dialogs.length = 0;
answers.push({ approver: 'Meena', pin: '8642' }, { approver: 'Meena', pin: '8642' }, { approver: 'Meena', pin: '8642' });
await act.refund(robbed);
await act.resolve(robbed, late, 'refund');
await act.refund({ ...robbed, payments: [pay('p1', 100)] });
assert.deepEqual(dialogs.map((d) => d.title), ['reversed_sure', 'reversed_sure', 'refund_sure']);
assert.deepEqual(writes().map(([, body]) => body.confirmed), [true, true, undefined]);
assert(tile.tile(robbed).all().some((e) => e.text === 'refund') && !tile.tile(sale(18, { payments: [pay('p1', 1)], attention: [late] })).all().some((e) => e.text === 'refund'));

// Paid in cash is a good end: it is asked about as that, and shown as that (money.md 12).
dialogs.length = 0;
const cash = sale(13, { phase: 'awaiting' });
answers.push({}, {});
await act.cancel(cash, null, 'other_tender');
await act.cancel(cash, null);
assert.deepEqual(dialogs.map((d) => d.title), ['other_sure', 'cancel_sure']);
assert.deepEqual(writes().map(([, body]) => body.reason), ['other_tender', 'cancelled']);
const settled = sale(14, { phase: 'closed', close_reason: 'other_tender' });
assert.deepEqual([say.shapeOf(settled), say.phaseWord(settled), say.reasonWord(settled)], ['done', 'other_tender', '']);
assert.deepEqual([say.shapeOf(sale(15, { phase: 'closed', close_reason: 'expired' })), say.reasonWord(sale(15, { phase: 'closed', close_reason: 'expired' }))], ['not', 'expired']);

// A sale whose time is over while its gateway says nothing asks nobody to scan (money.md 13).
const asked = { phase: 'awaiting', message: 'Ask the customer.', message_code: 'sale_awaiting', message_values: { amount_paise: 25000 } };
assert.equal(say.sentence(sale(16, { ...asked, qr: { valid_until: new Date(Date.now() + 60000).toISOString() } })), 'Ask the customer.');
assert.equal(say.sentence(sale(16, { ...asked, qr: { valid_until: new Date(Date.now() - 1000).toISOString() } })), 'sale_time_over');

const unseen = { phase: 'awaiting', message: 'Since 15:30 …', message_code: 'sale_unseen', message_values: { amount_paise: 25000, since_at: '2026-11-29T15:30:59+05:30' } };
assert.equal(say.sentence(sale(16, { ...unseen, qr: { valid_until: new Date(Date.now() + 60000).toISOString() } })), 'Since 15:30 …');
assert.equal(say.sentence(sale(16, { ...unseen, qr: { valid_until: new Date(Date.now() - 1000).toISOString() } })), 'sale_time_over');

// The counter's weather has its figures, and a gateway that is away by its name.
const weather = new Element('p');
weather.append(...say.hour({ weather: { ended: 20, paid: 18, time_to_paid_ms: 12400 }, gateways: [{ name: 'enkash', ok: false, problem_code: 'gateway_offline' }, { name: 'razorpay', ok: true }] }).flat(Infinity));
assert.equal(weather.text.replace(/ +/g, ' ').trim(), '· paid 18/20 · half_paid 12 s · enkash : failed');
assert.deepEqual(say.hour({}).flat(Infinity).filter(Boolean), []);

// A console that nobody looks at: the newest endings stand there, what goes on and what needs a decision always do.
await sales.load();
sales.take(sale(1, { phase: 'awaiting' }));
sales.take(sale(2, { attention: [late] }));
for (let n = 3; n <= 1000; n++) sales.take(sale(n));
assert.equal(sales.tiles().length, 31);
assert(sales.all().length <= 700 && sales.inbox().length === 1 && sales.tiles().at(-1).number === 1, `${sales.all().length} sales are kept`);
sales.putAway(sale(1000).id);
assert.deepEqual([sales.tiles()[0].number, sales.tiles().length], [999, 31]);

// Of two sales of one moment the later one is the newest.
for (const n of [1002, 1001]) sales.take(sale(n, { seq: n, created_at: '2100-01-01T00:00:00Z' }));
assert.deepEqual(sales.tiles().slice(0, 2).map((s) => s.number), [1002, 1001]);
for (const n of [1002, 1001]) sales.putAway(sale(n).id);

// What happens to a sale shows in the open history.
found = new Element('details');
found.open = true;
sales.take(sale(1000, { seq: 2000, refunds: [{ amount_paise: 100, status: 'asked' }] }));
const [, fresh] = replaced.at(-1);
assert(fresh.attrs.open === '' && fresh.attrs['data-id'] === 'S001000');
fresh.open = true;
fresh.on.toggle({ currentTarget: fresh });
assert(fresh.text.includes('rf_asked'), fresh.text);
assert.equal(typeof history.page, 'function');

// A line of the history says where a sale at a standing QR came, and what went back of any sale.
sales.take(sale(1000, { seq: 2001, rrn: '9', standing: { name: 'Counter 1' }, refunds: [{ amount_paise: 100, status: 'failed' }, { amount_paise: 200, status: 'processed' }, { amount_paise: 50, status: 'processed' }] }));
assert(replaced.at(-1)[1].text.includes('Counter 1 · 9 · rf_processed: ₹2.50'), replaced.at(-1)[1].text);

// A day with many decisions shows the newest three, and the rest folded.
const day = await load('day');
found = null;
for (let n = 2001; n <= 2005; n++) sales.take(sale(n, { attention: [{ ...late, answers: ['refund'] }] }));
sales.byID.get('S000002').attention[0].answers = ['refund'];
const decide = new Element('section');
day.undecided(decide);
const items = (el) => el.all().filter((e) => e.attrs['data-item']).map((e) => e.attrs['data-item']);
assert.deepEqual(items(decide).slice(0, 3), [2005, 2004, 2003].map((n) => `S00${n}/money:p2`));
assert.deepEqual(decide.all().filter((e) => e.tag === 'details').map(items), [[`S002002/money:p2`, `S002001/money:p2`, 'S000002/money:p2']]);
for (let n = 2001; n <= 2005; n++) sales.putAway(sale(n).id);

// An owner gives a new PIN.
await am({ role: 'owner', device: { id: 'd1', name: 'PC' } });
const shown = box.page(() => {});
await settle();
answers.push({ pin: '9753', your_pin: '2580' });
const button = shown.all().find((e) => e.attrs['aria-label'] === 'pin Asha');
button.on.click({ currentTarget: button });
await settle();
assert.deepEqual(writes(), [['/v1/people/Asha/pin', { pin: '9753', your_pin: '2580' }]]);

// After a refusal the form comes again, as it was typed.
dialogs.length = 0;
answers.push({ name: 'Asha & Co', pin: '9753', your_pin: '2580' }, {}, null);
refusals.push({ status: 422, type: '/problems/not-acceptable-value', detail: 'no such name' });
const add = shown.all().find((e) => e.tag === 'button' && e.text === 'add');
add.on.click({ currentTarget: add });
await settle();
assert.deepEqual([dialogs.length, dialogs[2].inputs.name.value], [3, 'Asha & Co']);
writes();

// What another window put away is away here too, and what this one puts away does not bring it back.
shelf.set('galla.away', JSON.stringify([...JSON.parse(shelf.get('galla.away')), sale(999).id]));
sales.putAway(sale(998).id);
assert.deepEqual([sales.tiles()[0].number, JSON.parse(shelf.get('galla.away')).length], [997, 10]);

// A sign-in that has ended asks for the PIN, and the request goes out again with its key and its body; one question for all calls.
const api = await load('api');
const lock = await load('lock');
api.onEnded(lock.unlock);
const over = { status: 401, type: '/problems/session-ended', detail: 'over', next: '', detail_code: 'problem_session_ended', detail_values: { person: 'Ravi' } };
const keys = [];
const plain = globalThis.fetch;
globalThis.fetch = (path, options) => { if (options.method === 'POST') keys.push([path, options.headers['Idempotency-Key']]); return plain(path, options); };
const questions = dialogs.length;
sent.length = 0;
refusals.push(over, over);
answers.push({ pin: '2580' });
await Promise.all([api.post('/v1/sales', { amount_paise: 100 }, 'the-key'), api.get('/v1/operations')]);
assert.equal(dialogs.length - questions, 1, 'one question');
assert.deepEqual(sent.filter(([, path]) => path === '/v1/session').map(([, , body]) => body), [{ name: 'Ravi', pin: '2580' }]);
assert.deepEqual(keys.filter(([path]) => path === '/v1/sales'), [['/v1/sales', 'the-key'], ['/v1/sales', 'the-key']]);
assert.equal(sent.filter(([, path]) => path === '/v1/operations').length, 2);
globalThis.fetch = plain;
sent.length = 0;

// On a box without a printer nothing offers to print.
const labels = (s) => tile.tile(s).all().filter((e) => e.tag === 'button').map((e) => e.text);
const awaits = sale(7, { phase: 'awaiting' });
assert(labels(awaits).includes('slip') && labels(twice).includes('receipt'));
assert(!paper.heard('ready') && paper.heard('none') && !paper.heard(undefined));
assert(!labels(awaits).includes('slip') && labels(awaits).includes('cancel'), labels(awaits).join());
assert(!labels(twice).includes('receipt') && labels(twice).includes('done'), labels(twice).join());
assert(paper.heard('the paper is out') && labels(twice).includes('receipt'));

// counter.md 8: who has no name is told by the place, and no number of the system is shown.
assert.deepEqual(['uid:0', 'keypad', 'cashier:Asha', 'login:ravi', ''].map((by) => say.person(by)), ['at_box', 'keypad', 'Asha', 'ravi', '']);

// A receipt answers (counter.md 9), and late money marks a sale that is not paid (8).
assert.deepEqual([say.slips(sale(20)), say.slips(sale(20, { prints: [{ copy: 'receipt' }] })), say.slips(sale(20, { prints: [{ copy: 'order', status: 'failed' }] }))],
  [undefined, 'receipt: pr_asked', 'slip: pr_failed']);
assert.equal(say.marks(sale(21, { phase: 'closed', payments: [{ ...pay('p1', 100), late: true }], attention: [late] })).filter(Boolean).map((m) => m.text.trim()).join(), 'inbox,late');
assert.deepEqual(say.marks(sale(22)).filter(Boolean), []);

// The month: of Z reports, of the day that goes on, and of what came for other days; another month's days are not in it.
const month = await load('month');
const came = (day, paise, more) => ({ day, upi: { count: 1, paise }, ...more });
const drawn = month.days(came('2026-11-30', 300, { open_days: [came('2026-11-29', 100)] }),
  [came('2026-11-28', 50, { other_days: [came('2026-11-27', 7), came('2026-10-31', 9)] }), came('2026-11-27', 20), came('2026-10-30', 5)]);
assert.deepEqual([drawn.length, drawn[0].paise, ...drawn.slice(26).map((d) => d.paise)], [30, 0, 27, 50, 100, 300]);
assert.equal(month.days(came('2028-02-05', 1), []).length, 29);
