// act does what a button says, once, and tells what came of it.
import { Lost, Problem } from './api.js';
import { explain, tell } from './ask.js';
import { t } from './words.js';

const out = (err) => err instanceof Problem && err.status === 401;
const leave = () => dispatchEvent(new Event('galla-out'));

// attempt runs a write with its button disabled, and shows a problem as its sentence and next step.
export async function attempt(button, write) {
  if (button?.disabled) return undefined;
  if (button) button.disabled = true;
  button?.setAttribute('aria-busy', 'true');
  try {
    return await write();
  } catch (err) {
    if (out(err)) leave();
    else if (err instanceof Problem) await explain(err);
    else if (err instanceof Lost) await tell(t(err.read ? 'unread' : 'unknown'));
    else throw err;
    return undefined;
  } finally {
    if (button?.isConnected) {
      button.disabled = false;
      button.removeAttribute('aria-busy');
    }
  }
}

// insist asks, and writes what was answered. After a refusal, which did nothing, it asks again.
export async function insist(button, ask, write) {
  for (;;) {
    const v = await ask();
    if (!v) return undefined;
    let refused = false;
    const done = await attempt(button, () => write(v).catch((err) => {
      refused = err instanceof Problem && err.status < 500 && err.status !== 401;
      throw err;
    }));
    if (!refused) return done;
  }
}

// reading fills a part of a page. What gets lost on the way is asked for again while that part is shown.
export async function reading(part, read) {
  part.setAttribute('aria-busy', 'true');
  try {
    for (;;) {
      try {
        return await read();
      } catch (err) {
        if (out(err)) return leave();
        if (err instanceof Problem && err.status < 500) return explain(err);
        if (!(err instanceof Lost || err instanceof Problem)) throw err;
        dispatchEvent(new Event('galla-lost'));
      }
      await new Promise((done) => setTimeout(done, 3000));
      if (!part.isConnected) return undefined;
    }
  } finally {
    part.removeAttribute('aria-busy');
  }
}
