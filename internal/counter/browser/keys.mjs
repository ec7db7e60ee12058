// keys tries every dialog with real key events: a scanner's burst answers nothing, + and * and letters do nothing behind it, and Escape
// closes it and nothing else: node keys.mjs URL CONTROL desktop SHOTS
import { strict as assert } from 'node:assert';
import { launch } from './kit.mjs';

const [, , base, control, size, shots] = process.argv;
const kit = await launch({ base, control, size, shots: shots + '/keys' });
const { page, tell, button, dialog, tab, tile } = kit;
const key = (k) => page.keyboard.press(k);
const hand = (text) => page.keyboard.type(text, { delay: 60 }); // a hand; a scanner takes less than 30 ms a key

// burst is a scanner: the keys come as one, whatever this machine is busy with.
const burst = (code) => page.evaluate((code) => {
  const at = performance.now();
  for (const [i, k] of [...code, 'Enter'].entries()) {
    const target = document.activeElement ?? document.body;
    const down = new KeyboardEvent('keydown', { key: k, bubbles: true, cancelable: true });
    Object.defineProperty(down, 'timeStamp', { value: at + i * 8 });
    const goes = target.dispatchEvent(down);
    if (goes && k !== 'Enter' && target.tagName === 'INPUT') {
      target.value += k;
      target.dispatchEvent(new Event('input', { bubbles: true }));
    }
    if (goes && k === 'Enter') (target.tagName === 'INPUT' ? target.form : target.closest('button'))?.[target.tagName === 'INPUT' ? 'requestSubmit' : 'click']();
  }
}, code);

let writes = 0;
page.on('request', (r) => { if (r.method() === 'POST') writes++; });
const state = () => page.evaluate(() => [document.querySelector('#app').dataset.here, document.querySelector('.entry')?.textContent ?? '', document.querySelectorAll('dialog').length, document.querySelector('.list .sale')?.open ?? '']);

// dialogOf opens a dialog by a way, and tries it.
async function dialogOf(name, way, { scans = false } = {}) {
  const before = await state();
  await way();
  await dialog().waitFor();
  const opened = writes;

  for (const k of ['+', '*', 'a', 'Delete']) await key(k);
  assert.equal(await dialog().count(), 1, `${name}: a key opened or closed a dialog`);
  if (!scans) {
    const title = await dialog().textContent();
    const held = await page.evaluate(() => [...document.querySelectorAll('dialog[open] input')].map((i) => i.value));
    await burst('8901030865278');
    await page.waitForTimeout(50);
    assert.equal(await dialog().count(), 1, `${name}: a scanner's Enter answered`);
    assert.equal(await dialog().textContent(), title, `${name}: a scanner changed it`);
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('dialog[open] input')].map((i) => i.value)), held, `${name}: a barcode stands in a field`);
  }
  const fields = dialog().locator('input[type=password], input[inputmode=decimal]');
  if (await fields.count()) { // a hand's digits do go in
    await fields.last().fill('');
    await hand('4711');
    assert.equal(await fields.last().inputValue(), '4711', `${name}: a hand's digits are lost`);
  }
  await key('Escape');
  await dialog().waitFor({ state: 'detached' });
  await page.waitForTimeout(100);
  assert.equal(await dialog().count(), 0, `${name}: Escape opened another`);
  const after = await state();
  assert.equal(after[0], before[0], `${name}: the page changed`);
  assert.equal(writes, opened, `${name}: something was sent`);
  console.log(`${name}: ok`);
}

