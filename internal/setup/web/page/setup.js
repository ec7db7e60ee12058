// setup asks the owner of a new box, a step at a time, what galla setup asks at the terminal.
import { has, language, languages, preferred, span, speak, t, when } from './words.js';

const $ = (id) => document.getElementById(id);
const door = $('door'), all = $('all'), fields = all.elements;
const steps = [...all.querySelectorAll('section')].map((s) => s.dataset.step);
const names = { razorpay: 'Razorpay', enkash: 'EnKash' };
const allowed = 30000; // by how many ms the clocks may differ: gateway.MaxSkew

let step = steps[0];
let box = {}; // what the till said: ports, printers, languages
let skew = 0; // how many ms its clock is ahead of this phone's
const touched = new Set(); // fields that were left once: what is wrong with them is said
const tries = {}; // of each gateway: { keys, good, findings }, the last look at it
let faults = [];

// place is the field of an answer, by the answer's name.
const place = (name) => ({
  'razorpay.key_id': 'key_id', 'razorpay.key_secret': 'key_secret', 'razorpay.base_url': 'razorpay_url',
  'enkash.access_key': 'access_key', 'enkash.secret_key': 'secret_key', 'enkash.base_url': 'enkash_url', 'printer.port': 'port_name',
})[name] ?? name;

class Refusal extends Error {
  constructor(status, body) {
    super(body.detail);
    Object.assign(this, body, { status });
  }
}

async function call(method, path, body) {
  const head = method === 'GET' ? {} : { 'Content-Type': 'application/json' };
  let r;
  try {
    r = await fetch(path, { method, headers: head, body: body && JSON.stringify(body) });
  } catch {
    throw new Refusal(0, { code: 'offline' });
  }
  const b = r.status === 204 ? {} : await r.json().catch(() => ({}));
  if (!r.ok) throw new Refusal(r.status, { ...b, seconds: r.headers.get('Retry-After') });
  return b;
}

// say tells something about the whole page; what has no sentence of the language stands in English after it.
function say(text, calm = false, exact = '', code = '') {
  const el = $('say');
  el.dataset.code = code; // what is said in another language once one is chosen
  el.hidden = !text;
  el.classList.toggle('calm', calm);
  el.replaceChildren(text ?? '');
  if (exact) el.append(' ', make('span', { lang: 'en', textContent: exact }));
  if (text) el.scrollIntoView({ block: 'nearest' });
}

const refusal = (e) => {
  if (e.code === 'code_needed' && !all.hidden) lockOut();
  const own = has(e.code);
  const exact = own && e.code !== 'refused' ? '' : [e.detail, e.next].filter(Boolean).join('. ');
  say(own ? t(e.code, { seconds: e.seconds ?? '' }) : t('refused'), false, exact, exact || e.seconds ? '' : e.code);
};

function make(tag, props = {}, ...children) {
  const el = Object.assign(document.createElement(tag), props);
  el.append(...children);
  return el;
}

// translate puts the page into the language in use.
function translate() {
  for (const el of document.querySelectorAll('[data-t]')) {
    el.textContent = t(el.dataset.t);
    if ('optional' in el.dataset) el.append(make('small', { textContent: t('optional') }));
  }
  for (const el of document.querySelectorAll('[data-aria]')) el.setAttribute('aria-label', t(el.dataset.aria));
  document.title = t('title');
  for (const [name, value] of [['port', ''], ['port', 'other'], ['second', '']]) {
    const option = [...fields[name].options].find((o) => o.value === value);
    if (option) option.textContent = t(name === 'second' ? 'none' : value ? 'port_other' : 'port_none');
  }
  if (!all.hidden) {
    offer(box);
    show();
  }
  const code = $('say').dataset.code;
  if (code) $('say').replaceChildren(t(code));
}

$('language').replaceChildren(...Object.entries(languages).map(([code, name]) => new Option(name, code)));
for (const o of $('language').options) o.lang = o.value;
$('language').addEventListener('change', async () => {
  await speak($('language').value);
  translate();
  later();
});

// ---- the door: a code that stands on the till's own screen

async function open(code) {
  $('opening').hidden = false;
  door.hidden = true;
  try {
    await begin(await call('POST', '/v1/setup/open', { code }));
  } catch (e) {
    door.hidden = false;
    refusal(e);
  }
  $('opening').hidden = true;
}

door.addEventListener('submit', (e) => {
  e.preventDefault();
  open(door.elements.code.value);
});
$('ask').addEventListener('click', () => call('POST', '/v1/setup/code', {}).then(() => say(t('code_shown'), true), refusal));

