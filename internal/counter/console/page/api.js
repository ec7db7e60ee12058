// api talks to gallad. Every write has a key of its own, and is sent again with the same key while its answer is lost:
// the till does nothing twice.

export class Problem extends Error {
  constructor(doc) {
    super(doc.detail);
    Object.assign(this, doc);
  }
}

// Lost is a call without an answer; read says that it asked for nothing to be done.
export class Lost extends Error {
  constructor(text, read) {
    super(text);
    this.read = read;
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');

// The box's clock decides what time is left; a phone's may be minutes off. Every answer says what time it is there, to the
// second.
let ahead = 0;
export const boxTime = () => Date.now() + ahead;

function readClock(answer) {
  const at = Date.parse(answer.headers.get('date') ?? '');
  if (at && Math.abs(at + 500 - Date.now() - ahead) > 2000) ahead = at + 500 - Date.now();
}

// ended asks the person whose sign-in has ended for the PIN; true: ask the till again.
let ended = async () => false;
export const onEnded = (ask) => { ended = ask; };

async function signedIn(call) {
  for (;;) {
    try {
      return await call();
    } catch (err) {
      if (err.type !== '/problems/session-ended' || !(await ended(err))) throw err;
    }
  }
}

const once = (...request) => signedIn(() => ask(...request));

async function ask(method, path, key, body, limit = 10000) {
  const headers = {};
  if (key) headers['Idempotency-Key'] = key;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let answer, text;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(limit), cache: 'no-store' });
    readClock(answer);
    text = await answer.text();
  } catch (err) {
    throw new Lost(String(err), method === 'GET');
  }
  const doc = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Problem({ status: answer.status, detail: answer.statusText, next: '', ...doc });
  return doc;
}

// get reads; limit is how long the answer may take, in ms.
export const get = (path, limit) => once('GET', path, undefined, undefined, limit);

// text reads what is no JSON.
export const text = (path) => signedIn(() => read(path));

async function read(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(10000), cache: 'no-store' }).catch((err) => { throw new Lost(String(err), true); });
  if (!answer.ok) throw new Problem({ status: answer.status, detail: answer.statusText, next: '', ...(await answer.json().catch(() => ({}))) });
  return answer.text();
}

export const put = (path, body) => once('PUT', path, undefined, body);

// post sends a write for up to 30 s, or for limit ms where its answer waits for paper. A problem with status 503 is a till that is restarting: it is asked again too.
export async function post(path, body = {}, key = newKey(), limit = 10000) {
  const until = Date.now() + Math.max(30000, limit);
  for (;;) {
    try {
      return await once('POST', path, key, body, limit);
    } catch (err) {
      const again = err instanceof Lost || (err instanceof Problem && ['problem_restarting', 'problem_no_answer'].includes(err.detail_code));
      if (!again || Date.now() > until) throw err;
      await pause(700);
    }
  }
}

// follow reads the feed from an event on, for ever. each gets every event once, in order; state gets true when the line
// is good and false when it is lost. A feed silent for longer than the heartbeat counts as lost, so that a phone that
// slept finds out. It ends when the till is not the one we knew (stale) or does not know us any more (gone).
export async function follow(since, { each, state, stale, gone }) {
  let wait = 300;
  let heard = Date.now(), stop, hurry = () => {};
  // A phone that wakes, or finds its network again, does not wait: a feed that has missed a heartbeat is opened anew.
  const wake = () => {
    if (document.hidden) return;
    if (Date.now() - heard > 12000) stop?.abort();
    hurry();
  };
  document.addEventListener('visibilitychange', wake);
  addEventListener('online', wake);
  addEventListener('pageshow', wake);
  addEventListener('offline', () => state(false));
  for (;;) {
    stop = new AbortController();
    let quiet = setTimeout(() => stop.abort(), 25000);
    try {
      const answer = await fetch('/v1/events?since=' + since, { signal: stop.signal, cache: 'no-store' });
      if (answer.status === 409) return stale();
      if (answer.status === 401 || answer.status === 403) {
        const doc = await answer.json().catch(() => ({}));
        if (doc.type === '/problems/session-ended' && (await ended(doc))) continue;
        return gone();
      }
      if (!answer.ok) throw new Error('status ' + answer.status);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        state(true);
        heard = Date.now();
        wait = 300;
        clearTimeout(quiet);
        quiet = setTimeout(() => stop.abort(), 25000);
        text += value;
        let end;
        while ((end = text.indexOf('\n\n')) >= 0) {
          const frame = text.slice(0, end);
          text = text.slice(end + 2);
          const data = frame.split('\n').filter((l) => l.startsWith('data: ')).map((l) => l.slice(6)).join('\n');
          if (!data || frame.includes('event: hello')) continue;
          const event = JSON.parse(data);
          if (event.seq <= since) continue;
          since = event.seq;
          each(event);
        }
      }
    } catch (err) {
      // Whatever broke the line, the answer is the same: say so, and come back.
    } finally {
      clearTimeout(quiet);
    }
    state(false);
    await Promise.race([pause(wait), new Promise((done) => { hurry = done; })]);
    wait = Math.min(wait * 2, 4000);
  }
}
