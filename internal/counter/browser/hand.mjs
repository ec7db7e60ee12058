// hand walks every page and state at four sizes and measures each: node hand.mjs URL CONTROL LANGUAGE SHOTS. axe looks at all of them in
// light, and in dark at the size of a phone.
import { strict as assert } from 'node:assert';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './kit.mjs';
import { inView } from './measure.mjs';

const [, , base, control, language, shots] = process.argv;
const sizes = { phone: [360, 640], side: [640, 360], zoom: [683, 384], pc: [1366, 768] }; // zoom: a PC of 1366x768 at 200 %
mkdirSync(shots, { recursive: true });
const kit = await launch({ base, control, size: 'desktop', shots });
const { page, tell, dialog, tab, troubles } = kit;
const pictures = Boolean(process.env.GALLA_PICTURES); // every one of them, for people to look at
let n = 0;

const settle = () => page.waitForFunction(() => !document.querySelector('.settling'));
const theme = (name) => page.evaluate((t) => { if (t) document.documentElement.dataset.theme = t; else delete document.documentElement.dataset.theme; }, name);

// look measures what is shown at each size, and keeps its picture. before brings a state about again that a change of size ends.
async function look(name, { whole = false, before = () => {} } = {}) {
  const no = String(++n).padStart(2, '0');
  for (const [size, [width, height]] of Object.entries(sizes)) {
    await page.setViewportSize({ width, height });
    await before(size);
    await settle();
    for (const t of ['light', 'dark']) {
      if (t === 'dark' && size !== 'phone' && !pictures) continue;
      await theme(t);
      const at = `${name}, ${size}, ${language}, ${t}`;
      await page.screenshot({ path: join(shots, `${no}-${name}-${size}-${language}-${t}.png`), animations: 'disabled' });
      if (size === 'phone' || t === 'light' && size !== 'zoom') await kit.check(at); // at 200 % stands what stands on a phone on its side
      if (t === 'dark') continue;
      await kit.fits(at);
      if (whole) for (const wrong of await page.evaluate(inView)) troubles.push(`${at}: ${wrong}`);
      if (language !== 'en') await kit.leaks(at);
    }
    await theme('');
  }
  await page.setViewportSize({ width: 1366, height: 768 });
}

const sell = async (amount) => {
  await page.keyboard.type(amount, { delay: 40 });
  await page.keyboard.press('Enter');
};
const tile = (id) => page.locator(`.floor .tile[data-id=${id}]`);
const shown = (id, phase) => page.locator(`.floor .tile.${phase}[data-id=${id}]`).waitFor();
const health = async (query) => {
  await tell('/health?' + query);
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.waitForResponse((r) => r.url().endsWith('/v1/health'));
};
const answer = (nth) => dialog().locator('button').nth(nth).click();
const close = async () => {
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
};

