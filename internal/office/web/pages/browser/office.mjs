// office walks the office's pages: each at this size, in English light and dark with axe, in five languages measured
// and searched for English words; a day by the keyboard alone; how narrow a screen may be; what each role sees.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { launch } from '../../../../counter/browser/kit.mjs';

const [base, control, size, shots] = process.argv.slice(2);
const secret = 'stone lamp river nine';
const kit = await launch({ base, control, size, shots, ignoreHTTPSErrors: true, ...(size === 'phone' && { viewport: { width: 360, height: 740 } }) });
const { page, press, button, dialog, phone } = kit;
const started = Date.now();

// Names of the shops, people and things that stand in English letters in every language.
const names = new Set(('Andheri West Bandra Chembur Dadar TT Ghatkopar Koregaon Park Pune Laxmi Road Mulund Nashik Powai Thane Vashi Worli Zaveri Bazaar Counter '
  + 'Kirana Stores Imran Venkatanarasimharaju GSTIN GST TEST shop Ravi Meena Asha enkash csv AAPFU ZV root Go export sudo galla office join days sales refunds gst').split(' '));

async function signIn(name) {
  await page.goto(base + '/');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(secret);
  await press(button('Sign in'));
  await page.locator('nav').waitFor();
}

const still = async () => {
  await page.waitForFunction(() => !document.querySelector('#page [aria-busy=true]') && document.querySelector('#page h1'));
};
async function go(hash) {
  await page.evaluate((h) => { location.hash = h; }, hash);
  await page.waitForFunction((h) => document.querySelector('#app').dataset.here === h.split('/')[0], hash);
  await still();
}

// unfold opens what is folded on the owner's page.
async function unfold() {
  const folded = page.locator('#page details:not([open]) > summary');
  while (await folded.count()) await press(folded.first());
}

// translated finds words in Latin letters on a page in another language.
async function translated(where) {
  const before = kit.troubles.length;
  await kit.leaks(where);
  const rest = kit.troubles.splice(before).filter((line) => {
    const word = /: "([A-Za-z]+)" in/.exec(line)?.[1];
    return !names.has(word) && !/^[a-z]{16}$/.test(word) && !/code\.|https/.test(line);
  });
  kit.troubles.push(...rest);
}

await kit.run(async () => {
  await page.goto(base + '/');
  await page.getByLabel('Name').waitFor();
  await kit.look('signin', true);
  await page.getByLabel('Name').fill('Ravi');
  await page.getByLabel('Password').fill('not the right one');
  await press(button('Sign in'));
  await dialog().getByText(/name or password is wrong/i).waitFor();
  await kit.look('signin-wrong');
  await press(button('OK', dialog()));
  await signIn('Ravi');
  await still();
  assert.equal(await page.locator('.sofar .amount').count(), 1);

  const box = await kit.tell('/terminal?counter=shop-02/1'), behind = await kit.tell('/terminal?counter=shop-04/1');
  const places = { chain: 'chain', shop: 'shop/shop-04', box: 'box/' + box, sales: 'sales', boxes: 'boxes', you: 'you' };

  // A box waits while the pages are looked at.
  await go('boxes');
  await page.getByLabel('Shop').fill('zaveri');
  await press(button('Find'));
  await page.locator('details[data-shop=shop-14][open]').waitFor();
  await press(button('Code Zaveri Bazaar Counter 1'));
  await dialog().getByText('One box can use it').waitFor();
  await kit.look('code');
  const code = await dialog().locator('h2').textContent();
  await press(button('OK', dialog()));
  await kit.tell('/join?code=' + code);
  await go('you');
  await go('boxes');
  await page.getByText('says it is in Andheri').waitFor();

  for (const [name, hash] of Object.entries(places)) {
    await go(hash);
    if (name === 'chain') {
      await unfold();
      await page.locator('table.gst tbody tr').first().waitFor();
      await still();
    }
    if (name === 'sales') {
      await page.getByRole('searchbox').fill('1129-2');
      await press(button('Find'));
      await page.locator('.entryrow').first().waitFor();
    }
    await kit.look(name, true);
  }
  await go('box/' + behind);
  await kit.look('box-behind', true);

  for (const language of ['hi', 'mr', 'ta', 'te', 'bn']) {
    await go('you');
    await page.locator('select[name=language]').selectOption(language);
    await page.waitForFunction((l) => document.documentElement.lang === l, language);
    for (const [name, hash] of Object.entries(places)) {
      await go(hash);
      if (name === 'chain') {
        await unfold();
        await page.locator('table.gst tbody tr').first().waitFor();
        await still();
      }
      await kit.fits(`${name} ${language}`);
      await translated(`${name} ${language}`);
      if (['chain', 'boxes', 'box'].includes(name)) await kit.shot(`${name}-${language}`, true);
    }
  }
  await go('you');
  await page.locator('select[name=language]').selectOption('en');
  await page.waitForFunction(() => document.documentElement.lang === 'en');

  // What must fit on the narrowest telephones.
  if (phone) {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const [name, hash] of Object.entries(places)) {
      await go(hash);
      await kit.fits(`${name} at 320`);
    }
    await page.setViewportSize({ width: 360, height: 740 });
  }

  // A file, read back.
  await go('chain');
  await still();
  const [file] = await Promise.all([page.waitForEvent('download'), press(page.getByRole('link', { name: 'Sales (CSV)' }))]);
  const lines = readFileSync(await file.path(), 'utf8').split('\r\n').length > 1 ? 0 : readFileSync(await file.path(), 'utf8').split('\n').length;
  assert.ok(lines > 100 && /^galla-office-sales-.*\.csv$/.test(file.suggestedFilename()), `${file.suggestedFilename()} has ${lines} lines`);

  if (!phone) await keyboard();

  // What a viewer may not, is not there.
  await page.keyboard.press('Escape');
  await go('you');
  await press(button('Sign out'));
  await page.getByLabel('Name').waitFor();
  await signIn('Asha');
  await still();
  assert.equal(await page.getByRole('link', { name: /CSV/ }).count(), 0);
  assert.equal(await page.locator('nav [data-page=boxes]').count(), 0);
  await go('you');
  await page.evaluate(() => { location.hash = 'boxes'; });
  await page.waitForFunction(() => document.querySelector('#app').dataset.here === 'chain');
  await still();
  console.log(`${size}: ${kit.pictures()} pictures, ${Math.round((Date.now() - started) / 1000)} s`);
});