await kit.run(async () => {
  await page.goto(base + '/');
  await kit.pair(await tell('/code'));
  await kit.signIn('Ravi', '2580');
  await page.locator('.charge').waitFor();

  // At the till: digits, +, Enter; Escape clears first, and asks to cancel only then, by one and the same key each time.
  await hand('100+115.5');
  await key('Enter');
  await tile('S000001').getByText('₹215.50').first().waitFor();
  await hand('7');
  await key('Escape');
  await page.locator('.entry.none').waitFor();
  assert.equal(await dialog().count(), 0, 'Escape cleared and asked in one');
  await key('Escape');
  await dialog().getByText(/Cancel sale \d{4}-1 of ₹215\.50\?/).waitFor();
  await key('Enter'); // the safe answer has the focus
  await dialog().waitFor({ state: 'detached' });
  await key('Escape');
  await dialog().waitFor();
  await key('Tab');
  await key('Enter');
  await tile('S000001').getByText('nothing was paid').waitFor();
  await tell('/pay?sale=S000001'); // late
  await kit.inbox();

  // A barcode at the till is no amount, its Enter charges nothing, and it takes nothing away of what stood there.
  await hand('25');
  await burst('8901030865278');
  await page.waitForTimeout(100);
  assert.equal(await page.locator('.entry').textContent(), '₹25');
  await key('Enter');
  await tile('S000002').waitFor();

  // A barcode with letters neither: not its digits, not the letters that do something here.
  const asked = writes;
  for (const code of ['LOT2391A', '*A7-2391*', 'a12']) await burst(code);
  await page.waitForTimeout(200);
  assert.deepEqual([writes, await state()], [asked, ['till', '₹0', 0, '']], 'a barcode with letters did something');
  await tab('box');
  await page.locator('.line').first().waitFor();
  await button('Dark or light').focus();
  await burst('8901030865278');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), undefined, 'the Enter of a scanner pressed a button');
  await tab('till');
  await tile('S000002').waitFor();

  // PAID over the page takes no key away.
  await tell('/pay?sale=S000002');
  await page.locator('.flash').waitFor();
  await hand('4');
  assert.equal(await page.locator('.flash').count(), 0);
  assert.equal(await page.locator('.entry').textContent(), '₹4');
  await hand('0');
  await key('Enter');
  await tile('S000003').waitFor();

  // * shows the history and goes back; Escape does too.
  await key('*');
  await page.locator('.list').waitFor();
  await key('*');
  await page.locator('.charge').waitFor();
  await key('*');
  await page.locator('.list').waitFor();
  await key('Escape');
  await page.locator('.charge').waitFor();
  assert.equal(await dialog().count(), 0);

  await dialogOf('cancel the newest', () => key('Escape'));
  await dialogOf('the same amount', async () => { await hand('40'); await key('Enter'); });
  assert.equal(await page.locator('.entry').textContent(), '₹40', 'the amount stays after No');
  await key('Escape');
  await dialogOf('cancel by its button', () => button('Cancel sale', tile('S000003')).click());
  await dialogOf('paid in cash', () => button('Paid in cash', tile('S000003')).click());
  await dialogOf('refund', () => button('Refund', tile('S000002')).click());
  await dialogOf('refund of late money', () => button('Refund', page.locator('.inbox')).click());
  await dialogOf('the weather', () => page.locator('.alert.weather').click());
  await page.setViewportSize({ width: 360, height: 640 });
  await dialogOf('bill number', () => page.locator('.bill').click(), { scans: true });
  await page.locator('.bill').click();
  await dialog().locator('input').waitFor();
  await page.keyboard.type('BILL-17');
  await key('Enter');
  await dialog().waitFor({ state: 'detached' });
  await page.locator('.bill').filter({ hasText: 'BILL-17' }).waitFor();
  await page.setViewportSize({ width: 1280, height: 800 });

  // Nothing moves under a finger: a sale that another console makes waits until the finger is up, and then the tiles take no touch for
  // a moment.
  await page.setViewportSize({ width: 360, height: 640 });
  await tile('S000002').locator('.head').waitFor(); // the tiles are drawn anew for the other size
  await page.waitForFunction(() => !document.querySelector('.settling'));
  const place = await tile('S000002').locator('.head').boundingBox();
  await page.mouse.move(place.x + 20, place.y + 20);
  await page.mouse.down();
  await page.evaluate(async () => {
    await fetch('/v1/sales', { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'another-console' }, body: '{"amount_paise":5500}' });
  });
  await page.waitForTimeout(600);
  assert.equal(await page.locator('.lead .tile').getAttribute('data-id'), 'S000003', 'a sale came in under a finger');
  assert.deepEqual(await tile('S000002').locator('.head').boundingBox(), place);
  const settled = page.waitForFunction(() => document.querySelector('.right.settling'), null, { polling: 20 });
  await page.mouse.up();
  await settled;
  await page.locator('.lead .tile[data-id=S000004]').waitFor();
  await page.locator('.tile:not(.short)[data-id=S000002]').waitFor(); // what was touched is what opened
  await page.waitForFunction(() => !document.querySelector('.settling'));
  await page.setViewportSize({ width: 1280, height: 800 });

  // An alert is not drawn anew under a finger either, or its tap would be lost; and a menu of the browser holds nothing back.
  await page.evaluate(() => document.querySelector('.alert.weather').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 2 })));
  await tell('/health?printer=' + encodeURIComponent('the paper is out') + '&display=connected');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.locator('.alert.paper').waitFor();
  const alert = await page.locator('.alert.paper').boundingBox();
  await page.mouse.move(alert.x + 10, alert.y + 10);
  await page.mouse.down();
  await tell('/health?printer=' + encodeURIComponent('the cover is open') + '&display=connected');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.waitForResponse((r) => r.url().endsWith('/v1/health'));
  await page.waitForTimeout(200);
  await page.mouse.up();
  await dialog().getByText('paper').waitFor();
  await key('Escape');
  await page.locator('.alert.paper').getByText('cover').waitFor();
  await tell('/health?printer=none&display=connected');

  // Back leads to the till from any page, and a page to another is no step; the till is also where one is after loading anew.
  // What is typed is there yet, with what it was the sum of.
  await hand('100+7');
  await tab('box');
  await page.reload();
  await page.locator('.charge').waitFor();
  assert.equal(await page.locator('.entry').textContent(), '₹107.00');
  await key('Escape');
  await page.locator('.entry.none').waitFor();
  await tab('day');
  await tab('till');
  await page.waitForTimeout(200);
  assert.equal((await state())[0], 'till');
  await tab('day');
  await tab('box');
  await page.goBack();
  await page.locator('.charge').waitFor();
  await page.goForward();
  await page.locator('.line').first().waitFor();
  await tab('till');
  await page.locator('.charge').waitFor();

  // The QR: Escape puts it away and cancels nothing; a scanner charges nothing.
  await button('Show QR', tile('S000003')).click();
  await page.locator('dialog.qr').waitFor();
  for (const k of ['*', 'a', 'Delete', 'Backspace']) await key(k);
  assert.equal(await page.locator('dialog.qr').count(), 1);
  const sent = writes;
  await burst('8901030865278');
  await page.waitForTimeout(100);
  assert.equal(writes, sent, 'a scanner charged over the QR');
  await page.keyboard.press('Escape');
  await page.locator('dialog.qr').waitFor({ state: 'detached' });
  await page.waitForTimeout(100);
  for (let i = 0; i < 3 && await dialog().count(); i++) await key('Escape');

  await tab('box');
  await page.locator('.line').first().waitFor();
  await dialogOf('add a person', () => button('Add').click());
  await dialogOf('a new PIN', () => page.getByRole('button', { name: 'PIN Asha' }).click());
  await dialogOf('remove a person', () => page.getByRole('button', { name: 'Remove Asha' }).click());
  await dialogOf('a pairing code', () => button('New pairing code').click());
  await tab('day');
  await page.locator('.sofar').waitFor();
  await dialogOf('before the Z', () => button('Close the day (Z)').click());
  await dialogOf('the Z', async () => { await button('Close the day (Z)').click(); await button('Next', dialog()).click(); await dialog().locator('input[name=pin]').waitFor(); });
  const sales = await tell('/sales');
  assert.equal(sales.length, 4);
  assert.equal(sales.filter((s) => (s.Phase ?? s.phase) === 'paid').length, 1);
});
