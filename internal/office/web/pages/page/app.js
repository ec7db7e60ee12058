// app joins the pages: which one the address names, and who is signed in.
import { h, icon, put } from './dom.js';
import { remembered, speak, t } from './words.js';
import { Problem, get } from './api.js';
import * as session from './session.js';
import * as chain from './chain.js';
import * as shop from './shop.js';
import * as box from './box.js';
import * as sales from './sales-page.js';
import * as boxes from './boxes.js';
import * as you from './you.js';
import { signing } from './signin.js';
import { wear } from './you.js';
import { person } from './sign.js';

const app = document.getElementById('app');
const lost = document.getElementById('lost');

// The pages by the first part of what follows # in the address; those with a sign are named in the frame.
const pages = {
  chain: { draw: chain.page, sign: () => icon('day') },
  shop: { draw: shop.page, under: 'chain' },
  box: { draw: box.page, under: 'chain' },
  sales: { draw: sales.page, sign: () => icon('list') },
  boxes: { draw: boxes.page, sign: () => icon('box'), role: 'owner' },
  you: { draw: you.page, sign: person },
};

async function start() {
  wear(localStorage.getItem('galla.theme'));
  await speak(remembered());
  try {
    await session.load();
  } catch (err) {
    if (err instanceof Problem && err.status === 401) {
      await speak(remembered());
      return put(app, signing(start));
    }
    banner(true);
    setTimeout(start, 2000);
    return;
  }
  banner(false);
  draw();
}

// place is the page that the address names, and of what: "#shop/shop-04".
function place() {
  const [name, ...rest] = decodeURIComponent(location.hash.slice(1)).split('/');
  const known = pages[name] && session.may(pages[name].role ?? 'viewer') ? name : 'chain';
  return [known, rest.join('/')];
}

export function draw() {
  const [here, of] = place();
  const shown = Object.entries(pages).filter(([, p]) => p.sign && session.may(p.role ?? 'viewer'));
  const tabs = shown.map(([name, p], i) => h('button', { type: 'button', 'data-page': name, 'aria-current': name === (pages[here].under ?? here) ? 'page' : null,
    'aria-keyshortcuts': `Alt+${i + 1}`, onclick: () => go(name) }, p.sign(), h('span', {}, t(name))));
  app.dataset.here = here;
  document.title = `${t(pages[here].under ?? here)} · ${session.me.office || 'Galla'}`;
  put(app, h('nav', { 'aria-label': 'Galla' }, h('strong', {}, 'Galla'), tabs), h('div', { id: 'page' }, pages[here].draw(of, draw)));
}

function go(name) {
  if (location.hash === '#' + name) draw();
  else location.hash = name;
}

addEventListener('hashchange', () => {
  if (session.me.role === 'nobody') return;
  draw();
  scrollTo(0, 0);
  (document.querySelector('#page h1') ?? document.querySelector('nav [aria-current]'))?.focus();
});

// banner says that the line is lost, until something comes again.
let away = false;
function banner(down) {
  if (away === down && !down) return;
  away = down;
  lost.hidden = !down;
  if (down) put(lost, icon('not'), t('lost'));
}
addEventListener('galla-lost', async () => {
  banner(true);
  while (away) {
    await new Promise((done) => setTimeout(done, 2000));
    await get('/v1/owner/me?idle=1').then(() => banner(false), (err) => err instanceof Problem && err.status < 500 && banner(false));
  }
});
addEventListener('galla-out', () => {
  session.forget();
  put(app, signing(start));
  delete app.dataset.here;
});

document.addEventListener('keydown', (e) => {
  if (!e.altKey || !/^[1-9]$/.test(e.key) || document.querySelector('dialog[open]') || session.me.role === 'nobody') return;
  const button = document.querySelectorAll('nav button')[Number(e.key) - 1];
  if (!button) return;
  e.preventDefault();
  go(button.dataset.page);
});

start();