function lockOut() {
  all.hidden = $('way').hidden = true;
  door.hidden = false;
}

// offer shows a copy of sales that a stick brought: it is put on this box, unless the owner says no.
function offer(b) {
  box.offer = b.offer;
  $('offer').hidden = !b.offer?.at;
  $('offered').textContent = b.offer?.at ? t('restore', { at: when(new Date(b.offer.at)), n: b.offer.events }) : '';
}

// begin shows the questions, with what was typed before the page was loaded again.
async function begin(b, sent = Date.now()) {
  box = b;
  skew = Date.parse(b.now) - (sent + Date.now()) / 2;
  const options = (name, pairs) => fields[name].replaceChildren(...pairs.map(([value, text, lang]) => Object.assign(new Option(text, value), { lang: lang ?? '' })));
  options('port', [...(b.ports ?? []).map((p) => [p, p, 'en']), ['', ''], ['other', '']]);
  options('profile', b.printers.map((p) => [p, p, 'en']));
  options('first', b.languages.map((l) => [l.code, l.name, l.code]));
  options('second', [['', ''], ...b.languages.map((l) => [l.code, l.name, l.code])]);
  fields.terminal.value = b.terminal;
  fields.first.value = b.languages.some((l) => l.code === language) ? language : 'en';
  fields.second.value = fields.first.value === 'en' ? 'hi' : 'en';
  for (const [name, value] of Object.entries(b.draft ?? {})) {
    const field = fields[name];
    if (!field) continue;
    if (field.type === 'checkbox') field.checked = value;
    else field.value = value;
  }
  if (b.draft?.touched) b.draft.touched.forEach((name) => touched.add(name));
  if (b.draft?.language && b.draft.language !== language) await speak(b.draft.language);
  $('language').value = language;
  step = steps.includes(b.draft?.step) ? b.draft.step : steps[0];
  door.hidden = true;
  say();
  if (b.state === 'done') return end();
  all.hidden = b.state === 'writing';
  translate();
  if (b.state === 'writing') return written();
  history.replaceState({ step }, '', '/');
  await check();
  if (step === 'gateway') accounts().forEach((p) => attempt(p));
}

// ---- what is typed is kept by the till, in memory, a moment after the last key

let waiting;
function later() {
  clearTimeout(waiting);
  waiting = setTimeout(keep, 400);
}
all.addEventListener('input', later);
addEventListener('pagehide', () => !all.hidden && keep());

function keep() {
  clearTimeout(waiting);
  if (all.hidden) return Promise.resolve();
  const typed = { step, language, touched: [...touched] };
  for (const field of fields) if (field.name && (field.type !== 'radio' || field.checked)) typed[field.name] = field.type === 'checkbox' ? field.checked : field.value;
  return fetch('/v1/setup/draft', { method: 'PUT', keepalive: true, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(typed) }).catch(() => {});
}

// ---- the steps

// show brings the page to the step it is at.
function show() {
  for (const s of all.querySelectorAll('section')) s.hidden = s.dataset.step !== step;
  const n = steps.indexOf(step) + 1;
  $('way').hidden = false;
  $('where').textContent = t('step_of', { n, all: steps.length });
  $('progress').max = steps.length;
  $('progress').value = n;
  $('back').hidden = n === 1;
  $('next').textContent = t(step === 'last' ? 'go' : 'next');
  all.querySelector('.printing').hidden = fields.port.value === '';
  $('named').hidden = fields.port.value !== 'other';
  const first = fields.main.value;
  const order = $('accounts').querySelector(`[data-provider=${first}]`);
  if ($('accounts').firstElementChild !== order) $('accounts').prepend(order);
  for (const el of $('accounts').children) el.hidden = !accounts().includes(el.dataset.provider);
  for (const provider of Object.keys(names)) tell(provider);
  mark();
  if (step === 'clock') clock();
  if (step === 'last') summary();
}

function go(to, back = false) {
  step = to;
  if (!back) history.pushState({ step }, '', '/');
  say();
  show();
  scrollTo(0, 0);
  const head = all.querySelector(`section[data-step=${step}] h2`);
  head.tabIndex = -1;
  head.focus({ preventScroll: true });
  keep();
  if (step === 'clock' || step === 'gateway') check();
}
addEventListener('popstate', (e) => !all.hidden && e.state?.step && go(e.state.step, true));
$('back').addEventListener('click', () => go(steps[steps.indexOf(step) - 1]));

