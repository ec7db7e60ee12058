// app joins the pages to the feed and the keyboard.
import { h, icon, put } from './dom.js';
import { remembered, speak, t } from './words.js';
import { Problem, boxTime, follow, get, onEnded } from './api.js';
import * as alerts from './alerts.js';
import * as inbox from './inbox.js';
import * as qr from './qr.js';
import { flash } from './paid.js';
import * as session from './session.js';
import * as sales from './sales.js';
import * as till from './till.js';
import * as history from './history.js';
import * as day from './day.js';
import * as box from './box.js';
import * as mandates from './mandates.js';
import * as health from './health.js';
import * as signin from './signin.js';
import { unlock as unlockSession } from './lock.js';
import { heard } from './paper.js';
import { scannerGap } from './entry.js';
import { onSound, play, unlock } from './sound.js';
import { itemSentence, sentence, well } from './say.js';

const app = document.getElementById('app');
const lost = document.getElementById('lost');
const voice = document.getElementById('say');
// The pages, in the order of their keys Alt+1, Alt+2 …: what draws each, and its sign.
const pages = {
  till: { draw: till.page, sign: 'till' },
  history: { draw: history.page, sign: 'list' },
  day: { draw: day.page, sign: 'day' },
  box: { draw: () => box.page(draw, Object.keys(pages).length), sign: 'box' },
  health: { draw: health.page, sign: 'health' },
};
let here = 'till';
let following = false;

async function start() {
  box.wear(localStorage.getItem('galla.theme'));
  await speak(remembered());
  try {
    await session.load();
  } catch (err) {
    if (err instanceof Problem && err.type === '/problems/not-let-in') return put(app, signin.waiting(err, start));
    if (err instanceof Problem && err.status === 401) return put(app, signin.pairing(start));
    banner(true);
    setTimeout(start, 2000);
    return;
  }
  banner(false);
  if (session.me.role === 'nobody') return put(app, await signin.signing(start));
  delete pages.mandates;
  if (await mandates.known().catch(() => false)) pages.mandates = { draw: mandates.page, sign: 'again' };
  const since = await sales.load();
  window.history.replaceState({ page: here }, ''); // it may be of the page that was left by loading anew
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
  if (down) qr.hide(); // it may have been paid meanwhile
  lost.hidden = !down && !following;
  lost.className = down ? '' : 'back';
  put(lost, icon(down ? 'not' : 'done'), t(down ? 'lost' : 'again'));
  if (down) return;
  quietly = setTimeout(() => { lost.hidden = true; }, 4000);
  if (following) look();
}

function draw() {
  voice.textContent = ''; // it may be in another language
  const tabs = Object.entries(pages).map(([name, p], i) => h('button', { type: 'button', 'data-page': name, 'aria-current': name === here ? 'page' : null, 'aria-keyshortcuts': `Alt+${i + 1}`, onclick: () => go(name) }, icon(p.sign), h('span', {}, t(name))));
  app.dataset.here = here;
  put(app, h('nav', { 'aria-label': 'Galla' }, h('strong', {}, 'Galla'), tabs), alerts.line, h('div', { id: 'page' }, pages[here].draw()));
  warn();
  look();
}

// warn shows what a person should know now, and what needs a decision: not while a finger is down, or its tap would be lost.
const warn = () => till.steady(warnings);

function warnings() {
  inbox.show(here === 'till');
  alerts.show(here === 'till', go);
}

function news() {
  till.refresh();
  warnings();
}

onSound(() => following && warn());
inbox.roomy.addEventListener?.('change', () => following && warn());

function go(name, decide = false) {
  step(name);
  here = name;
  draw();
  if (decide) {
    inbox.turn(true);
    warn();
  }
  document.querySelector('nav [aria-current]')?.focus();
}

// step keeps one page behind the till in what the browser remembers, so that Back on a phone leads to the till, and only from there away.
function step(name) {
  if (name === here) return;
  if (here === 'till') window.history.pushState({ page: name }, '');
  else if (name !== 'till') window.history.replaceState({ page: name }, '');
  else window.history.back(); // popstate finds the till there already
}
addEventListener('popstate', (e) => {
  const name = e.state?.page in pages ? e.state.page : 'till';
  if (!following || name === here) return;
  here = name;
  draw();
});

