// staff is about the people and the other devices: what gives or changes power, so that each write takes the PIN of whoever asks.
import { h, put } from './dom.js';
import { t } from './words.js';
import { get, post } from './api.js';
import { field, form, pinField, tell } from './ask.js';
import { dayAndClock } from './format.js';
import { attempt, insist, reading } from './act.js';
import { may, me, people } from './session.js';

export const roleWord = (role) => (role === 'manager' ? t('role_manager') : t(role));

// own asks who answers for it: on a paired device whoever is signed in, elsewhere an owner by name.
const own = (staff) => [
  !me.device && h('label', {}, t('owner'), h('select', { name: 'you' }, staff.filter((p) => p.role === 'owner').map((p) => h('option', {}, p.name)))),
  field('your_pin', t('your_pin'), { type: 'password', inputmode: 'numeric', pattern: '[0-9]{4,8}', maxlength: 8 })];

export const acting = async () => own(me.device ? [] : (await attempt(null, people)) ?? []);

// powerful asks for what a write takes and for the PIN of whoever asks, and sends it. It answers what came, or undefined.
async function powerful(button, title, fields, yes, path) {
  const all = [...fields, await acting()].flat();
  return insist(button, () => form(title, all, yes), (v) => post(path, v));
}

export const personFields = (roles) => [field('name', t('name'), { maxlength: 40 }),
  h('label', {}, t('role'), h('select', { name: 'role' }, roles.map((r) => h('option', { value: r }, roleWord(r))))), pinField(t('choose_pin'))];

const quiet = (text, name, onclick) => h('button', { type: 'button', class: 'quiet', 'aria-label': `${text} ${name}`, onclick: (e) => onclick(e.currentTarget) }, text);
const line = (...cells) => h('div', { class: 'line' }, cells);

// sections are those of the page Box: people for an owner, devices and wrong PINs for a manager too.
export function sections() {
  if (!may('manager')) return [];
  const staff = h('section', {}), machines = h('section', {}), guesses = h('section', {});

  async function readStaff() {
    put(staff, h('h2', {}, t('people')), (await people()).map((p) => line(h('span', {}, p.name), h('span', {}, roleWord(p.role)),
      quiet(t('pin'), p.name, (b) => powerful(b, p.name, [pinField(t('choose_pin'))], t('ok'), `/v1/people/${encodeURIComponent(p.name)}/pin`)),
      quiet(t('remove'), p.name, async (b) => { if (await powerful(b, t('remove_sure', { name: p.name }), [], t('remove'), `/v1/people/${encodeURIComponent(p.name)}/remove`)) await readStaff(); }))),
    h('button', { type: 'button', class: 'main', onclick: async (e) => { if (await powerful(e.currentTarget, t('add'), personFields(['cashier', 'manager', 'owner']), t('add'), '/v1/people')) await readStaff(); } }, t('add')));
  }

  const readMachines = async () => drawMachines((await get('/v1/devices')).devices);
  function drawMachines(devices) {
    put(machines, h('h2', {}, t('devices')), devices.map((d) => line(h('span', {}, d.name),
      h('span', {}, d.waiting ? `${t('let_in_wait')} · ${d.check}` : d.service ? roleWord(d.service) : d.person || '', d.refunds && h('strong', {}, ' ' + t('refunds_alone'))),
      h('time', {}, dayAndClock(d.seen_at)),
      d.waiting && (may('owner') || !d.service) && quiet(t('let_in'), d.name, (b) => letIn(b, d)),
      may('owner') && quiet(t('revoke'), d.name, async (b) => { if (await powerful(b, t('remove_sure', { name: d.name }), [], t('revoke'), `/v1/devices/${d.id}/revoke`)) await readMachines(); }))),
    may('owner') && h('button', { type: 'button', class: 'main', onclick: (e) => offer(e.currentTarget) }, t('new_code')));
  }

  async function letIn(button, d) {
    const now = await powerful(button, t('let_in_sure', { name: d.name, number: d.check }), [], t('let_in'), `/v1/devices/${d.id}/let-in`);
    if (now) drawMachines(now.devices);
  }

  // offer shows a code until a device has used it, and asks then whether it is the right one.
  async function offer(button) {
    const code = await powerful(button, t('new_code'), [], t('ok'), '/v1/pairing');
    if (!code) return;
    const before = new Set((await get('/v1/devices')).devices.map((d) => d.id));
    let came;
    const watch = setInterval(async () => {
      came = (await get('/v1/devices').catch(() => ({ devices: [] }))).devices.find((d) => d.waiting && !before.has(d.id));
      if (came || Date.parse(code.until) < Date.now()) document.querySelector('dialog[open]')?.close('');
    }, 2000);
    await tell(code.code, [`${t('code')}, ${dayAndClock(code.until)}`, code.address, code.fingerprint].filter(Boolean).join(' · '));
    clearInterval(watch);
    await readMachines();
    if (came) await letIn(null, came);
  }

  async function readGuesses() {
    const { runs = [] } = await get('/v1/guesses');
    put(guesses, runs.length > 0 && [h('h2', {}, t('wrong_pins')), runs.map((r) => line(h('span', {}, r.person), h('span', {}, `${r.name || r.device}: ${r.wrong}`),
      h('time', {}, dayAndClock(r.at)), r.locked_to && h('span', {}, t('locked_to', { time: dayAndClock(r.locked_to) }))))]);
  }

  reading(machines, async () => {
    if (may('owner')) await readStaff();
    await readMachines();
    await readGuesses();
  });
  return [may('owner') && staff, machines, guesses];
}
