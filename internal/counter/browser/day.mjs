// day is a cashier's whole day in a real browser: node day.mjs URL CONTROL phone|desktop SHOTS
import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [, , base, control, size, shots] = process.argv;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const phone = size === 'phone';
const profile = mkdtempSync(join(tmpdir(), 'galla-chromium-'));
mkdirSync(shots, { recursive: true });

const context = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/bin/chromium', headless: true, bypassCSP: false, locale: 'en-IN', timezoneId: 'Asia/Kolkata', acceptDownloads: true,
  viewport: phone ? { width: 390, height: 780 } : { width: 1280, height: 800 }, hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = context.pages()[0] ?? (await context.newPage());
page.setDefaultTimeout(15000);
const troubles = [];
page.on('pageerror', (e) => troubles.push('page: ' + e.message));
page.on('console', (m) => { if (m.type() === 'error' && !/Failed to load resource|ERR_|net::/.test(m.text())) troubles.push('console: ' + m.text()); });
page.on('request', (r) => { if (!r.url().startsWith(base) && !r.url().startsWith('data:')) troubles.push('foreign request: ' + r.url()); });

const tell = async (path) => (await (await fetch(control + path)).json());
const sales = () => tell('/sales');
let n = 0;
const shot = async (name) => page.screenshot({ path: join(shots, `${size}-${String(++n).padStart(2, '0')}-${name}.png`), fullPage: !phone || !/till|typing|awaiting|paying|paid|cancelled|late|expired|lost|dark/.test(name) });
const press = (locator) => (phone ? locator.tap() : locator.click());
const button = (name, within = page) => within.getByRole('button', { name, exact: true });
const tile = (id) => page.locator(`.tiles .tile[data-id=${id}]`);
const dialog = () => page.getByRole('dialog');

// check looks for accessibility trouble; a serious one fails the day. The CSP forbids injected script tags, evaluate goes around it.
async function check(where) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of found.violations) {
    const line = `axe ${where}: ${v.impact} ${v.id}: ${v.nodes.map((x) => x.target.join(' ') + ' ' + (x.any[0]?.message ?? '')).slice(0, 3).join(' | ')}`;
    console.log(line);
    if (v.impact === 'serious' || v.impact === 'critical') troubles.push(line);
  }
}

async function signIn(name, pin) {
  await press(page.getByRole('radio', { name }));
  await page.getByLabel('PIN').fill(pin);
  await press(button('Sign in'));
}

async function approve(pin) {
  await dialog().getByLabel('Name').selectOption('Meena');
  await dialog().getByLabel('PIN').fill(pin);
  await press(button('OK', dialog()));
}