await kit.run(async () => {
  await page.goto(base + '/');
  await page.locator('input[name=code]').waitFor(); // the page has kept its own language by then
  await page.evaluate((l) => localStorage.setItem('galla.language', l), language);
  await page.reload();
  await page.locator('input[name=code]').waitFor();
  await look('pairing');
  await page.locator('input[name=code]').fill(await tell('/code'));
  await page.locator('form button').click();
  await page.getByText(/^\d{4}$/).waitFor();
  await look('waiting');
  await tell('/let-in');
  await page.locator('.who').waitFor();
  await look('sign-in');
  await page.getByRole('radio', { name: 'Ravi' }).click();
  await page.locator('input[name=pin]').fill('2580');
  await page.locator('form button').first().click();
  await page.locator('.charge').waitFor();
  await health('printer=ready&display=connected');
  await look('empty', { whole: true });

  // What is typed: a sum, and the longest amount there is.
  await page.keyboard.type('100+115.5', { delay: 40 });
  assert.equal(await page.locator('.entry').textContent(), '₹215.50');
  assert.equal(await page.locator('.tape').textContent(), '100.00 + 115.5');
  assert((await page.locator('.charge').textContent()).includes('₹215.50'));
  await look('sum', { whole: true });
  await page.keyboard.press('Escape');
  await page.keyboard.type('99999999999.99', { delay: 40 });
  await look('long', { whole: true });
  await page.keyboard.press('Escape');

  // One sale, then a queue: the newest is whole and in view, whatever else there is.
  await sell('95000');
  await shown('S000001', 'awaiting');
  await look('one-sale', { whole: true });
  await sell('99.5');
  await shown('S000002', 'awaiting');
  await page.evaluate(() => fetch('/v1/sales/S000002/cancel', { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'x'.repeat(20) }, body: '{"reason":"cancelled"}' }));
  await shown('S000002', 'closed');
  await look('cancelled', { whole: true });
  await tell('/pay?sale=S000002');
  await page.locator('.alert.decide').waitFor();
  for (const [i, amount] of ['70', '42', '100000', '12'].entries()) {
    await sell(amount);
    await shown('S00000' + (i + 3), 'awaiting');
  }
  await tell('/pay?sale=S000003');
  await tell('/expire?sale=S000004');
  await tell('/begin?sale=S000006');
  await shown('S000006', 'paying');
  await page.locator('.flash').waitFor({ state: 'detached' });
  await look('queue', { whole: true });
  await page.evaluate(() => fetch('/v1/sales/S000005/print', { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'y'.repeat(20) }, body: '{"copy":"order"}' }));
  await sell('215.50');
  await shown('S000007', 'awaiting');
  await look('queue-newest', { whole: true });
  await page.setViewportSize({ width: 360, height: 640 });
  await page.evaluate(() => { // a shop with mandates has a sixth page
    const more = document.querySelector('nav button:last-child').cloneNode(true);
    more.querySelector('span').textContent = 'Mandates';
    document.querySelector('nav').append(more);
    document.documentElement.style.fontSize = '130%';
  });
  const wide = await page.evaluate(() => [...document.querySelectorAll('nav button')].filter((b) => b.querySelector('span').getBoundingClientRect().width > b.getBoundingClientRect().width).map((b) => b.textContent));
  assert.deepEqual(wide, [], 'a name is wider than its place');
  await page.evaluate(() => {
    document.querySelector('nav button:last-child').remove();
    document.documentElement.style.fontSize = '';
  });

  // Everything that can be wrong at once is one line.
  await health('printer=the paper is out&display=connected');
  await look('alerts', { whole: true });
  await health('printer=ready&display=none&problem=the disk is full&code=health_stopped');
  await look('out', { whole: true });
  await health('printer=ready&display=connected');
  await look('inbox', { before: async () => { if (!(await page.locator('.inbox .card').count())) await page.locator('.alert.decide').click(); } });
  await page.setViewportSize({ width: 360, height: 640 });
  if (await page.locator('.inbox .card').count()) await page.keyboard.press('Escape');
  assert.equal(await page.locator('.inbox .card').count(), 0, 'Escape folds what needs a decision');
  assert.equal(await dialog().count(), 0, 'and asks to cancel nothing');

  // A line opens by a tap, and nothing moves under the finger.
  await tile('S000001').locator('.head').click();
  await look('opened', { before: async (size) => { if (size !== 'pc' && await page.locator('.tile.short[data-id=S000001]').count()) await tile('S000001').locator('.head').click(); } });

  // The dialogs.
  await sell('215.50');
  await dialog().waitFor();
  await look('twice');
  await answer(0);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await dialog().waitFor();
  await look('cancel-sure');
  await close();
  await page.setViewportSize({ width: 360, height: 640 });
  await page.locator('.bill').click();
  await dialog().waitFor();
  await look('bill');
  await close();
  await page.locator('.lead .row button').first().click();
  await page.locator('dialog.qr').waitFor();
  await page.waitForFunction(() => document.querySelector('dialog.qr img')?.naturalWidth > 0);
  await look('qr');
  await close();
  await page.locator('.inbox .card .danger').click();
  await dialog().waitFor();
  await look('approval');
  await dialog().locator('input[name=pin]').fill('0000');
  await answer(1);
  await page.waitForFunction(() => document.querySelector('dialog[open]') && !document.querySelector('dialog input'));
  await look('refused');
  await answer(0);
  await dialog().waitFor({ state: 'detached' });
  await page.locator('.alert.weather').click();
  await dialog().waitFor();
  await look('weather-told');
  await close();

  // PAID over the page, and what is pressed then counts.
  await page.setViewportSize({ width: 360, height: 640 });
  await look('paid-flash', { before: async (size) => {
    const id = { phone: 'S000007', side: 'S000001', zoom: 'S000005', pc: 'S000008' }[size];
    if (size === 'pc') {
      await sell('31');
      await shown(id, 'awaiting');
    }
    await page.evaluate(() => document.querySelector('.kept')?.remove());
    await tell('/pay?sale=' + id);
    await page.locator('.flash').waitFor();
    await page.evaluate(() => { // one that stays for the picture
      const kept = document.querySelector('.flash').cloneNode(true);
      kept.classList.add('kept');
      document.body.append(kept);
    });
    await page.locator('.flash:not(.kept)').waitFor({ state: 'detached' });
  } });
  await page.evaluate(() => document.querySelectorAll('.flash').forEach((f) => f.remove()));
  await look('paid', { whole: true });

  // The other pages.
  await tab('history');
  await page.locator('.list .sale').first().waitFor();
  await page.locator('.filters summary').click();
  await page.locator('.list summary').nth(2).click();
  await page.locator('.list .tile').waitFor();
  const late = page.locator('.list .sale.closed').filter({ hasText: '₹99.50' });
  assert.equal(await late.locator('.chip.warn, .chip.bad').count() >= 2, true, 'a sale with late money reads as not paid alone'); // counter.md 8
  await look('history');
  await health('printer=none&display=connected'); // this shop has none to print a Z on
  await tab('day');
  await page.locator('.picture').first().waitFor();
  await look('day');
  for (const fold of await page.locator('#page details').all()) await fold.locator('summary').first().click().catch(() => {});
  await page.evaluate(() => document.querySelectorAll('.report td:last-child').forEach((td) => { td.textContent = '₹99,99,99,999.00'; })); // a wide figure (counter.md 10)
  await look('day-unfolded');
  await page.locator('#page > .page > .row button.main').click();
  await dialog().waitFor();
  await look('close-what-is-open');
  await answer(1);
  await dialog().locator('input[name=pin]').waitFor();
  await look('close-sure');
  await dialog().locator('input[name=pin]').fill('2580'); // Ravi is signed in, and stands first
  await answer(1);
  await dialog().waitFor({ state: 'detached' }).catch(async () => { troubles.push('the Z says: ' + await dialog().textContent()); });
  await page.locator('#page').getByText(/Z 1 ·/).waitFor({ state: 'attached' });
  await look('day-closed');
  await tab('box');
  await page.locator('.line').first().waitFor();
  await page.evaluate(() => { for (const el of [document.querySelector('.line span'), document.querySelector('.line').appendChild(document.createElement('strong')), document.querySelector('h2')]) el.textContent = 'Venkatanarasimharajuvaripetaparthasarathi'; }); // 40 letters without a space
  await look('box');
  await page.locator('.line + button').first().click();
  await dialog().waitFor();
  await look('add-person');
  await close();
  const head = page.locator('section').filter({ has: page.locator('button.main') }).last(); // the head office, the last section
  await head.locator('button.main').click();
  await dialog().locator('input[name=address]').fill('https://192.168.1.20');
  await dialog().locator('input[name=code]').fill('1234-5678');
  await look('office-join');
  await answer(1);
  await dialog().locator('input[name=your_pin]').fill('2580');
  await look('office-sure');
  await answer(1);
  await page.locator('section code').getByText('192.168.1.20').waitFor();
  await look('office', { before: () => page.locator('section').last().evaluate((s) => s.scrollIntoView()) });
  await page.locator('section').last().locator('button.quiet').click();
  await dialog().locator('input[name=your_pin]').fill('2580');
  await look('office-leave');
  await answer(1);
  await head.locator('button.main').waitFor();
  await tab('health');
  await page.locator('h1').waitFor();
  await look('health');

  // Closed on a slip and on the page by a person.
  await tab('till');
  await page.locator('.charge').waitFor();
  await tell('/halt');
  await page.locator('#lost:not([hidden]):not(.back)').waitFor();
  await look('lost', { whole: true });
  await tell('/start');
  await page.locator('#lost').waitFor({ state: 'hidden' });
  console.log(`${language}: ${n} states at ${Object.keys(sizes).length} sizes, each measured`);
});
