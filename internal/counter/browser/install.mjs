// install takes the console for an app over TLS, with the box's certificate trusted as a phone's owner would, and without:
// node install.mjs URL CONTROL trusted|stranger SHOTS
import { strict as assert } from 'node:assert';
import { launch } from './kit.mjs';

const [, , base, control, how, shots] = process.argv;
const trusted = how === 'trusted';
const kit = await launch({ base, control, size: 'phone', shots: shots + '/install-' + how, ignoreHTTPSErrors: !trusted });
const { page, tell, context, press } = kit;

await kit.run(async () => {
  // The QR on the customer's screen opens this address.
  const offered = await tell('/offer');
  assert(offered.link.startsWith(base + '/#pair='), offered.link);
  await page.goto(offered.link);
  await page.locator('input[name=device]').waitFor();
  assert.equal(await page.locator('input[name=code]').count(), 0, 'nobody types what the camera read');
  assert.equal(page.url(), base + '/', 'the code stays in the address');
  await page.getByText(offered.fingerprint).waitFor();
  await kit.look('paired-by-qr', true);
  await press(kit.button('Pair this device'));
  await kit.letIn();
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite, cookie.path], ['__Host-galla', true, true, 'Strict', '/']);
  await kit.signIn('Asha', '1379');
  await page.getByText('No sales yet').waitFor();
  await kit.tab('box');
  await page.getByText(offered.fingerprint).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), press(page.getByText('galla.crt'))]);
  assert.equal(download.suggestedFilename(), 'galla.crt');
  await kit.tab('till');

  const cdp = await context.newCDPSession(page);
  if (!trusted) {
    // A certificate nobody trusts: the console works, and is no app.
    assert.equal(await page.evaluate(() => navigator.serviceWorker.getRegistration().then((r) => !!r)), false);
    const told = kit.troubles.findIndex((line) => line.includes('SSL certificate error occurred when fetching the script'));
    assert(told >= 0, 'the browser says why');
    kit.troubles.splice(told, 1);
    return;
  }
  await page.evaluate(() => navigator.serviceWorker.ready);
  const errors = (await cdp.send('Page.getInstallabilityErrors')).installabilityErrors.map((e) => e.errorId).filter((e) => e !== 'in-incognito');
  assert.deepEqual(errors, [], 'Chromium would not install it');
  const manifest = await cdp.send('Page.getAppManifest');
  assert.deepEqual(manifest.errors, []);
  assert.equal(JSON.parse(manifest.data).display, 'standalone');

  // The box is away: the app opens all the same, says so, and shows nothing old as if it were true.
  await page.reload();
  await page.getByText('No sales yet').waitFor();
  await tell('/halt');
  await page.reload();
  await page.getByRole('alert').getByText('Connection lost').waitFor();
  await kit.look('opened-without-the-box');
  await tell('/start');
  await page.getByText('No sales yet').waitFor();
});
