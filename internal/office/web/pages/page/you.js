// you is who is signed in, how the page looks and speaks, and, for an owner, the others.
import { h, put } from './dom.js';
import { language, languages, speak, t } from './words.js';
import { get, post } from './api.js';
import { attempt, insist, reading } from './act.js';
import { field, form } from './ask.js';
import { dayAndClock } from './format.js';
import { may, me, signOut } from './session.js';
import { secret } from './signin.js';

// wear puts a theme on the page: light, dark, or what the device says.
export function wear(theme) {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function turn() {
  const dark = document.documentElement.dataset.theme === 'dark' || !document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches;
  localStorage.setItem('galla.theme', dark ? 'light' : 'dark');
  wear(dark ? 'light' : 'dark');
}

export function page(_, draw) {
  return h('div', { class: 'page' }, h('h1', { tabindex: -1 }, me.name), h('p', {}, t(me.role)),
    h('label', {}, t('language'), h('select', { name: 'language', onchange: async (e) => { await speak(e.target.value); draw(); } }, Object.entries(languages).map(([code, name]) => h('option', { value: code, lang: code, selected: code === language }, name)))),
    h('div', { class: 'row' }, h('button', { type: 'button', class: 'quiet', onclick: turn }, t('theme')),
      h('button', { type: 'button', class: 'quiet', onclick: (e) => attempt(e.currentTarget, async () => { await signOut(); location.hash = ''; dispatchEvent(new Event('galla-out')); }) }, t('sign_out'))),
    may('owner') && people());
}

function people() {
  const part = h('section', {});
  const read = async () => {
    const { people: all } = await get('/v1/owner/people');
    put(part, h('h2', {}, t('people')), h('p', { class: 'facts' }, t('roles_help')), all.map((p) => h('div', { class: 'line' },
      h('span', {}, h('strong', {}, p.name), ' ', h('span', { class: 'chip' }, t(p.role))), h('small', {}, dayAndClock(p.since)),
      quiet(t('password'), p.name, (b) => powerful(b, p.name, [secret('password', t('new_password'), true), h('p', { class: 'facts' }, t('password_rule'))], t('ok'), 'people/password', { name: p.name })),
      quiet(t('remove'), p.name, (b) => powerful(b, t('remove_sure', { name: p.name }), [], t('remove'), 'people/remove', { name: p.name })))),
    h('div', { class: 'row' }, h('button', { type: 'button', class: 'main', onclick: (e) => powerful(e.currentTarget, t('add_person'), [field('name', t('name'), { maxlength: 40 }),
      h('label', {}, t('role'), h('select', { name: 'role' }, ['viewer', 'accountant', 'owner'].map((r) => h('option', { value: r }, t(r))))), secret('password', t('new_password'), true), h('p', { class: 'facts' }, t('password_rule'))], t('add'), 'people', {}) }, t('add_person'))));
  };
  // powerful asks for what a write takes and for the password of whoever asks, and sends it.
  const powerful = async (button, title, fields, yes, path, more) => {
    const all = [...fields, secret('your_password', t('own_password'))];
    if (await insist(button, () => form(title, all, yes), (v) => post('/v1/owner/' + path, { ...v, ...more }))) {
      if (more.name === me.name) dispatchEvent(new Event('galla-out')); // a new password ends the session here too
      else await read();
    }
  };
  reading(part, read);
  return part;
}

const quiet = (text, name, onclick) => h('button', { type: 'button', class: 'quiet', 'aria-label': `${text} ${name}`, onclick: (e) => onclick(e.currentTarget) }, text);
