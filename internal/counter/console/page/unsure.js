// unsure shows what was asked of a gateway, and nobody knows whether it was done: a person looks there, and says so.
import { h } from './dom.js';
import { t } from './words.js';
import { post } from './api.js';
import { inEnglish } from './ask.js';
import { approval, attempt } from './act.js';
import { dayAndClock } from './format.js';

export const unsure = (operations, read) => (operations ?? []).map((o) => h('section', { class: 'unsure card', 'data-id': o.id },
  h('p', { class: 'facts' }, `${o.reference ?? o.target} · ${dayAndClock(o.asked_at)}`),
  h('p', {}, inEnglish(o.message)),
  h('div', { class: 'row' }, answer(o, true, read), answer(o, false, read))));

const answer = (o, done, read) => h('button', { type: 'button', class: 'quiet', onclick: async (e) => {
  const button = e.currentTarget;
  const allowed = await approval(`${t(done ? 'was_done' : 'was_not_done')}: ${o.reference ?? o.target}`);
  if (allowed) await attempt(button, async () => { await post(`/v1/operations/${encodeURIComponent(o.id)}/settle`, { done, ...allowed }); await read(); });
} }, t(done ? 'was_done' : 'was_not_done'));
