// door is what one passes to get in: pairing this device, then a name and a PIN.
import { h } from './dom.js';
import { t } from './words.js';
import { post } from './api.js';
import { field, pinField } from './ask.js';
import { attempt } from './act.js';
import { personForm } from './box.js';
import { me, pair, people, signIn } from './session.js';

const screen = (title, ...rest) => h('div', { class: 'door' }, h('h1', {}, title), rest);

export function pairing(done) {
  const form = h('form', { onsubmit: async (e) => {
    e.preventDefault();
    const got = await attempt(form.querySelector('button'), () => pair(form.code.value, form.device.value.trim()));
    if (got) done();
  } },
  h('p', {}, t('pair_help')),
  field('code', t('code'), { inputmode: 'numeric', pattern: '[0-9]{4}[\\- ]?[0-9]{4}', maxlength: 9, placeholder: '1234-5678', autofocus: true }),
  field('device', t('device_name'), { maxlength: 40, value: guess() }),
  h('button', { class: 'main' }, t('pair')));
  return screen(t('pair'), form);
}

const guess = () => (/Android/.test(navigator.userAgent) ? 'Phone' : /iPhone|iPad/.test(navigator.userAgent) ? 'Phone' : 'PC');

export async function signing(done) {
  if (me.setup) {
    return screen(t('who'), h('p', {}, t('setup')), h('button', { type: 'button', class: 'main', onclick: async (e) => {
      const v = await personForm(['owner']);
      if (v && (await attempt(e.target, async () => { await post('/v1/people', v); await signIn(v.name, v.pin); return true; }))) done();
    } }, t('add')));
  }
  const staff = await people();
  const form = h('form', { onsubmit: async (e) => {
    e.preventDefault();
    const ok = await attempt(form.querySelector('button'), async () => { await signIn(form.name.value, form.pin.value); return true; });
    form.pin.value = '';
    if (ok) done();
    else form.pin.focus();
  } },
  h('fieldset', { class: 'who' }, h('legend', {}, t('name')), staff.map((p, i) => h('label', {}, h('input', { type: 'radio', name: 'name', value: p.name, checked: i === 0, required: true }), p.name))),
  pinField(),
  h('button', { class: 'main' }, t('sign_in')));
  return screen(t('who'), form);
}
