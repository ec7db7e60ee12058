// app joins the pages to the feed and the keyboard.
import { h, icon, put } from './dom.js';
import { remembered, speak, t } from './words.js';
import { Problem, follow, get } from './api.js';
import * as session from './session.js';
import * as sales from './sales.js';
import * as till from './till.js';
import * as history from './history.js';
import * as day from './day.js';
import * as box from './box.js';
import * as mandates from './mandates.js';
import * as health from './health.js';
import * as door from './door.js';
import { heard } from './paper.js';
import { onSound, play, sounding, unlock } from './sound.js';
import { hour, itemSentence, said, sentence, well } from './say.js';

const app = document.getElementById('app');
const lost = document.getElementById('lost');
const voice = document.getElementById('say');
const weather = h('p', { class: 'weather', role: 'status' });
const paper = h('p', { class: 'weather slow', role: 'status', hidden: true });
const silent = h('button', { type: 'button', class: 'silent', onclick: unlock });
const pages = { till: till.page, history: history.page, day: day.page, box: () => box.page(draw), health: health.page };
let here = 'till';
let following = false;

async function start() {
  box.wear(localStorage.getItem('galla.theme'));
  await speak(remembered());
  try {
    await session.load();
  } catch (err) {
    if (err instanceof Problem && err.status === 401) return put(app, door.pairing(start));
    banner(true);
    setTimeout(start, 2000);
    return;
  }
  banner(false);
  if (session.me.role === 'nobody') return put(app, await door.signing(start));
  delete pages.mandates;
  if (await mandates.known().catch(() => false)) pages.mandates = mandates.page;
  const since = await sales.load();
  draw();
  if (!following) {
    following = true;
    look();
    follow(since, { each: sales.heard, state: (good) => banner(!good), stale: () => location.reload(), gone: () => location.reload() });
  }
}

// banner says that the line is lost, and for a moment that it is back: what was missed has come then.
let away = false, quietly;
function banner(down) {
  if (away === down) return;
  away = down;
  clearTimeout(quietly);
  lost.hidden = !down && !following;
  lost.className = down ? '' : 'back';
  put(lost, icon(down ? 'not' : 'done'), t(down ? 'lost' : 'again'));
  if (down) return;
  quietly = setTimeout(() => { lost.hidden = true; }, 4000);
  if (following) look();
}

function draw() {
  voice.textContent = ''; // it may be in another language
  const tabs = Object.keys(pages).map((name, i) => h('button', { type: 'button', 'aria-current': name === here ? 'page' : null, 'aria-keyshortcuts': `Alt+${i + 1}`, onclick: () => go(name) }, t(name)));
  put(silent, icon('bell'), t('sound_off'));
  silent.hidden = sounding();
  put(app, h('nav', { 'aria-label': 'Galla' }, h('strong', {}, 'Galla'), tabs), till.inboxBox, weather, paper, silent, h('div', { id: 'page' }, pages[here]()));
  showInbox();
  look();
}

onSound(() => { silent.hidden = sounding(); });
const showInbox = () => till.showInbox(here === 'till', () => go('till'));

function go(name) {
  here = name;
  draw();
  document.querySelector('nav [aria-current]')?.focus();
}

// The ends of sales and what needs a decision are seen, heard, and read out.
sales.onChange((sale, before) => {
  if (!following) return;
  if (here === 'till') till.refresh();
  showInbox();
  if (!sale || !before && sales.final(sale) && !sale.attention.length) return;
  if (sale.attention.length > (before?.attention.length ?? 0)) {
    play('bell');
    voice.textContent = itemSentence(sale.attention.at(-1));
  } else if (before && before.phase !== sale.phase) {
    if (sales.final(sale)) play(well(sale) ? 'paid' : 'not');
    voice.textContent = `${t('number')} ${sale.name}: ${sentence(sale)}`;
  }
});
setInterval(() => sales.inbox().length && play('bell'), 20000);
setInterval(till.tickAll, 1000);
setInterval(look, 5000);

// look reads the weather of the counter: whether UPI works here, before the cashier shows a QR, and what the printer needs.
async function look() {
  if (!following || document.hidden) return;
  try {
    const health = await get('/v1/health');
    const level = health.ready ? health.weather?.level ?? 'quiet' : 'out';
    weather.className = 'weather ' + level;
    const why = said(health.problem_code, {}, health.problem ?? '');
    put(weather, icon({ good: 'done', slow: 'wait', bad: 'not', quiet: 'wait', out: 'not' }[level]),
      h('span', {}, t(level, { why }), hour(health)));
    if (heard(health.printer) && here === 'till') till.refresh();
    paper.hidden = ['ready', 'none', ''].includes(health.printer ?? '');
    const needs = (health.printer ?? '').replace(/ \(.*$/s, '');
    put(paper, icon('not'), h('span', {}, said(health.printer_code, {}, needs))); // the cause in brackets is for the Box page and the command line
  } catch {
    // The banner says that the line is lost.
  }
}

document.addEventListener('keydown', (e) => {
  unlock();
  if (document.querySelector('dialog[open]') || !following) return;
  if (e.altKey && /^[1-6]$/.test(e.key) && Object.keys(pages)[Number(e.key) - 1]) {
    e.preventDefault();
    return go(Object.keys(pages)[Number(e.key) - 1]);
  }
  if (here !== 'till' || e.ctrlKey || e.altKey || e.metaKey || e.target.matches('input, select')) return;
  const key = e.key === ',' ? '.' : e.key;
  if (/^\d$|^Enter$/.test(key) && !e.repeat && till.scanned(key, e.timeStamp)) {
    e.preventDefault();
    return;
  }
  if (key === 'Enter' && !e.target.matches('button, a, summary')) {
    e.preventDefault();
    if (!e.repeat) till.charge();
  } else if (/^[0-9.+]$/.test(key) || key === 'Backspace') {
    e.preventDefault();
    e.target.blur?.(); // Enter after digits charges, wherever the focus was
    if (!e.repeat) till.type(key);
  } else if (key === 'Delete') till.type('Clear');
  else if (key === 'Escape' && !e.repeat) till.escape();
  else if (key.toLowerCase() === 'a' && !e.repeat) till.acknowledge();
  else if (key === '*') go('history');
});
document.addEventListener('pointerdown', unlock);
document.addEventListener('visibilitychange', look);

navigator.serviceWorker?.register('/sw.js').catch(() => {}); // a certificate the browser doesn't know forbids it; the console works without
start();
