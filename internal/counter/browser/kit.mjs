// kit is what the scripts share: a browser of a size, the shop's other address, and a close look at every state.
import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { measure } from './measure.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Words in Latin letters that stand on the pages of every language: names, keys, and what India calls by its English letters.
const anywhere = new Set(('galla crt Galla Asha Meena Ravi Enter Esc Alt RRN UPI QR CSV JSONL PDF DEMO SHA CA BILL PC X Z C A English '
  + 'Paytm upi https Chromium Venkatanarasimharajuvaripetaparthasarathi').split(' '));

// begin starts Chromium. Debian's dies of a segmentation fault at one start of some hundred, before it has seen a page: that is no finding.
async function begin(profile, options) {
  for (let left = 2; ; left--) {
    try {
      return await chromium.launchPersistentContext(profile, options);
    } catch (e) {
      if (left === 0 || !/signal=SIGSEGV/.test(e.message)) throw e;
      console.error('Chromium died at its start; once more');
    }
  }
}

export async function launch({ base, control, size, shots, args = [], home, ...options }) {
  const phone = size === 'phone';
  const profile = mkdtempSync(join(tmpdir(), 'galla-chromium-'));
  mkdirSync(shots, { recursive: true });
  const context = await begin(profile, {
    executablePath: '/usr/bin/chromium', headless: true, locale: 'en-IN', timezoneId: 'Asia/Kolkata', acceptDownloads: true,
    viewport: phone ? { width: 390, height: 780 } : { width: 1280, height: 800 }, hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...args],
    ...(home && { env: { ...process.env, HOME: home } }), ...options,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(20000);
  const troubles = [];
  page.on('pageerror', (e) => troubles.push('page: ' + e.message));
  page.on('console', (m) => { if (m.type() === 'error' && !/Failed to load resource|ERR_|net::/.test(m.text())) troubles.push('console: ' + m.text()); });
  page.on('request', (r) => { if (!r.url().startsWith(base) && !/^(data|chrome):/.test(r.url())) troubles.push('foreign request: ' + r.url()); });
  let n = 0;

  const kit = {
    context, page, phone, troubles,
    pictures: () => n,
    tell: async (path) => (await (await fetch(control + path)).json()),
    press: (locator) => (phone ? locator.tap() : locator.click()),
    button: (name, within = page) => within.getByRole('button', { name, exact: true }),
    tile: (id) => page.locator(`.floor .tile[data-id=${id}]`),
    dialog: () => page.getByRole('dialog'),

    check,
    // shot keeps what is on the screen now: the window, as the cashier sees it, or the whole page.
    shot: (name, fullPage = false) => page.screenshot({ path: join(shots, `${size}-${String(++n).padStart(2, '0')}-${name}.png`), fullPage }),

    // look keeps a state as it is seen in light and in dark, and looks each over with axe: a serious finding fails the script.
    async look(name, fullPage = false) {
      for (const theme of ['light', 'dark']) {
        const before = await page.evaluate((t) => { const b = document.documentElement.dataset.theme ?? ''; document.documentElement.dataset.theme = t; return b; }, theme);
        if (theme === 'light' || !/^(typing|twice|cancelled|expired)/.test(name)) await kit.shot(name + (theme === 'dark' ? '-dark' : ''), fullPage);
        await check(`${name}, ${theme}`);
        await page.evaluate((b) => { if (b) document.documentElement.dataset.theme = b; else delete document.documentElement.dataset.theme; }, before);
      }
      await kit.fits(name);
    },

    // fits measures what is shown.
    async fits(name) {
      for (const wrong of await page.evaluate(measure)) troubles.push(`${name}: ${wrong}`);
    },

    // leaks finds words in Latin letters on a page in another language, but those that stand in every language and what is
    // marked as English.
    async leaks(name) {
      const found = await page.evaluate(() => {
        const out = [];
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
          const el = node.parentElement;
          if (!el.closest('[lang=en], noscript, script, option[lang]') && el.checkVisibility()) out.push(node.textContent);
        }
        for (const el of document.querySelectorAll('[aria-label], [placeholder], [title]')) out.push(el.getAttribute('aria-label') ?? '', el.getAttribute('placeholder') ?? '', el.getAttribute('title') ?? '');
        return out;
      });
      for (const text of found) {
        for (const word of text.match(/[A-Za-z]{2,}/g) ?? []) if (!anywhere.has(word)) troubles.push(`${name}: "${word}" in "${text.trim().slice(0, 80)}"`);
      }
    },

    async pair(code) {
      await page.getByLabel('Pairing code').fill(code);
      await kit.press(kit.button('Pair this device'));
      await kit.letIn();
    },
    // letIn waits for the number that a new device shows, and lets it in as the owner does elsewhere.
    async letIn() {
      await page.getByText(/^\d{4}$/).waitFor();
      await kit.tell('/let-in');
      await page.getByRole('radio', { name: 'Asha' }).waitFor();
    },
    async signIn(name, pin) {
      await kit.press(page.getByRole('radio', { name }));
      await page.getByLabel('PIN').fill(pin);
      await kit.press(kit.button('Sign in'));
    },
    async approve(pin) {
      await kit.dialog().getByLabel('Name').selectOption('Meena');
      await kit.dialog().getByLabel('PIN').fill(pin);
      await kit.press(kit.button('OK', kit.dialog()));
    },
    // whole opens a tile that is shown as a line.
    async whole(id) {
      const head = page.locator(`.floor .tile.short[data-id=${id}] .head`);
      if (await head.count()) await kit.press(head);
      await page.locator(`.floor .tile:not(.short)[data-id=${id}]`).waitFor();
    },
    // inbox opens what needs a decision, where it is folded away.
    async inbox() {
      await page.locator('.alert.decide').waitFor();
      if (!(await page.locator('.inbox .card').count())) await kit.press(page.locator('.alert.decide'));
      await page.locator('.inbox .card').first().waitFor();
    },
    // tab goes to a page by its place, whatever its name in the language in use.
    tab: (place) => kit.press(page.locator(`nav [data-page=${place}]`)),
    async speak(language) {
      await kit.tab('box');
      await page.locator('select').first().selectOption(language);
      await page.waitForFunction((l) => document.documentElement.lang === l, language);
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
    // run does a script and fails with everything that was found wrong.
    async run(script) {
      try {
        await script();
        assert.deepEqual(troubles, []);
      } catch (err) {
        await kit.shot('FAILED').catch(() => {});
        console.log(troubles.join('\n'));
        throw err;
      } finally {
        await kit.close();
      }
    },
  };

  async function check(where) {
    await page.evaluate(axe); // the CSP forbids injected script tags; evaluate goes around it
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    for (const v of found.violations) {
      const line = `axe ${where}: ${v.impact} ${v.id}: ${v.nodes.map((x) => x.target.join(' ') + ' ' + (x.any[0]?.message ?? '')).slice(0, 3).join(' | ')}`;
      console.log(line);
      if (v.impact === 'serious' || v.impact === 'critical') troubles.push(line);
    }
  }
  return kit;
}
