// engines drives the two browsers that Chromium is not: Debian's Firefox ESR by WebDriver BiDi, and WebKitGTK by WebDriver
// (W3C, classic). Both give the same few calls; keys and clicks are the browser's own, in the standard's form of actions.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const special = { Enter: '\uE007', Escape: '\uE00C', Tab: '\uE004', Alt: '\uE00A' };
// stroke is one press of a key by a hand: a scanner is quicker than 30 ms.
const stroke = (value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }, { type: 'pause', duration: 45 }];

// launch starts an engine with a page of width by height px. shot gives a picture's file by its name.
export async function launch(engine, { width, height, shot }) {
  const b = await { firefox, webkit }[engine](width, height);
  const keys = (actions) => b.act([{ type: 'key', id: 'keys', actions }]);
  const page = {
    troubles: b.troubles,
    close: b.close,
    open: b.open,
    // look evaluates f(...args) in the page and waits for its promise.
    look: (f, ...args) => b.call(f.toString(), args),
    // wait looks until f(...args) is true.
    async wait(what, f, ...args) {
      for (const end = Date.now() + 20000; ; await sleep(50)) {
        if (await page.look(f, ...args)) return;
        if (Date.now() > end) throw new Error(`${engine}: ${what}: not within 20 s; the page says: ${await page.look(() => document.body.innerText)}`);
      }
    },
    // text waits for words somewhere on the page.
    text: (words) => page.wait(JSON.stringify(words), (w) => document.body.innerText.replace(/\s+/g, ' ').includes(w), words),
    type: (text) => keys([...text].flatMap(stroke)),
    press: (key) => keys(stroke(special[key] ?? key)),
    chord: (held, key) => keys([{ type: 'keyDown', value: special[held] }, ...stroke(key), { type: 'keyUp', value: special[held] }]),
    // click waits for a control by selector and, if given, by its whole text or label, until nothing lies over its middle and it
    // stands still, and clicks there.
    async click(selector, words = null) {
      await page.wait(`${selector} ${words ?? ''} to click`, middle, selector, words);
      const at = await page.look(middle, selector, words);
      await b.act([{
        type: 'pointer', id: 'finger', parameters: { pointerType: 'mouse' },
        actions: [{ type: 'pointerMove', x: at[0], y: at[1] }, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }],
      }]);
    },
    // fill clicks into a field, clears it and types.
    async fill(selector, text) {
      await page.click(selector);
      await page.look((sel) => { const e = [...document.querySelectorAll(sel)].filter((x) => x.checkVisibility()).at(-1); e.select?.(); return true; }, selector);
      await page.type(text);
    },
    picture: async (name) => writeFileSync(shot(name), Buffer.from(await b.picture(), 'base64')),
  };
  return page;
}

// middle runs in the page: where a control can be clicked; null: not yet.
async function middle(selector, words) {
  const el = [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility() && !e.disabled
    && (words === null || [e.textContent.trim(), e.getAttribute('aria-label')].includes(words))).at(-1);
  if (!el || el.closest('.settling')) return null; // what has just appeared takes no tap yet
  el.scrollIntoView({ block: 'center', behavior: 'instant' });
  const before = el.getBoundingClientRect();
  await new Promise((done) => setTimeout(done, 60));
  const r = el.getBoundingClientRect(), x = Math.round(r.left + r.width / 2), y = Math.round(r.top + r.height / 2);
  const there = document.elementFromPoint(x, y);
  return r.top === before.top && there && (el.contains(there) || there.contains(el)) ? [x, y] : null;
}

