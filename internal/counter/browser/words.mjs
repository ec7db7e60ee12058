// words shows every page and state in every language: no English is left over, nothing is cut off, and axe finds nothing
// serious: node words.mjs URL CONTROL phone|desktop SHOTS
import { launch } from './kit.mjs';

const [, , base, control, size, shots] = process.argv;
const kit = await launch({ base, control, size, shots: shots + '/words' });
const { page, tell, press, dialog, tile, tab } = kit;
const yes = () => dialog().locator('button').last(), no = () => dialog().locator('button').first();

await kit.run(async () => {
  await page.goto(base + '/');
  for (const language of ['hi', 'mr', 'ta', 'te', 'bn']) { // before anybody is known: the browser's language, remembered
    await page.evaluate((l) => localStorage.setItem('galla.language', l), language);
    await page.reload();
    await page.locator('input[name=code]').waitFor();
    await kit.leaks(`pairing in ${language}`);
    await kit.shot(`pairing-${language}`, true);
  }
  await page.evaluate(() => localStorage.setItem('galla.language', 'en'));
  await page.reload();
  await kit.pair(await tell('/code'));
  await kit.signIn('Ravi', '2580');
  await page.locator('.charge').waitFor();
  let sold = 0;
  const sell = async (amount) => {
    await page.keyboard.type(amount);
    await page.keyboard.press('Enter');
  };
  await sell('250');
  await tile('S000001').waitFor();
  await tell('/pay?sale=S000001');
  await sell('99.5');
  await tile('S000002').waitFor();
  await press(kit.button('Cancel sale', tile('S000002')));
  await press(kit.button('Yes', dialog()));
  await tile('S000002').getByText('nothing was paid').waitFor();
  await tell('/pay?sale=S000002');
  await kit.inbox();
  await sell('95000');
  await tile('S000003').getByText('scan the QR').waitFor();
  await sell('70');
  await tile('S000004').waitFor();
  await tell('/begin?sale=S000004');
  await tile('S000004').getByText('confirming').waitFor();
  await sell('42');
  await tile('S000005').waitFor();
  await tell('/expire?sale=S000005');
  await page.locator('.floor .tile.closed[data-id=S000005]').waitFor();

  for (const language of ['en', 'hi', 'mr', 'ta', 'te', 'bn']) {
    const look = async (name, whole = true) => {
      await kit.look(`${name}-${language}`, whole);
      if (language !== 'en') await kit.leaks(`${name} in ${language}`);
    };
    await kit.speak(language);
    await look('box');
    await tab('till');
    await page.locator('.floor .tile').first().waitFor();
    await look('till');
    const size = page.viewportSize();
    await page.setViewportSize({ width: 640, height: 360 }); // on its side the tiles have the least room
    await kit.fits(`till on its side-${language}`);
    await page.setViewportSize({ width: 360, height: 640 });
    await page.locator('.inbox').waitFor({ state: 'hidden' }); // the page has noticed its size: a press before is one too many
    await kit.inbox();
    await kit.fits(`inbox of a small phone-${language}`);
    await page.setViewportSize(size);
    if (kit.phone) await page.keyboard.press('Escape');
    await page.keyboard.type('1250+3.5', { delay: 40 }); // a hand
    await look('typing', false);
    await page.keyboard.press('Escape');
    const twin = String(300 + sold++); // a sale of the last two minutes, and the same amount again: asked about
    await sell(twin);
    await page.locator('.entry.none').waitFor();
    await sell(twin);
    await dialog().waitFor();
    await look('twice', false);
    await press(no());
    await page.keyboard.press('Escape');
    await kit.whole('S000003');
    await press(tile('S000003').locator('.row button').nth(1));
    await dialog().waitFor();
    await look('cancel', false);
    await press(no());
    await kit.inbox();
    await press(page.locator('.inbox .danger'));
    await dialog().locator('input[name=pin]').fill('0007');
    await look('approval', false);
    await press(yes());
    await dialog().locator('p, h2').first().waitFor();
    await page.waitForFunction(() => !document.querySelector('dialog input'));
    await look('refused', false);
    await press(yes());
    await tab('history');
    await page.locator('.list .sale').first().waitFor();
    await press(page.locator('.list summary').nth(3));
    await page.locator('.list .tile').waitFor();
    await look('history');
    await tab('day');
    await page.locator('.report').first().waitFor();
    await look('day');
    await tab('health');
    await page.locator('h1').waitFor();
    await look('health');
    await kit.tab('till');
    await tell('/halt');
    await page.locator('#lost:not([hidden]):not(.back)').waitFor();
    await look('lost', false);
    await tell('/start');
    await page.locator('#lost.back').waitFor();
    await kit.shot(`again-${language}`);
    await page.locator('#lost').waitFor({ state: 'hidden' });
    await tell('/forgive'); // or six languages would make too many wrong PINs
  }
  await tab('box');
  await press(page.locator('.page .row button').nth(1)); // signs out
  await page.locator('.who').waitFor();
  for (const language of ['hi', 'mr', 'ta', 'te', 'bn']) {
    await page.evaluate((l) => localStorage.setItem('galla.language', l), language);
    await page.reload();
    await page.locator('.who').waitFor();
    await kit.leaks(`sign-in in ${language}`);
    await kit.shot(`sign-in-${language}`, true);
  }
});
