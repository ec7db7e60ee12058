// setup walks the first-run page at the size of a phone, with mistakes on the way, loses it, and gets back in:
// node setup.mjs URL CONTROL SHOTS. GALLA_PICTURES: every picture is kept, in light and dark and in six languages.
import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { launch } from './kit.mjs';

const [, , base, control, shots] = process.argv;
const kit = await launch({ base, control, size: 'phone', shots, ignoreHTTPSErrors: true, viewport: { width: 360, height: 640 } });
const { page, context, tell, press, button, troubles } = kit;
const pictures = Boolean(process.env.GALLA_PICTURES);
const gateways = await tell('/gateways');
let n = 0;

const field = (name) => page.locator(`[name=${name}]`);
const wrong = (name) => page.locator(`#${name}-error`);
const next = () => press(page.locator('#next'));
const at = (step) => page.locator(`section[data-step=${step}]:not([hidden])`).waitFor();
const fill = async (name, text) => { // as a finger does: into the field, and out of it
  await field(name).fill(text);
  await field(name).blur();
};
const says = async (name, text) => {
  await page.waitForFunction(([name, text]) => document.getElementById(name + '-error').textContent.includes(text), [name, text]);
  assert.equal(await field(name).getAttribute('aria-invalid'), 'true');
  assert((await field(name).getAttribute('aria-describedby')).includes(name + '-error'), 'a screen reader is told');
};
const right = (name) => page.waitForFunction((name) => !document.getElementById(name + '-error').textContent, name);
const tried = (provider, how) => page.locator(`[data-provider=${provider}] .found.${how}`).waitFor();

// picture takes the whole page, as a phone high enough would show it.
async function picture(name) {
  await page.setViewportSize({ width: 360, height: Math.max(640, await page.evaluate(() => document.documentElement.scrollHeight)) });
  await page.screenshot({ path: join(shots, name + '.png'), animations: 'disabled' });
  await page.setViewportSize({ width: 360, height: 640 });
}

// look keeps what is on the phone, whole, and measures it.
async function look(name) {
  await page.evaluate(() => scrollTo(0, 0));
  const no = String(++n).padStart(2, '0');
  for (const theme of ['light', 'dark']) {
    await page.evaluate((t) => { document.documentElement.dataset.theme = t; }, theme);
    await picture(`setup-${no}-${name}-phone-en-${theme}`);
    await kit.check(`${name}, ${theme}`);
  }
  await page.evaluate(() => { delete document.documentElement.dataset.theme; });
  await kit.fits(name);
}

// Words in Latin letters that stand on the page in every language: names, keys' beginnings, and what is typed.
const anywhere = new Set(('Galla QR GSTIN GST PIN DEMO API EnKash Razorpay rzp live Counter Asha General Stores Gandhi Road Pune AAPFU ZV '
  + 'generic tcp https pay example com IST USB').split(' '));

async function leaks(name) {
  const found = await page.evaluate(() => {
    const out = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const el = node.parentElement;
      if (!el.closest('[lang=en]:not(html), [lang=und], script, option[lang]') && el.checkVisibility()) out.push(node.textContent);
    }
    return out;
  });
  for (const text of found) for (const word of text.match(/[A-Za-z]{2,}/g) ?? []) if (!anywhere.has(word)) troubles.push(`${name}: "${word}" in "${text.trim().slice(0, 80)}"`);
}

