// lock asks the person for the PIN when their sign-in on this device has ended. What is typed on the page stays, and what was asked
// of the till is asked again with the same key. Nothing of the page is seen behind the question.
import { h } from './dom.js';
import { Problem } from './api.js';
import { explain, form, pinField } from './ask.js';
import { parts } from './say.js';
import { language, t } from './words.js';
import { signIn } from './session.js';

let asking; // one question for all calls that were refused meanwhile

// unlock answers true once the same person is signed in again. Somebody else begins at the sign-in.
export const unlock = (problem) => (asking ??= ask(problem).finally(() => { asking = undefined; }));

async function ask(problem) {
  const name = problem.detail_values?.person;
  if (!name) return false;
  for (;;) {
    const [says] = language === 'en' ? [problem.detail] : parts(problem.detail_code, problem.detail_values) ?? [];
    const v = await form(name, [says && h('p', {}, says), pinField()], t('sign_in'), t('somebody_else'), 'lock');
    if (!v) {
      sessionStorage.clear(); // what is typed is nobody else's
      location.reload();
      return new Promise(() => {}); // the page goes
    }
    try {
      await signIn(name, v.pin);
      return true;
    } catch (err) {
      if (!(err instanceof Problem)) throw err;
      await explain(err);
      if (err.status === 401 || err.status === 404) { // the device was revoked meanwhile
        location.reload();
        return new Promise(() => {});
      }
    }
  }
}