// The ends of sales and what needs a decision are seen, heard, and read out.
sales.onChange((sale, before) => {
  if (!following) return;
  if (here === 'till') till.steady(news);
  else warn();
  qr.change(sale);
  offer(sale);
  const stood = sale && !before && sale.kind === 'standing' && boxTime() - Date.parse(sale.standing.at ?? sale.created_at) < 120000; // born paid, just now
  if (!sale || !before && sales.final(sale) && !sale.attention.length && !stood) return;
  if (sale.attention.length > (before?.attention.length ?? 0)) {
    play('bell');
    voice.textContent = itemSentence(sale.attention.at(-1));
  } else if (before ? before.phase !== sale.phase : stood) {
    const visitor = sale.kind !== 'mandate'; // of a debit nobody stands at the counter: "paid" would be taken for the customer who does
    if (visitor && sales.final(sale)) play(well(sale) ? 'paid' : 'not');
    if (visitor && sale.phase === 'paid') flash(sale);
    voice.textContent = `${t('number')} ${sale.name}: ${sentence(sale)}`;
  }
});
setInterval(() => sales.inbox().length && play('bell'), 20000);
setInterval(() => { till.tickAll(); qr.tick(); }, 1000);
setInterval(look, 5000);

// offer shows the QR of a sale that this device asked for, once, where no customer's screen is and nothing else is going on.
const offered = new Set();
function offer(sale) {
  if (!sale || offered.has(sale.id) || !till.asked.has(sale.id) || !qr.live(sale) || !screenless) return;
  if (here !== 'till' || !till.idle() || document.querySelector('dialog[open]')) return;
  offered.add(sale.id);
  qr.show(sale);
}
till.onAsked((id) => offer(sales.byID.get(id)));

let screenless = false; // no customer's screen is connected

// look reads UPI health (in the JSON: weather): whether UPI works here, before the cashier shows a QR, and what the printer needs.
async function look() {
  if (!following || document.hidden) return;
  try {
    const health = await get('/v1/health');
    screenless = health.display !== 'connected';
    alerts.heard(health);
    if (heard(health.printer) && here === 'till') till.steady(till.refresh);
    warn();
  } catch {
    // The banner says that the line is lost.
  }
}

// alone does what a letter is for, once it is sure that no scanner typed it: that types on at once.
let soon;
const alone = (act) => { soon = setTimeout(act, 2 * scannerGap); };

document.addEventListener('keydown', (e) => {
  unlock();
  if (!following) return;
  const key = e.key === ',' ? '.' : e.key;
  if (qr.shown() && !e.ctrlKey && !e.altKey && !e.metaKey && key !== 'Tab') {
    const on = !e.repeat && qr.press(key) && here === 'till';
    e.preventDefault();
    if (!on) return;
  }
  if (document.querySelector('dialog[open]')) return;
  if (e.altKey && /^[1-9]$/.test(e.key)) {
    e.preventDefault();
    const name = Object.keys(pages)[Number(e.key) - 1];
    return name && go(name);
  }
  if (e.ctrlKey || e.altKey || e.metaKey) return;
  clearTimeout(soon);
  const typing = e.target.matches('input, select, textarea');
  if (!typing && !e.repeat && till.scanned(key, e.timeStamp)) { // on every page: its Enter would press the button that has the focus
    e.preventDefault();
    return;
  }
  if (here !== 'till') {
    if (key === 'Escape' && !typing || key === '*' && !typing && here === 'history') {
      e.preventDefault(); // a dialog that it opens would be closed by the same key
      go('till');
    }
    return;
  }
  if (typing) return key === 'Escape' && e.target.blur();
  if (key === 'Enter' && !e.target.matches('button, a, summary')) {
    e.preventDefault();
    if (!e.repeat) till.charge();
  } else if (/^[0-9.+]$/.test(key) || key === 'Backspace') {
    e.preventDefault();
    if (inbox.opened() && !inbox.roomy.matches) {
      inbox.turn(false); // the pad is there again
      warn();
    }
    e.target.blur?.(); // Enter after digits charges, wherever the focus was
    if (!e.repeat) till.type(key);
  } else if (key === 'Delete') till.type('Clear');
  else if (key === 'Escape') {
    e.preventDefault(); // the question that it asks would be closed by the same key
    if (!e.repeat && !(inbox.opened() && !inbox.roomy.matches)) till.escape();
    else if (!e.repeat) {
      inbox.turn(false);
      warn();
    }
  } else if (key.toLowerCase() === 'a' && !e.repeat) alone(till.acknowledge);
  else if (key === '*') {
    e.preventDefault();
    alone(() => go('history'));
  }
});
document.addEventListener('pointerdown', unlock);
document.addEventListener('visibilitychange', look);

onEnded(async (problem) => following && unlockSession(problem));
navigator.serviceWorker?.register('/sw.js').catch(() => {}); // a certificate the browser doesn't know forbids it; the console works without
start();
