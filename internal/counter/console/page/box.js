// box is about this device; staff.js has the people and the other devices.
import { h, put } from './dom.js';
import { languages, language, speak, t } from './words.js';
import { attempt } from './act.js';
import { person } from './say.js';
import { me, signOut } from './session.js';
import { section as stands } from './standing.js';
import { section as office } from './office.js';
import { sections } from './staff.js';

export function page(again, pages) {
  return h('div', { class: 'page' }, h('h1', {}, t('box')),
    h('section', {},
      h('p', {}, person(me.name), me.device ? ` · ${me.device.name}` : ''),
      h('label', {}, t('language'), h('select', { onchange: async (e) => { await speak(e.target.value); again(); } },
        Object.entries(languages).map(([code, name]) => h('option', { value: code, selected: code === language, lang: code }, name)))),
      h('div', { class: 'row' },
        h('button', { type: 'button', class: 'quiet', onclick: turn }, t('theme')),
        me.device && !me.device.service && h('button', { type: 'button', class: 'quiet', onclick: async (e) => { await attempt(e.currentTarget, signOut); location.reload(); } }, t('sign_out'))),
      h('p', { class: 'facts' }, `${t('keys')}: 0–9 . + ⌫ · Enter ${t('charge')} · Esc ${t('clear')} / ${t('cancel')} · A ${t('done')} · * ${t('history')} · Alt+1…${pages}`)),
    me.fingerprint && !matchMedia('(display-mode: standalone)').matches && h('section', {}, h('h2', {}, t('install')), h('p', {}, t('install_how')),
      h('p', {}, h('code', {}, me.fingerprint)), h('a', { class: 'button quiet', href: '/galla.crt', download: true }, 'galla.crt')),
    stands(),
    sections(), office());
}

// turn goes from what the device prefers to the other and back; it is remembered here.
function turn() {
  const dark = getComputedStyle(document.documentElement).colorScheme.includes('dark') && !getComputedStyle(document.documentElement).colorScheme.includes('light')
    || (!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
  wear(dark ? 'light' : 'dark');
}

export function wear(theme) {
  if (!theme) return;
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('galla.theme', theme);
}
