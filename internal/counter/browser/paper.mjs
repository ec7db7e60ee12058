// paper takes up to twenty sales from the first key to the last byte at the printer, and says whose each millisecond is:
// node paper.mjs URL CONTROL phone|desktop SHOTS SALES OURS. On a phone by touch, on a PC by keyboard. OURS: by how many ms
// of a sale (p50) this box may keep people waiting.
import { strict as assert } from 'node:assert';
import { launch } from './kit.mjs';

const [, , base, control, size, shots, sales, most] = process.argv;
const kit = await launch({ base, control, size, shots: shots + '/paper' });
const { page, tell, phone } = kit;
const amounts = ['5', '12', '20', '35', '49.50', '50', '60', '75', '99', '100', '120', '149', '215.50', '250', '310', '499', '999', '1250', '2999', '12500'].slice(0, Number(sales));
const percentile = (list, p) => Math.round([...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.trunc(list.length * p))]);

await kit.run(async () => {
  await page.goto(base + '/');
  await kit.pair(await tell('/code'));
  await kit.signIn('Asha', '1379');
  await page.locator('.charge').waitFor();

  const of = { total: [], phone: [], printer: [], ours: [], qr: [], slip: [] };
  for (const [i, amount] of amounts.entries()) {
    await page.locator('.flash').waitFor({ state: 'detached' });
    const began = Date.now();
    for (const k of amount) {
      if (phone) await page.locator('.keys').getByRole('button', { name: k, exact: true }).tap();
      else await page.keyboard.press(k);
    }
    if (phone) await page.locator('.charge').tap();
    else await page.keyboard.press('Enter');
    await page.locator('.floor .tile.awaiting').first().waitFor();
    const shown = Date.now();
    const paid = await tell('/phone'); // a customer who scans what is shown, and pays: how long that took
    const slip = await tell('/slip?nth=' + (i + 1)); // when its first and its last byte were there
    const total = slip.last - began, printer = slip.last - slip.first;
    of.total.push(total);
    of.phone.push(paid.took);
    of.printer.push(printer);
    of.ours.push(total - paid.took - printer);
    of.qr.push(shown - began);
    of.slip.push(slip.first - paid.at);
  }
  const say = (name) => `${name} ${percentile(of[name], 0.5)} (p95 ${percentile(of[name], 0.95)})`;
  console.log(`${phone ? 'by touch' : 'by keyboard'}, ms, p50: first key to last byte ${say('total')}: ${say('phone')}, ${say('printer')}, ${say('ours')}; of ours first key to QR ${say('qr')}, payment to the slip's first byte ${say('slip')}`);
  assert(of.total.length === Number(sales) && percentile(of.total, 0.5) <= 14000, 'first key to last byte takes more than 14 s');
  assert(percentile(of.ours, 0.5) <= Number(most), `our share is more than ${most} ms`);
});