// keyboard does an owner's morning without a mouse: signs in, reads what waits, opens a shop and its box, lets a box
// in, adds a person.
async function keyboard() {
  const key = (k) => page.keyboard.press(k);
  // to goes on with Tab until a control has the focus.
  async function to(name) {
    for (let i = 0; i < 200; i++) {
      const at = await page.evaluate(() => { const e = document.activeElement; return (e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent ?? '').trim(); });
      if (at.startsWith(name)) return;
      await key('Tab');
    }
    throw new Error(`Tab never comes to ${name}`);
  }
  await go('you');
  await to('Sign out');
  await key('Enter');
  await page.getByLabel('Name').waitFor();
  await page.waitForFunction(() => document.activeElement?.name === 'name');
  await page.keyboard.type('Ravi');
  await key('Tab');
  await page.keyboard.type(secret);
  await key('Enter');
  await page.locator('.sofar').waitFor();
  await key('Alt+1');
  await still();
  await to('Dadar TT');
  await key('Enter');
  await page.waitForFunction(() => document.querySelector('#app').dataset.here === 'shop');
  await still();
  await to('Counter 1');
  await key('Enter');
  await page.waitForFunction(() => document.querySelector('#app').dataset.here === 'box');
  await still();
  await key('Alt+2');
  await page.waitForFunction(() => document.querySelector('#app').dataset.here === 'sales');
  await to('Amount, RRN');
  await page.keyboard.type('1129-3');
  await key('Enter');
  await page.locator('.entryrow').first().waitFor();
  await key('Alt+3');
  await page.getByText('says it is in Andheri').waitFor();
  const before = await kit.tell('/joined');
  await to('Let in');
  await key('Enter');
  await dialog().waitFor();
  await kit.look('let-in');
  await key('Tab');
  await to('Let in');
  await key('Enter');
  await dialog().waitFor({ state: 'detached' });
  for (let i = 0; i < 50 && (await kit.tell('/joined')) === before; i++) await page.waitForTimeout(50);
  assert.equal(await kit.tell('/joined'), before + 1, 'the box was let in by the keyboard');
  await key('Alt+4');
  await page.waitForFunction(() => document.querySelector('#app').dataset.here === 'you');
  await still();
  await to('Add a person');
  await key('Enter');
  await dialog().waitFor();
  const slow = { delay: 60 }; // what comes faster in a dialog is taken for a scanner's
  await page.keyboard.type('Imran', slow);
  await key('Tab');
  await key('Tab');
  await page.keyboard.type('four other words', slow);
  await key('Tab');
  await page.keyboard.type(secret, slow);
  await kit.look('person');
  await page.waitForTimeout(120);
  await key('Enter');
  await page.locator('.line', { hasText: 'Imran' }).waitFor();
}