all.addEventListener('submit', async (e) => {
  e.preventDefault();
  $('next').disabled = true;
  try {
    if (step === 'last') await hand();
    else if (await complete()) go(steps[steps.indexOf(step) + 1]);
  } catch (e) {
    refusal(e);
  }
  $('next').disabled = false;
});

// complete says whether the step is answered: what is typed has the right form, and the keys work.
async function complete() {
  for (const field of all.querySelectorAll(`section[data-step=${step}] [name]`)) touched.add(field.name);
  await check();
  if (wrong().length === 0 && step === 'gateway') {
    for (const provider of accounts()) if (!(await attempt(provider))?.good) {
      $('accounts').querySelector(`[data-provider=${provider}] .tried`).scrollIntoView({ block: 'center' });
      return false;
    }
  }
  const [first] = wrong();
  if (!first) {
    say();
    return true;
  }
  say(t('correct'), false, '', 'correct');
  fields[first].focus();
  fields[first].scrollIntoView({ block: 'center' });
  return false;
}

// wrong names the fields of this step that are.
const wrong = () => faults.map((f) => place(f.field)).filter((name) => fields[name]?.closest('section')?.dataset.step === step && !fields[name].closest('[hidden]'));

// ---- what is wrong stands beside its field

for (const field of all.querySelectorAll('.field')) {
  const input = field.querySelector('input, select, textarea'), hint = field.querySelector('.hint');
  const error = make('p', { className: 'error', id: input.name + '-error' });
  if (hint) {
    hint.id = input.name + '-hint';
    hint.before(error);
  } else field.append(error);
  input.setAttribute('aria-describedby', [error.id, hint?.id].filter(Boolean).join(' '));
}

// check asks what is wrong with what is typed so far.
let checking;
function check() {
  const mine = look(() => mine === checking);
  checking = mine;
  return mine;
}

// look asks, and takes the answer if nothing was asked since; else it waits for the answer to that.
async function look(newest) {
  try {
    const found = (await call('POST', '/v1/setup/check', answers())).faults;
    if (!newest()) return checking;
    faults = found;
    if (!fields.terminal.value.trim()) faults.push({ field: 'terminal', code: 'terminal' });
    if (fields.port.value === 'other' && !fields.port_name.value.trim()) faults.push({ field: 'printer.port', code: 'port' });
  } catch (e) {
    refusal(e);
    throw e;
  }
  mark();
}

// mark shows what is wrong with the fields that were left once.
function mark() {
  const of = {};
  for (const f of faults) of[place(f.field)] ??= f;
  for (const provider of accounts()) { // keys are wrong where the gateway refuses them
    const last = tries[provider];
    if (!last || last.keys !== JSON.stringify(account(provider))) continue;
    const codes = (last.findings ?? []).map((f) => f.code);
    if (codes.includes('keys_bad')) of[provider === 'razorpay' ? 'key_secret' : 'secret_key'] ??= { code: 'keys_bad', provider };
    if (codes.includes('reach_bad') && account(provider).base_url) of[provider + '_url'] ??= { code: 'reach_bad_url', provider };
  }
  for (const field of all.querySelectorAll('.field')) {
    const input = field.querySelector('[name]'), f = touched.has(input.name) ? of[input.name] : undefined;
    const own = !f ? '' : f.provider ? t('found_' + f.code, { gateway: names[f.provider] }) : has('fault_' + f.code) ? t('fault_' + f.code, { n: input.value.trim().length }) : f.says;
    field.querySelector('.error').textContent = own;
    if (f) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  }
}

all.addEventListener('focusout', async (e) => {
  const name = e.target.name;
  if (!name || !e.target.closest('.field')) return;
  if (e.target.type === 'text' || e.target.tagName === 'INPUT') e.target.value = e.target.value.trim();
  touched.add(name);
  if (e.relatedTarget === $('back')) return;
  try {
    await check();
  } catch {
    return;
  }
  if (wrong().length === 0 && $('say').dataset.code === 'correct') say();
  const provider = e.target.closest('.account')?.dataset.provider;
  if (provider) attempt(provider);
});
all.addEventListener('change', (e) => {
  if (['main', 'second_gateway', 'demo', 'port'].includes(e.target.name)) {
    show();
    check().then(() => accounts().forEach((p) => attempt(p)), () => {});
  }
});

// ---- gateways: their keys are tried when the last of them is left

function accounts() {
  const first = fields.main.value;
  return fields.second_gateway.checked ? [first, first === 'razorpay' ? 'enkash' : 'razorpay'] : [first];
}

