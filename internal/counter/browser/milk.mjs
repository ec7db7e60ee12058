// milk is a month of a dairy by an owner's clicks: node milk.mjs URL CONTROL desktop SHOTS
// Three customers are debited each week. In the second week one debit fails, in the third one customer pauses, in the fourth one is revoked.
import { strict as assert } from 'node:assert';
import { launch } from './kit.mjs';

const [, , base, control, size, shots] = process.argv;
const kit = await launch({ base, control, size, shots: shots + '/milk' });
const { page, tell, press, button, dialog, look } = kit;
const script = (line) => tell('/script?line=' + encodeURIComponent(line));
const known = {}; // the reference of each customer's mandate, by name
const card = (name) => page.locator('.mandate').filter({ has: page.getByRole('heading', { name: `Milk · ${name}` }) });

// on goes to a day: the box is switched off and on again, and the owner signs in.
async function on(day, clock) {
  const today = await tell(`/at?day=${day}&clock=${clock}`);
  await page.goto(base + '/');
  await page.locator('.charge').or(page.getByRole('radio', { name: 'Ravi' })).waitFor();
  if (!(await page.locator('.charge').count())) await kit.signIn('Ravi', '2580');
  await page.locator('.charge').waitFor();
  await kit.tab('mandates');
  return today;
}

async function fill(fields) {
  for (const [name, value] of Object.entries(fields)) {
    const at = dialog().locator(`[name=${name}]`);
    if (typeof value === 'boolean') await at.setChecked(value);
    else if ((await at.evaluate((el) => el.tagName)) === 'SELECT') await at.selectOption(value);
    else await at.fill(value);
  }
}

async function ask(name, amount, exact, weekday, from) {
  const later = (days) => new Date(Date.parse(from) + days * 86400000).toISOString().slice(0, 10);
  await press(button('New mandate'));
  await fill({ name: 'Milk', payer: name, vpa: name.toLowerCase() + '@okaxis', account: '123456789012', amount, exact, period: 'WEEKLY', day: String(weekday), by: later(2), start: from, end: later(365) });
  if (name === 'Rahul') await look('mandate-new');
  await press(button('New mandate', dialog()));
}

async function make(name, ...terms) {
  await ask(name, ...terms);
  await card(name).getByText('The payer has not approved it yet.').waitFor();
  known[name] = (await tell('/mandates')).find((m) => m.mandate.payer_name === name).mandate.reference;
}

// debit starts a debit that is due, with a manager's PIN.
async function debit(name) {
  await press(button('Debit now', card(name)));
  await kit.approve('8642');
  await dialog().waitFor({ state: 'detached' });
}

// told waits until the box, or the owner, has told a payer.
const told = (name, amount) => card(name).getByText(`The payer was told of ₹${amount}`).waitFor();

// close looks at the day's X, and closes the day.
async function close(sum, nth) {
  await kit.tab('day');
  await page.locator('.sofar .amount').getByText(sum, { exact: true }).waitFor();
  await press(button('Close the day (Z)'));
  await press(button('Next', dialog()));
  await kit.approve('8642');
  const z = page.locator('details.card').filter({ has: page.locator('summary', { hasText: `Closed days (Z) (${nth})` }) });
  await press(z.locator('> summary'));
  const newest = z.locator('details').first();
  await press(newest.locator('summary'));
  await newest.getByRole('row', { name: new RegExp('Came by UPI.*' + sum) }).waitFor();
}

// A debit never fills the page with "Paid": the cashier would take it for the customer in front of him.
await page.addInitScript(() => {
  globalThis.flashes = 0;
  new MutationObserver(() => { if (document.querySelector('.flash')) globalThis.flashes++; }).observe(document, { subtree: true, childList: true });
});

await kit.run(async () => {
  await page.goto(base + '/');
  await kit.pair(await tell('/code'));
  await kit.signIn('Ravi', '2580');
  await page.locator('.charge').waitFor();

  const first = await on(0, '10h5m');
  const weekday = ((first.weekday + 1) % 7) + 1; // of the day after tomorrow
  await make('Rahul', '600', true, weekday, first.day);
  await make('Usha', '600', false, weekday, first.day);
  await make('Asha', '450', true, weekday, first.day);
  await press(button('Plan', card('Rahul')));
  await fill({ auto: true, your_pin: '2580' });
  await press(button('OK', dialog()));
  await look('mandates-waiting', true);
  for (const name of ['Rahul', 'Usha', 'Asha']) await script('mandate approve ' + known[name]);

  let last;
  for (const week of [0, 1, 2, 3]) {
    const day = 7 * week + 2;
    if (week === 2) await script('mandate pause ' + known.Asha);
    if (week === 3) await script('mandate resume ' + known.Asha);

    await on(day - 1, '10h'); // the day before
    if (week < 3) await told('Rahul', '600.00');
    if (week === 2) await card('Asha').getByText('The payer has paused it.').waitFor();
    else await told('Asha', '450.00');
    await card('Usha').getByText('its amount is not known').waitFor();
    await press(button('Tell the payer', card('Usha')));
    await fill({ amount: '540' });
    await press(button('Tell the payer', dialog()));
    await told('Usha', '540.00');
    if (week === 3) {
      await press(button('Revoke', card('Rahul')));
      await fill({ remarks: 'moved away' });
      await press(button('Revoke', dialog()));
      await card('Rahul').getByText('It was revoked.').waitFor();
    }
    if (week === 2) await look('paused', true);

    last = (await on(day, '11h')).day;
    const today = last.slice(5).replace('-', '');
    const line = (name) => card(name).locator('.line').filter({ hasText: today + '-' });
    if (week < 3) await line('Rahul').getByText('₹600.00 was debited').waitFor(); // by itself
    if (week === 1) await script('knob debit_fails 100');
    await debit('Usha');
    if (week === 1) {
      await line('Usha').getByText('No money moved').waitFor();
      await script('knob debit_fails 0');
    } else {
      await line('Usha').getByText('₹540.00 was debited').waitFor();
    }
    if (week !== 2) {
      await debit('Asha');
      await line('Asha').getByText('₹450.00 was debited').waitFor();
    }
    assert.equal(await button('Debit now').count(), 0, 'nothing more is due');
    if (week === 1) await look('failed', true);
    if (week === 3) await look('revoked', true);
    assert.equal(await page.evaluate(() => globalThis.flashes), 0);
    await close(['₹1,590.00', '₹1,050.00', '₹1,140.00', '₹990.00'][week], week + 1);
    if (week === 1) await kit.shot('day-with-debits');
  }

  // An answer is lost, and the gateway of these paths can't be asked again: a person says how it ended.
  await script('on enkash mandate-create * lose-answer');
  await kit.tab('mandates');
  await ask('Kiran', '300', true, weekday, last);
  await dialog().getByText('Whether this mandate was made is not known.').waitFor();
  await press(button('OK', dialog()));
  const unsure = page.locator('.unsure');
  await unsure.getByText('Whether this mandate was made is not known.').waitFor();
  await look('unsure', true);
  await press(button('It was not done', unsure));
  await kit.approve('8642');
  await unsure.waitFor({ state: 'detached' });
});
