// qr shows the QR on the cashier's device, in light and dark and at three sizes, and lets go of it: node qr.mjs URL CONTROL phone SHOTS
import { strict as assert } from 'node:assert';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './kit.mjs';

const [, , base, control, size, shots] = process.argv;
rmSync(shots, { recursive: true, force: true });
const kit = await launch({ base, control, size, shots });
const { page, tell, press, tile } = kit;
const qr = page.locator('dialog.qr');

// sees waits for the picture, keeps the screen, and measures it: large, black on white, the rest dimmed.
async function sees(name) {
  await qr.waitFor();
  await page.waitForFunction(() => document.querySelector('dialog.qr img')?.naturalWidth > 0);
  await page.screenshot({ path: join(shots, `${name}.png`) });
  await kit.fits(name);
  const { side, screen } = await page.evaluate(() => ({ side: document.querySelector('dialog.qr img').getBoundingClientRect().width, screen: Math.min(innerWidth, innerHeight) }));
  assert(side > screen * 0.6, `${name}: the code is ${side} px wide on a screen of ${screen}`);
}

await kit.run(async () => {
  // The lock that keeps the screen lit is counted: a test has no screen that goes dark.
  await page.addInitScript(() => {
    globalThis.locks = { held: 0 };
    Object.defineProperty(navigator, 'wakeLock', { configurable: true, value: { request: async (what) => {
      if (what !== 'screen') throw new Error(what);
      globalThis.locks.held++;
      return { release: async () => { globalThis.locks.held--; } };
    } } });
  });
  await tell('/health?printer=none&display=none');
  await page.goto(base + '/');
  await kit.pair(await tell('/code'));
  await kit.signIn('Asha', '1379');
  await page.getByText('No sales yet').waitFor();
  await page.waitForResponse((r) => r.url().endsWith('/v1/health'));

  // No customer's screen: it comes by itself, and goes when the customer pays.
  for (const k of ['2', '1', '5', '.', '5', '0']) await press(page.locator('.keys').getByRole('button', { name: k, exact: true }));
  await press(page.locator('.charge'));
  await sees('1-read-S000001');
  assert.equal(await page.evaluate(() => globalThis.locks.held), 1);
  assert.equal(await page.locator('.dim').isVisible(), false);
  await page.evaluate(() => { document.documentElement.dataset.theme = 'dark'; });
  await sees('2-read-S000001');
  await page.setViewportSize({ width: 640, height: 360 });
  await sees('3-read-S000001');
  await page.setViewportSize({ width: 360, height: 640 });
  await sees('4-read-S000001');
  await page.setViewportSize({ width: 1366, height: 768 });
  await sees('5-read-S000001');
  await page.setViewportSize({ width: 390, height: 780 });
  await tell('/begin?sale=S000001');
  await qr.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => globalThis.locks.held), 0);

  // A key puts it away, counts, and cancels nothing; a button brings it back. A lost line takes it away: it may be paid meanwhile.
  await page.keyboard.type('70', { delay: 60 });
  await page.keyboard.press('Enter');
  await qr.waitFor();
  await page.keyboard.press('Escape');
  await qr.waitFor({ state: 'detached' });
  assert.equal(await kit.dialog().count(), 0, 'the same key asks to cancel');
  await press(kit.button('Show QR', tile('S000002')));
  await sees('6-read-S000002');
  await page.keyboard.press('5');
  await qr.waitFor({ state: 'detached' });
  assert.equal(await page.locator('.entry').textContent(), '₹5');
  await page.keyboard.press('Escape');
  await press(kit.button('Show QR', tile('S000002')));
  await qr.waitFor();
  await tell('/halt');
  await qr.waitFor({ state: 'detached' });
  await tell('/start');
  await page.getByRole('alert').waitFor({ state: 'hidden' });

  // With a customer's screen nothing comes by itself; without a lock the page says what may happen.
  await tell('/health?printer=none&display=connected');
  await page.evaluate(() => { navigator.wakeLock.request = () => Promise.reject(new Error('none')); document.dispatchEvent(new Event('visibilitychange')); });
  await page.waitForResponse((r) => r.url().endsWith('/v1/health'));
  await page.keyboard.type('80', { delay: 60 });
  await page.keyboard.press('Enter');
  await tile('S000003').getByText('scan the QR').waitFor();
  await page.waitForTimeout(300);
  assert.equal(await qr.count(), 0);
  await press(kit.button('Show QR', tile('S000003')));
  await page.locator('.dim').waitFor();
  await kit.look('no-lock');
  await tell('/pay?sale=S000003');
  await qr.waitFor({ state: 'detached' });
  await page.locator('.flash').getByText('₹80.00').waitFor();
});