function account(provider) {
  const v = (name) => fields[name].value.trim();
  return provider === 'razorpay'
    ? { provider, base_url: v('razorpay_url'), key_id: v('key_id'), key_secret: v('key_secret') }
    : { provider, base_url: v('enkash_url'), access_key: v('access_key'), secret_key: v('secret_key'), api_key: v('api_key') };
}

// attempt tries the keys of a gateway, unless these very keys were tried; nothing while some are missing.
function attempt(provider) {
  if (step !== 'gateway' || faults.some((f) => f.field.startsWith(provider + '.'))) {
    tell(provider);
    return Promise.resolve(undefined);
  }
  const keys = JSON.stringify(account(provider)), demo = fields.demo.checked;
  const last = tries[provider];
  if (last?.keys === keys && last.demo === demo && (last.running || last.good)) return last.running ?? Promise.resolve(last);
  const now = { keys, demo };
  tries[provider] = now;
  now.running = alone(() => call('POST', '/v1/setup/try', { gateway: account(provider), demo })).then(
    (b) => Object.assign(now, b),
    (e) => Object.assign(now, { good: false, findings: [], refusal: e }),
  ).then(() => {
    now.running = undefined;
    tell(provider);
    mark();
    return now;
  });
  tell(provider);
  return now.running;
}

// alone lets one look end before the next begins: the till takes one at a time.
let before = Promise.resolve();
function alone(look) {
  const mine = before.then(look, look);
  before = mine.catch(() => {});
  return mine;
}

// tell shows what came of the keys.
function tell(provider) {
  const place = $('accounts').querySelector(`[data-provider=${provider}] .tried`), last = tries[provider];
  if (!last || last.keys !== JSON.stringify(account(provider))) return place.replaceChildren();
  if (last.running) return place.replaceChildren(make('div', { className: 'found' }, make('ul', {}, make('li', { textContent: t('trying') }))));
  const gateway = names[provider];
  const shown = (last.findings ?? []).filter((f) => !(f.code === 'keys_ok' && last.findings.some((x) => x.code === 'keys_test')));
  const lines = shown.map((f) => make('li', { className: f.level === 'bad' ? 'bad' : f.level, textContent: t(f.code === 'keys_test' && fields.demo.checked ? 'found_keys_practice' : 'found_' + f.code, { gateway }) }));
  if (last.refusal) lines.push(make('li', { className: 'bad', textContent: t(has(last.refusal.code) ? last.refusal.code : 'refused') }));
  const found = make('div', { className: 'found ' + (last.good ? 'good' : 'bad') }, make('ul', {}, ...lines));
  const exact = [...shown.filter((f) => f.level === 'bad').map((f) => [f.says, f.next].filter(Boolean).join('. ')), ...(last.refusal?.detail ? [last.refusal.detail] : [])];
  if (!last.good) {
    const again = make('button', { type: 'button', textContent: t('try_again') });
    again.addEventListener('click', () => attempt(provider));
    if (exact.length) found.append(make('details', {}, make('summary', { textContent: t('exactly') }), ...exact.map((text) => make('p', { lang: 'en', textContent: text }))));
    found.append(again);
  }
  place.replaceChildren(found);
}

// ---- the clock

function clock(done = false) {
  const tick = () => {
    $('clock-phone').textContent = when(new Date());
    $('clock-box').textContent = when(new Date(Date.now() + skew));
  };
  tick();
  clearInterval(clock.every);
  clock.every = setInterval(() => (step === 'clock' ? tick() : clearInterval(clock.every)), 1000);
  const off = Math.abs(skew) > allowed;
  $('clock-set').hidden = !off;
  $('clock-command').hidden = true;
  note(off ? 'warn' : 'good', done ? t('clock_done') : off ? t(skew < 0 ? 'clock_behind' : 'clock_ahead', { time: span(skew) }) : t('clock_same'));
}

function note(level, text) {
  $('clock-says').className = 'note ' + level;
  $('clock-says').textContent = text;
}

$('clock-set').addEventListener('click', async () => {
  const button = $('clock-set');
  button.disabled = true;
  note('', t('clock_setting'));
  try {
    const sent = Date.now(), b = await call('POST', '/v1/setup/clock', { at: new Date(sent).toISOString() });
    skew = Date.parse(b.now) - Date.now();
    clock(true);
  } catch (e) {
    note('bad', t(has(e.code) ? e.code : 'clock_stays'));
    const at = new Date().toISOString().slice(0, 19).replace('T', ' ');
    $('clock-command').textContent = `sudo timedatectl set-ntp false; sudo timedatectl set-time "${at} UTC"; sudo timedatectl set-ntp true`;
    $('clock-command').hidden = e.code !== 'clock_stays';
  }
  button.disabled = false;
});