try {
  // Pair the device.
  const before = performance.now();
  await page.goto(base + '/');
  await page.getByLabel('Pairing code').waitFor();
  console.log(`${size}: interactive after ${Math.round(performance.now() - before)} ms`);
  await shot('pairing');
  await check('pairing');
  await page.getByLabel('Pairing code').fill('0000-0000');
  await press(button('Pair this device'));
  await dialog().getByText('this pairing code is wrong').waitFor();
  await shot('pairing-wrong');
  await press(button('OK', dialog()));
  await page.getByLabel('Pairing code').fill(await tell('/code'));
  await press(button('Pair this device'));

  // Sign in.
  await page.getByRole('radio', { name: 'Asha' }).waitFor();
  await shot('sign-in');
  await check('sign-in');
  await signIn('Asha', '1111');
  await dialog().getByText('don\'t belong together').waitFor();
  await press(button('OK', dialog()));
  await signIn('Asha', '1379');
  await page.getByText('No sales yet').waitFor();
  await shot('till-empty');
  await check('till-empty');

  // A sale by keyboard; the customer's screen sees it typed.
  await page.keyboard.type('1000+250', { delay: 30 });
  await shot('typing');
  await page.keyboard.press('Enter');
  await tile('S000001').getByText('Ask the customer to scan the QR and pay ₹1,250.00.').waitFor();
  await tile('S000001').locator('.time').filter({ hasText: /left/ }).waitFor();
  await shot('awaiting');
  await check('awaiting');
  const payment = await tell('/begin?sale=S000001');
  await tile('S000001').getByText('Do not ask them to pay again').waitFor();
  await shot('paying');
  await tell(`/finish?sale=S000001&payment=${payment}`);
  await tile('S000001').getByText('₹1,250.00 is paid. Hand over the goods.').waitFor();
  await shot('paid');
  await check('paid');
  const typed = await tell('/typed');
  assert(typed.includes('250'), `the customer's screen saw ${typed}`);

  // The tile stays until it is put away, also over a reload.
  await page.reload();
  await tile('S000001').getByText('is paid').waitFor();
  await page.keyboard.press('a');
  await tile('S000001').waitFor({ state: 'detached' });

  // A sale by touch, cancelled.
  for (const k of ['9', '9', '.', '5', '0']) await press(button(k, page.locator('.keys')));
  assert.equal(await page.locator('.entry').textContent(), '₹99.50');
  await press(button('Charge'));
  await tile('S000002').waitFor();
  await press(button('Cancel sale', tile('S000002')));
  await dialog().getByText('Cancel sale 2 of ₹99.50?').waitFor();
  await shot('cancel-sure');
  await check('dialog');
  await press(button('Yes', dialog()));
  await tile('S000002').getByText('nothing was paid').waitFor();
  await shot('cancelled');

  // Late money, refunded with the manager's PIN.
  await tell('/pay?sale=S000002');
  const card = page.locator('.inbox .card');
  await card.getByText('₹99.50 arrived after sale 2 was closed').waitFor();
  await shot('late-money');
  await check('late-money');
  await press(button('Refund', card));
  await approve('0000');
  await dialog().getByText('don\'t belong together').waitFor();
  await press(button('OK', dialog()));
  await press(button('Refund', card));
  await shot('approval');
  await approve('8642');
  await card.waitFor({ state: 'detached' });
  await press(button('Done', tile('S000002')));

  // Two Enters make one sale; the same amount again is asked about.
  await page.keyboard.type('70');
  await Promise.all([page.keyboard.press('Enter'), page.keyboard.press('Enter'), page.keyboard.press('Enter')]);
  await tile('S000003').waitFor();
  await page.keyboard.type('70');
  await page.keyboard.press('Enter');
  await dialog().getByText('Sale 3 for the same amount, ₹70.00, is still open').waitFor();
  await shot('twice');
  await press(button('No', dialog()));
  assert.equal((await sales()).length, 3);
  await page.keyboard.press('Escape');
  await page.locator('.entry.none').waitFor();

  // gallad goes away: the console says so; the customer pays meanwhile; gallad comes back.
  await tell('/halt');
  await page.getByRole('alert').getByText('Connection lost').waitFor();
  await shot('connection-lost');
  await check('connection-lost');
  await tell('/pay?sale=S000003');
  await tell('/start');
  await tile('S000003').getByText('₹70.00 is paid').waitFor();
  await page.getByRole('alert').waitFor({ state: 'hidden' });

  // The network is cut while a sale is being asked for: it is made once, when the network is back.
  await context.setOffline(true);
  await page.keyboard.type('42');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(1500);
  assert.equal((await sales()).length, 3);
  await context.setOffline(false);
  await tile('S000004').waitFor();
  assert.equal((await sales()).length, 4);
  await tell('/expire?sale=S000004');
  await tile('S000004').getByText('Nobody paid in time').waitFor();
  await shot('expired');

  // The day: X, then Z with the manager's PIN.
  await page.keyboard.press('Alt+3');
  await page.getByText('X: the day so far').waitFor();
  await page.locator('.picture').waitFor();
  await shot('day');
  await check('day');
  assert.equal(await page.getByText('Export CSV').count(), 0, 'a cashier sees the export');
  await press(button('Close the day (Z)'));
  await press(button('Yes', dialog()));
  await approve('8642');
  await page.waitForResponse((r) => r.url().endsWith('/v1/reports/x'));

  // History.
  await page.keyboard.press('Alt+2');
  await page.getByLabel('Amount, RRN').fill('99.50');
  await press(button('Find'));
  await page.waitForFunction(() => document.querySelectorAll('.list .sale').length === 1);
  await press(page.locator('.list summary'));
  await page.locator('.list .tile').waitFor();
  await shot('history');
  await check('history');

  // The box: language and theme.
  await press(page.getByRole('navigation').getByRole('button', { name: 'Box' }));
  await page.getByLabel('Language').waitFor();
  await shot('box');
  await check('box');
  await press(button('Dark or light'));
  await press(page.getByRole('navigation').getByRole('button', { name: 'Till' }));
  await shot('till-dark');
  await check('till-dark');
  for (const language of ['hi', 'mr', 'ta', 'te', 'bn']) {
    await press(page.getByRole('navigation').getByRole('button').nth(3));
    await page.locator('select').first().selectOption(language);
    await press(page.getByRole('navigation').getByRole('button').first());
    await page.waitForFunction((l) => document.documentElement.lang === l, language);
    await shot('till-' + language);
  }
  await check('till-bn');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert(wide <= 0, `the page is ${wide} px wider than the screen`);
  await press(page.getByRole('navigation').getByRole('button').nth(3));
  await page.locator('select').first().selectOption('en');

  // The manager exports.
  await press(button('Sign out'));
  await signIn('Meena', '8642');
  await page.locator('.pad').waitFor({ state: 'attached' });
  await page.keyboard.press('Alt+3');
  const [download] = await Promise.all([page.waitForEvent('download'), press(page.getByText('Export CSV'))]);
  const csv = readFileSync(await download.path(), 'utf8');
  assert.equal(csv.trim().split('\n').length, 5, csv);
  await shot('day-manager');

  // The owner, and the end of this device.
  await page.keyboard.press('Alt+4');
  await press(button('Sign out'));
  await signIn('Ravi', '2580');
  await page.locator('.pad').waitFor({ state: 'attached' });
  await page.keyboard.press('Alt+4');
  await page.getByText('Devices').waitFor();
  await shot('box-owner');
  await check('box-owner');
  await tell('/revoke');
  await tell('/halt');
  await tell('/start');
  await page.getByLabel('Pairing code').waitFor();

  const weight = await page.evaluate(() => performance.getEntriesByType('resource').reduce((a, r) => a + (r.transferSize || 0), 0));
  console.log(`${size}: ${n} pictures, ${weight} bytes for a reload`);
  assert.deepEqual(troubles, []);
} catch (err) {
  await shot('FAILED').catch(() => {});
  console.log(troubles.join('\n'));
  throw err;
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