await kit.run(async () => {
  // In: a wrong code, then the right one.
  await page.goto(base + '/');
  await page.getByLabel('Code on the till').fill('0000-0000');
  await press(button('Open'));
  await page.getByText('This is not the code').waitFor();
  await look('door');
  await page.getByLabel('Code on the till').fill((await tell('/')).code);
  await press(button('Open'));
  await at('shop');
  await page.getByText('Step 1 of 6').waitFor();
  await page.locator('#offer').getByText('the copy of 29 Nov 2026, 18:00:00, with 309 entries').waitFor(); // box.md 2: a stick brought it
  assert(await field('restore').isChecked());
  await look('shop');

  // The shop: what is wrong stands beside its field, when the field is left, and keeps one from going on.
  await next();
  await says('shop', 'Type the name');
  await fill('shop', 'Asha General Stores');
  await right('shop');
  await fill('gstin', '27AAPFU0939F1ZA');
  await says('gstin', 'mistyped');
  await fill('gstin', '27AAPFU0939');
  await says('gstin', 'has 15 characters; this has 11');
  assert.notEqual(await field('terminal').inputValue(), '', 'a name for the box is proposed'); // corners.md 10
  await fill('terminal', 'box 2');
  await says('terminal', 'letters, digits or dashes');
  await next();
  await at('shop');
  await look('shop-wrong');

  // What stands above is said in the language that is chosen, and goes once nothing is wrong.
  await page.locator('#say', { hasText: 'Correct what is marked' }).waitFor();
  await page.locator('#language').selectOption('ta');
  await page.waitForFunction(() => document.documentElement.lang === 'ta');
  assert.equal(await page.locator('#say', { hasText: 'Correct' }).count(), 0, 'the banner stays in the other language');
  await page.locator('#language').selectOption('en');
  await page.locator('#say', { hasText: 'Correct what is marked' }).waitFor();

  // An answer that comes late marks nothing that was corrected since.
  let first = true, late;
  await page.route('**/v1/setup/check', async (route) => {
    if (first) late = new Promise((done) => setTimeout(done, 1000));
    const wait = first && late;
    first = false;
    await wait;
    await route.continue();
  });
  await fill('gstin', '27AAPFU0939F1ZA');
  await fill('gstin', '27AAPFU0939F1ZV');
  await right('gstin');
  await late;
  await page.waitForTimeout(300);
  assert.equal(await wrong('gstin').textContent(), '', 'a late answer marks what was corrected');
  await page.unroute('**/v1/setup/check', { behavior: 'wait' });
  await fill('gstin', '27aapfu0939f1zv');
  await right('gstin');
  await fill('terminal', 'Counter-2');
  await right('terminal');
  await fill('address', '12 Gandhi Road\nPune 411001');
  await next();

  // The clock: three days behind, and the box can't set it; then it can.
  await at('clock');
  await page.getByText('3 days behind').waitFor();
  await look('clock');
  await press(page.locator('#clock-set'));
  await page.locator('#clock-command:not([hidden])').waitFor();
  assert.match(await page.locator('#clock-command').textContent(), /sudo timedatectl set-time "\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"/);
  await look('clock-stays');
  await tell('/loose');
  await press(page.locator('#clock-set'));
  await page.getByText('The till’s clock is right now.').waitFor();
  await look('clock-set');
  await next();

  // The gateway: an address that can't be one, at once; keys that are refused, where they were typed; then those that work.
  await at('gateway');
  await look('gateway');
  await page.getByRole('radio', { name: 'EnKash' }).check();
  await fill('enkash_url', 'http://pay.example.com');
  await says('enkash_url', 'looks like https://');
  await fill('enkash_url', 'http://127.0.0.1:1');
  await right('enkash_url');
  await fill('access_key', gateways.access_key);
  await fill('secret_key', 'wrong hunter2');
  await says('secret_key', 'blank');
  await fill('secret_key', 'wrong-hunter2');
  await tried('enkash', 'bad'); // tried on leaving the field: nothing was pressed
  await says('enkash_url', 'Nothing answers at this address');
  await look('gateway-away');
  await fill('enkash_url', gateways.enkash);
  await says('secret_key', 'EnKash refuses these keys');
  await right('enkash_url');
  await look('gateway-refused');
  await next();
  await at('gateway');

  // Loaded again in the middle: the same step, with all that was typed, and the keys are tried again.
  await page.waitForTimeout(600);
  await page.reload();
  await at('gateway');
  assert.deepEqual([await field('access_key').inputValue(), await field('secret_key').inputValue(), await field('enkash_url').inputValue(), await page.getByRole('radio', { name: 'EnKash' }).isChecked()],
    [gateways.access_key, 'wrong-hunter2', gateways.enkash, true]);
  assert.deepEqual(await page.evaluate(() => [document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)]), ['', '{}', '{}'], 'a script reads the token, or a key is kept in the browser');
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite], ['__Host-galla-setup', true, true, 'Strict']);
  await fill('secret_key', gateways.secret_key);
  await tried('enkash', 'good');
  await right('secret_key');
  await look('gateway-good');

  // A second one, with test keys first, which are for practice alone.
  await page.getByLabel('A second gateway').check();
  await fill('razorpay_url', gateways.razorpay);
  await fill('key_id', gateways.test_id);
  await fill('key_secret', 'galla-sim-test-secret');
  await tried('razorpay', 'bad');
  await page.locator('[data-provider=razorpay] .bad', { hasText: 'These are test keys' }).first().waitFor();
  await look('gateway-test');
  await page.getByLabel('For practice').check();
  await tried('razorpay', 'good');
  await page.getByText('Test keys, for practice only.').waitFor();
  await page.getByLabel('For practice').uncheck();
  await fill('key_id', gateways.key_id);
  await fill('key_secret', gateways.key_secret);
  await tried('razorpay', 'good');
  await next();

  // The printer: one of the network, by its name.
  await at('printer');
  await look('printer');
  await field('port').selectOption('other');
  await fill('port_name', '192.168.1.50');
  await says('port_name', 'No printer has such a name');
  await next();
  await at('printer');
  await look('printer-wrong');
  await fill('port_name', 'tcp:192.168.1.50');
  await right('port_name');
  await page.getByLabel('A receipt for every paid sale').check();
  await next();
  await at('screen');
  await field('first').selectOption('mr');
  await field('second').selectOption('en');
  await field('rotate').selectOption('90');
  await look('screen');
  await next();

  // All of it once more; back by the browser's own button, and by the row.
  await at('last');
  await page.getByText('tcp:192.168.1.50 · generic58').waitFor();
  await look('last');
  await page.goBack();
  await at('screen');
  await page.goForward();
  await at('last');
  await press(button('Change: The shop'));
  await at('shop');
  assert.equal(await field('gstin').inputValue(), '27aapfu0939f1zv');

  // Each step in the other languages, whole.
  for (const language of ['hi', 'mr', 'ta', 'te', 'bn']) {
    await page.locator('#language').selectOption(language);
    await page.waitForFunction((l) => document.documentElement.lang === l && document.title !== 'Set up this till', language);
    for (const step of ['shop', 'clock', 'gateway', 'printer', 'screen', 'last']) {
      await at(step);
      if (step === 'gateway') { await tried('enkash', 'good'); await tried('razorpay', 'good'); }
      await page.evaluate(() => scrollTo(0, 0));
      await kit.fits(`${step}, ${language}`);
      await leaks(`${step}, ${language}`);
      if (pictures || language === 'hi' || language === 'ta') await picture(`setup-${step}-phone-${language}-light`);
      if (step !== 'last') await next();
    }
    await page.locator('#summary button').first().tap();
  }
  await page.locator('#language').selectOption('en');
  await page.waitForFunction(() => document.title === 'Set up this till');

  // On its side nothing is covered.
  await page.setViewportSize({ width: 640, height: 360 });
  await kit.fits('shop, on its side');
  await page.setViewportSize({ width: 360, height: 640 });

  // The browser forgot all: whoever stands at the box asks for a code on its screen, and is straight in by scanning it.
  await context.clearCookies();
  await page.reload();
  await button('No code on the screen? Show one').waitFor();
  assert.equal((await tell('/')).code, '');
  await press(button('No code on the screen? Show one'));
  await page.getByText('The code is on the till’s screen now').waitFor();
  await look('door-asked');
  const { secret } = await tell('/');
  await page.goto('about:blank');
  await page.goto(base + '/#' + secret);
  await at('shop'); // nothing was tapped
  assert.equal(await field('shop').inputValue(), '', 'what somebody else typed');
  assert.equal(page.url(), base + '/', 'the secret stays in the address');

  // Once more, quickly, to the end.
  await fill('shop', 'Asha General Stores');
  await fill('gstin', '27AAPFU0939F1ZV');
  await fill('terminal', 'Counter-2');
  await next();
  await at('clock');
  await page.getByText('The clocks agree.').waitFor();
  await next();
  await at('gateway');
  await page.getByRole('radio', { name: 'EnKash' }).check();
  await page.getByLabel('A second gateway').check();
  for (const [name, value] of [['access_key', 'access_key'], ['secret_key', 'secret_key'], ['enkash_url', 'enkash'], ['key_id', 'key_id'], ['key_secret', 'key_secret'], ['razorpay_url', 'razorpay']]) await fill(name, gateways[value]);
  await next(); // before the last look has ended: Next waits for it
  await at('printer');
  await field('port').selectOption('other');
  await fill('port_name', 'tcp:192.168.1.50');
  await page.getByLabel('A receipt for every paid sale').check();
  await next();
  await at('screen');
  await field('first').selectOption('mr');
  await field('second').selectOption('en');
  await field('rotate').selectOption('90');
  await next();
  await at('last');
  assert.deepEqual(await tell('/handed'), null, 'nothing is handed on before the button');
  await press(button('Set the till up'));
  await page.getByText('The till writes this down').waitFor();

  // Loaded again meanwhile; root could not write it; then it could.
  await page.reload();
  await page.getByText('The till writes this down').waitFor();
  await look('writing');
  await tell('/state?is=done');
  await page.getByText('The till is set up').waitFor();
  await look('end');
  assert.equal(await button('Open the till').count(), 1);
});