// ---- the end

function answers() {
  const f = fields, port = f.port.value === 'other' ? f.port_name.value.trim() : f.port.value;
  return {
    shop: f.shop.value.trim(), gstin: f.gstin.value.trim().toUpperCase(), phone: f.phone.value.trim(), terminal: f.terminal.value.trim(),
    address: f.address.value.split('\n').map((s) => s.trim()).filter(Boolean),
    gateways: accounts().map(account),
    printer: port ? { port, profile: f.profile.value, receipt: f.receipt.checked, order: f.order.checked } : {},
    languages: [f.first.value, f.second.value].filter((l, i, a) => l && a.indexOf(l) === i),
    rotate: Number(f.rotate.value), network: true, demo: f.demo.checked,
    restore: !!box.offer?.at && f.restore.checked,
  };
}

// summary shows all answers, each with a way back to its step.
function summary() {
  const a = answers(), own = (code) => box.languages.find((l) => l.code === code)?.name ?? code;
  const rows = {
    shop: [a.shop, a.gstin, ...a.address, a.phone, a.terminal, a.restore ? $('offered').textContent : ''].filter(Boolean).join('\n'),
    gateway: a.gateways.map((g) => names[g.provider]).join(', ') + (a.demo ? '\n' + t('practice') : ''),
    printer: a.printer.port ? a.printer.port + ' · ' + a.printer.profile : t('port_none'),
    screen: [...a.languages.map(own), a.rotate ? a.rotate + '°' : ''].filter(Boolean).join(', '),
  };
  $('summary').replaceChildren(...Object.entries(rows).map(([to, text]) => {
    const change = make('button', { type: 'button', textContent: t('change') });
    change.setAttribute('aria-label', `${t('change')}: ${t('step_' + to)}`);
    change.addEventListener('click', () => go(to));
    return make('div', {}, make('dt', { textContent: t('step_' + to) }), make('dd', { lang: 'und', textContent: text }), make('dd', { className: 'more' }, change));
  }));
}

// hand gives the answers to the till; what is wrong is said at its own step.
async function hand() {
  clearTimeout(waiting);
  try {
    await call('POST', '/v1/setup', answers());
  } catch (e) {
    const at = e.code === 'keys' ? 'gateway' : e.faults && fields[place(e.faults[0].field)]?.closest('section').dataset.step;
    if (!at) throw e;
    for (const provider of Object.keys(tries)) delete tries[provider];
    go(at);
    say(t(e.code === 'keys' ? 'keys' : 'correct'), false, e.code === 'keys' ? e.detail : '');
    for (const f of e.faults ?? []) touched.add(place(f.field));
    await check();
    return;
  }
  say();
  await written();
}

// written waits until the answers are in place: the till says so, or restarts, and then nobody answers here any more.
async function written() {
  all.hidden = $('way').hidden = true;
  $('writing').hidden = false;
  try {
    for (let i = 0; i < 60; i++) {
      await new Promise((done) => setTimeout(done, 1000));
      let s;
      try {
        s = await call('GET', '/v1/setup');
      } catch {
        return end();
      }
      if (s.state === 'done') return end();
      if (s.state === 'failed' || s.state === 'waiting') {
        stay(t('failed'), [s.says, s.next].filter(Boolean).join('. '));
        return;
      }
    }
    stay(t('slow'), 'sudo galla setup');
  } finally {
    $('writing').hidden = true;
  }
}

// stay goes back to the answers, which are kept again.
function stay(text, exact) {
  all.hidden = false;
  show();
  say(text, false, exact);
  keep();
}

function end() {
  $('writing').hidden = $('way').hidden = all.hidden = door.hidden = true;
  $('end').hidden = false;
  $('end').querySelector('h2').tabIndex = -1;
  $('end').querySelector('h2').focus();
}
$('enter').addEventListener('click', () => location.assign('/'));

const scanned = location.hash.slice(1);
history.replaceState(null, '', '/');
await speak(preferred());
$('language').value = language;
translate();
if (scanned) open(scanned);
else { // whoever is in already goes on; others have the code to type
  const sent = Date.now();
  call('GET', '/v1/setup').then((b) => begin(b, sent), () => { door.hidden = false; });
}
