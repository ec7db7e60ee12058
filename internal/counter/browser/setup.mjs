// setup opens the first-run page, loses it, and gets back in: node setup.mjs URL CONTROL SHOTS
import { strict as assert } from 'node:assert';
import { launch } from './kit.mjs';

const [, , base, control, shots] = process.argv;
const kit = await launch({ base, control, size: 'phone', shots: shots + '/setup', ignoreHTTPSErrors: true });
const { page, context, tell, press, button } = kit;

await kit.run(async () => {
  await page.goto(base + '/');
  await page.getByLabel('Code on the till').fill('0000-0000');
  await press(button('Open'));
  await page.getByText('this is not the code').waitFor();
  await page.getByLabel('Code on the till').fill((await tell('/')).code);
  await press(button('Open'));
  const shop = page.getByLabel('Name, as customers read it');
  await shop.fill('Asha General Stores');
  await page.getByLabel('Key secret').fill('hunter2-hunter2');
  await page.getByLabel('A receipt for every paid sale').check();
  await page.getByLabel('Second language').selectOption('mr');
  await kit.shot('typed', true);
  assert.deepEqual(await page.evaluate(() => [document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)]), ['', '{}', '{}'], 'a script reads the token, or a key is kept in the browser');
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite], ['__Host-galla-setup', true, true, 'Strict']);

  // The page is loaded again, at once: nothing is lost, and no code is asked for.
  await page.reload();
  await shop.waitFor();
  assert.deepEqual([await shop.inputValue(), await page.getByLabel('Key secret').inputValue(), await page.getByLabel('A receipt for every paid sale').isChecked(), await page.getByLabel('Second language').inputValue()],
    ['Asha General Stores', 'hunter2-hunter2', true, 'mr']);
  await kit.shot('again', true);

  // The browser forgot all: whoever stands at the box asks for a code on its screen, and scans it.
  await context.clearCookies();
  await page.reload();
  await button('No code on the screen? Show one').waitFor();
  assert.equal((await tell('/')).code, '');
  await press(button('No code on the screen? Show one'));
  await page.getByText('The code is on the till').waitFor();
  await kit.shot('fresh-code');
  const { secret } = await tell('/');
  await page.goto('about:blank');
  await page.goto(base + '/#' + secret);
  await shop.waitFor();
  assert.equal(await shop.inputValue(), '', 'what somebody else typed');
  assert.equal(page.url(), base + '/', 'the secret stays in the address');
});
