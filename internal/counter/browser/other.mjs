// other is a cashier's day in a browser that is not Chromium: node other.mjs URL CONTROL firefox|webkit phone|desktop SHOTS
import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { launch } from './engines.mjs';
import { measure } from './measure.mjs';

const [, , base, control, engine, size, shots] = process.argv;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const [width, height] = size === 'phone' ? [360, 640] : [1280, 800];
mkdirSync(shots, { recursive: true });
let n = 0;
const shot = (name) => join(shots, `${engine}-${size}-${String(++n).padStart(2, '0')}-${name}.png`);
const page = await launch(engine, { width, height, shot });
const tell = async (path) => (await (await fetch(control + path)).json());
const tile = (id) => `.floor .tile[data-id=${id}]`;
const wrong = [];

// state keeps a picture and looks for what is cut, covered, too small, or unreadable.
async function state(name) {
  await page.picture(name);
  for (const w of await page.look(measure)) wrong.push(`${name}: ${w}`);
  const found = await page.look(`async () => { ${axe}; return (await window.axe.run(document, { resultTypes: ['violations'] })).violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id + ' ' + v.nodes[0].target); }`);
  for (const v of found) wrong.push(`${name}: axe ${v}`);
}

const inTile = (id, words) => page.wait(`${id}: ${words}`, (sel, w) => (document.querySelector(sel)?.innerText ?? '').replace(/\s+/g, ' ').includes(w), tile(id), words);
const dialogs = () => page.look(() => document.querySelectorAll('dialog[open]').length);
const entry = () => page.look(() => document.querySelector('.entry')?.textContent ?? '');

try {
  await page.open(base + '/');
  await page.fill('input[name=code]', await tell('/code'));
  await page.click('button', 'Pair this device');
  await page.wait('the number to let in', () => /(^|\n)\d{4}(\n|$)/.test(document.body.innerText));
  await tell('/let-in');
  await page.wait('the people', () => [...document.querySelectorAll('label')].some((l) => l.textContent.trim().startsWith('Asha')));
  assert.deepEqual(await page.look(() => [document.cookie, JSON.stringify(localStorage).includes('galla_')]), ['', false], 'a script reads the token');
  await state('sign-in');
  await page.look(() => [...document.querySelectorAll('label')].find((l) => l.textContent.trim().startsWith('Asha')).click());
  await page.fill('input[type=password]', '1379');
  await page.click('button', 'Sign in');
  await page.text('No sales yet');
  await state('empty');

  // By keyboard: typed, corrected, charged, told by the feed.
  await page.type('1000+259');
  await page.press('\uE003');
  await page.type('0');
  await page.press('Enter');
  await inTile('S000001', 'Ask the customer to scan the QR and pay ₹1,250.00.');
  await state('awaiting');
  const payment = await tell('/begin?sale=S000001');
  await inTile('S000001', 'Do not ask them to pay again');
  await tell(`/finish?sale=S000001&payment=${payment}`);
  await inTile('S000001', '₹1,250.00 is paid. Hand over the goods.');
  await state('paid');

  // By touch, and given up: Escape takes the question away, Enter on "Yes" answers it.
  for (const k of ['9', '9', '.', '5', '0']) await page.click('.keys button', k);
  assert.equal(await entry(), '₹99.50');
  await page.click('.charge');
  await page.click(tile('S000002') + ' button', 'Cancel sale');
  await page.text('of ₹99.50?');
  assert.equal(await dialogs(), 1);
  await page.press('Escape');
  assert.equal(await dialogs(), 0);
  await page.click(tile('S000002') + ' button', 'Cancel sale');
  await state('sure');
  await page.click('dialog button', 'Yes');
  await inTile('S000002', 'nothing was paid');

  // gallad goes away while the customer pays, and comes back: the feed is opened anew.
  await page.type('70');
  await page.press('Enter');
  await inTile('S000003', 'pay ₹70.00');
  await tell('/halt');
  await page.text('Connection lost');
  await state('lost');
  await tell('/pay?sale=S000003');
  await tell('/start');
  await inTile('S000003', '₹70.00 is paid');
  await page.wait('the alert to go', () => !document.body.innerText.includes('Connection lost'));

  // The day, what was sold, another language and theme.
  await page.click('nav [data-page=day]');
  await page.text('₹1,320.00');
  await state('day');
  await page.click('nav [data-page=history]');
  await page.fill('input[name=q]', '99.50');
  await page.click('button', 'Find');
  await page.wait('the sale that was found', () => document.querySelectorAll('.list .sale').length === 1);
  await state('history');
  await page.click('nav [data-page=box]');
  await page.wait('the languages', () => document.querySelector('select'));
  await page.look(() => { const s = document.querySelector('select'); s.value = 'hi'; s.dispatchEvent(new Event('input', { bubbles: true })); s.dispatchEvent(new Event('change', { bubbles: true })); });
  await page.wait('Hindi', () => document.documentElement.lang === 'hi');
  await state('box-hi');
  await page.look(() => { document.documentElement.dataset.theme = 'dark'; });
  await page.click('nav [data-page=till]');
  await page.wait('the till', () => document.querySelector('.pad'));
  await state('till-hi-dark');
  assert.equal((await tell('/sales')).length, 3);
  assert.deepEqual([...wrong, ...page.troubles], []);
} catch (e) {
  await page.picture('FAILED').catch(() => {});
  console.log([...wrong, ...page.troubles].join('\n'));
  throw e;
} finally {
  await page.close();
}
console.log(`${engine} ${size}: ${n} pictures`);
