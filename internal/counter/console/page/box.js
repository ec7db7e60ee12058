// box is about this device, the people and the other devices.
import { h, put } from './dom.js';
import { languages, language, speak, t } from './words.js';
import { get, post } from './api.js';
import { confirm, field, form, pinField, tell } from './ask.js';
import { dayAndClock } from './format.js';
import { attempt } from './act.js';
import { person } from './say.js';
import { may, me, people, signOut } from './session.js';
import { section as stands } from './standing.js';

const roleWord = (role) => (role === 'manager' ? t('role_manager') : t(role));

// sure asks before somebody or something is shut out.
const sure = async (button, name, write) => (await confirm(t('remove_sure', { name }), true)) && attempt(button, write);

export function page(again) {
  const staff = h('section', {}), machines = h('section', {});
  const readStaff = async () => put(staff, h('h2', {}, t('people')), (await people()).map((p) =>
    h('div', { class: 'line' }, h('span', {}, p.name), h('span', {}, roleWord(p.role)),
      h('button', { type: 'button', class: 'quiet', 'aria-label': `${t('pin')} ${p.name}`, onclick: (e) => newPIN(e.currentTarget, p.name) }, t('pin')),
      h('button', { type: 'button', class: 'quiet', 'aria-label': `${t('remove')} ${p.name}`, onclick: (e) => sure(e.currentTarget, p.name, async () => { await post(`/v1/people/${encodeURIComponent(p.name)}/remove`); await readStaff(); }) }, t('remove')))),
  h('button', { type: 'button', class: 'main', onclick: add }, t('add')));
  const readMachines = async () => put(machines, h('h2', {}, t('devices')), (await get('/v1/devices')).devices.map((d) =>
    h('div', { class: 'line' }, h('span', {}, d.name), h('span', {}, d.service || d.person || ''), h('time', {}, dayAndClock(d.seen_at)),
      h('button', { type: 'button', class: 'quiet', 'aria-label': `${t('revoke')} ${d.name}`, onclick: (e) => sure(e.currentTarget, d.name, async () => { await post(`/v1/devices/${d.id}/revoke`); await readMachines(); }) }, t('revoke')))),
  h('button', { type: 'button', class: 'main', onclick: offer }, t('new_code')));
  async function add(e) {
    const v = await personForm(['cashier', 'manager', 'owner']);
    if (v) await attempt(e.target, async () => { await post('/v1/people', v); await readStaff(); });
  }
  async function newPIN(button, name) {
    const v = await form(name, [pinField(t('choose_pin'))], t('ok'));
    if (v) await attempt(button, () => post(`/v1/people/${encodeURIComponent(name)}/pin`, v));
  }
  async function offer(e) {
    const code = await attempt(e.target, () => post('/v1/pairing'));
    if (code) await tell(code.code, `${t('code')}, ${dayAndClock(code.until)}${code.fingerprint ? ' · ' + code.fingerprint : ''}`);
  }
  if (may('owner')) attempt(null, async () => { await readStaff(); await readMachines(); });
  return h('div', { class: 'page' }, h('h1', {}, t('box')),
    h('section', {},
      h('p', {}, person(me.name), me.device ? ` · ${me.device.name}` : ''),
      h('label', {}, t('language'), h('select', { onchange: async (e) => { await speak(e.target.value); again(); } },
        Object.entries(languages).map(([code, name]) => h('option', { value: code, selected: code === language, lang: code }, name)))),
      h('div', { class: 'row' },
        h('button', { type: 'button', class: 'quiet', onclick: turn }, t('theme')),
        me.device && !me.device.service && h('button', { type: 'button', class: 'quiet', onclick: async (e) => { await attempt(e.currentTarget, signOut); location.reload(); } }, t('sign_out'))),
      h('p', { class: 'facts' }, `${t('keys')}: 0–9 . + ⌫ · Enter ${t('charge')} · Esc ${t('clear')} / ${t('cancel')} · A ${t('done')} · * ${t('history')} · Alt+1…5`)),
    me.fingerprint && !matchMedia('(display-mode: standalone)').matches && h('section', {}, h('h2', {}, t('install')), h('p', {}, t('install_how')),
      h('p', {}, h('code', {}, me.fingerprint)), h('a', { class: 'button quiet', href: '/galla.crt', download: true }, 'galla.crt')),
    stands(),
    may('owner') && [staff, machines]);
}

export const personForm = (roles) => form(t('add'), [field('name', t('name'), { maxlength: 40 }),
  h('label', {}, t('role'), h('select', { name: 'role' }, roles.map((r) => h('option', { value: r }, roleWord(r))))), pinField(t('choose_pin'))], t('add'));

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