// firefox starts Debian's Firefox without a window. Its remote agent prints the address of its WebSocket.
async function firefox(width, height) {
  const profile = mkdtempSync(join(tmpdir(), 'galla-firefox-'));
  const child = spawn('firefox-esr', ['--headless', '--remote-debugging-port=0', '--profile', profile, '--no-remote', 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile, MOZ_REMOTE_SETTINGS_DEVTOOLS: '1' } });
  const address = await new Promise((found, failed) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const m = line.match(/WebDriver BiDi listening on (ws:\S+)/);
      if (m) found(m[1]);
    });
    child.on('exit', (code) => failed(new Error(`Firefox ended with ${code} at its start`)));
    setTimeout(() => failed(new Error('Firefox names no address within 60 s')), 60000).unref();
  });
  const socket = new WebSocket(address + '/session');
  await new Promise((done, failed) => { socket.on('open', done); socket.on('error', failed); });
  const waiting = new Map(), troubles = [];
  let n = 0;
  socket.on('message', (raw) => {
    const m = JSON.parse(raw);
    if (m.method === 'log.entryAdded' && m.params.level === 'error' && !/NetworkError|connection to .* was interrupted|can.t establish a connection/i.test(m.params.text)) troubles.push('firefox: ' + m.params.text);
    const w = waiting.get(m.id);
    if (!w) return;
    waiting.delete(m.id);
    if (m.type === 'error') w.failed(new Error(`${w.method}: ${m.error}: ${m.message}`)); else w.done(m.result);
  });
  const send = (method, params = {}) => new Promise((done, failed) => {
    waiting.set(++n, { method, done, failed });
    socket.send(JSON.stringify({ id: n, method, params }));
  });
  await send('session.new', { capabilities: {} });
  await send('session.subscribe', { events: ['log.entryAdded'] });
  const context = (await send('browsingContext.getTree')).contexts[0].context;
  await send('browsingContext.setViewport', { context, viewport: { width, height } });
  return {
    troubles,
    open: (url) => send('browsingContext.navigate', { context, url, wait: 'complete' }),
    async call(f, args) {
      const said = await send('script.callFunction', { functionDeclaration: `async (args) => JSON.stringify(await (${f})(...JSON.parse(args)) ?? null)`, awaitPromise: true, target: { context }, arguments: [{ type: 'string', value: JSON.stringify(args) }] });
      if (said.type === 'exception') throw new Error(said.exceptionDetails.text);
      return JSON.parse(said.result.value);
    },
    act: (actions) => send('input.performActions', { context, actions }),
    picture: async () => (await send('browsingContext.captureScreenshot', { context })).data,
    async close() {
      await send('browser.close').catch(() => {});
      socket.terminate();
      if (child.exitCode === null) await new Promise((done) => { child.on('exit', done); setTimeout(() => child.kill('SIGKILL'), 5000).unref(); });
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

// webkit starts WebKitGTK's MiniBrowser by its driver; DISPLAY is an X server's.
async function webkit(width, height) {
  const home = mkdtempSync(join(tmpdir(), 'galla-webkit-'));
  const port = 20000 + Math.floor(Math.random() * 12000);
  const child = spawn('WebKitWebDriver', [`--port=${port}`], { stdio: 'ignore', env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, WEBKIT_DISABLE_COMPOSITING_MODE: '1', LIBGL_ALWAYS_SOFTWARE: '1' }, detached: true });
  const base = `http://127.0.0.1:${port}`;
  const send = async (method, path, body) => {
    const said = await (await fetch(base + path, { method, ...(body && { body: JSON.stringify(body) }) })).json();
    if (said.value?.error) throw new Error(`${method} ${path}: ${said.value.error}: ${said.value.message}`);
    return said.value;
  };
  for (const end = Date.now() + 30000; ; await sleep(100)) {
    try { await send('GET', '/status'); break; } catch (e) { if (Date.now() > end) throw e; }
  }
  const { sessionId } = await send('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary: '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser', args: ['--automation'] } } } });
  const at = `/session/${sessionId}`;
  await send('POST', at + '/timeouts', { script: 30000, pageLoad: 60000 });
  await send('POST', at + '/window/rect', { width, height });
  const call = async (f, args) => {
    const script = `const [args, done] = arguments;
      (async () => JSON.stringify(await (${f})(...JSON.parse(args)) ?? null))().then((v) => done([v]), (e) => done([null, String(e)]));`;
    const [value, wrong] = await send('POST', at + '/execute/async', { script, args: [JSON.stringify(args)] });
    if (value === null) throw new Error(wrong);
    return JSON.parse(value);
  };
  return {
    troubles: [],
    open: (url) => send('POST', at + '/url', { url }),
    call,
    act: (actions) => send('POST', at + '/actions', { actions }),
    picture: async () => execFileSync('import', ['-window', 'root', 'png:-'], { maxBuffer: 1 << 24 }).toString('base64'), // the driver's own never answers without a GPU
    async close() {
      await send('DELETE', at).catch(() => {});
      try { process.kill(-child.pid, 'SIGKILL'); } catch { /* it has ended */ }
      rmSync(home, { recursive: true, force: true });
    },
  };
}
