// twenty makes twenty sales and counts what each takes of a person's keys and of our time: node twenty.mjs URL CONTROL phone|desktop SHOTS
// On a phone by touch, on a PC by keyboard. The customer pays at once; the next sale begins while PAID fills the page.
import { strict as assert } from 'node:assert';
import { launch } from './kit.mjs';

const [, , base, control, size, shots] = process.argv;
const kit = await launch({ base, control, size, shots: shots + '/twenty' });
const { page, tell, phone } = kit;
const amounts = ['5', '12', '20', '35', '49.50', '50', '60', '75', '99', '100', '120', '149', '215.50', '250', '310', '499', '999', '1250', '2999', '12500'];
const percentile = (list, p) => Math.round([...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.trunc(list.length * p))]);

await kit.run(async () => {
  await page.goto(base + '/');
  await kit.pair(await tell('/code'));
  await kit.signIn('Asha', '1379');
  await page.locator('.charge').waitFor();
  await page.evaluate((what) => {
    globalThis.hits = 0;
    document.addEventListener(what, () => { globalThis.hits++; }, true);
    // When a sale's state is on the page, by the page's own clock.
    globalThis.seen = {};
    new MutationObserver(() => {
      for (const el of document.querySelectorAll('.tile[data-id]')) for (const c of ['awaiting', 'paid']) if (el.classList.contains(c)) globalThis.seen[el.dataset.id + c] ??= performance.timeOrigin + performance.now();
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  }, phone ? 'click' : 'keydown');

  let keys = 0, hits = 0;
  const typing = [], qr = [], paid = [];
  for (const [i, amount] of amounts.entries()) {
    const id = 'S' + String(i + 1).padStart(6, '0');
    const began = Date.now();
    for (const k of amount) {
      if (phone) await page.locator('.keys').getByRole('button', { name: k, exact: true }).tap();
      else await page.keyboard.press(k);
    }
    const charged = Date.now();
    typing.push(charged - began);
    if (phone) await page.locator('.charge').tap();
    else await page.keyboard.press('Enter');
    await page.waitForFunction((id) => globalThis.seen[id + 'awaiting'], id, { polling: 10 });
    qr.push(await page.evaluate((id) => globalThis.seen[id + 'awaiting'], id) - charged);
    const pays = Date.now();
    await tell('/pay?sale=' + id);
    await page.waitForFunction((id) => globalThis.seen[id + 'paid'], id, { polling: 10 });
    paid.push(await page.evaluate((id) => globalThis.seen[id + 'paid'], id) - pays);
    keys += amount.length + 1;
    const now = await page.evaluate(() => globalThis.hits);
    assert.equal(now - hits, amount.length + 1, `sale ${i + 1} of ${amount} took ${now - hits} keys`);
    hits = now;
  }
  assert.equal(hits, keys);
  console.log(`${phone ? '20 sales by touch' : '20 sales by keyboard'}: ${keys} keys, which is digits + 1 each; Charge to QR on the page ${percentile(qr, 0.5)} ms (p50), ${percentile(qr, 0.95)} ms (p95); `
    + `payment to PAID ${percentile(paid, 0.5)} ms (p50), ${percentile(paid, 0.95)} ms (p95); keys by the machine ${percentile(typing, 0.5)} ms (p50)`);
});
