// signin is how one gets in: pairing this device, then a name and a PIN.
import { h } from './dom.js';
import { t } from './words.js';
import { post } from './api.js';
import { field, form as dialog, pinField } from './ask.js';
import { attempt } from './act.js';
import { load, me, pair, people, signIn } from './session.js';
import { personFields } from './staff.js';

const screen = (title, ...rest) => h('div', { class: 'signin' }, h('h1', {}, title), rest);

// fromLink is what the QR on the customer's screen brought: its secret and the certificate's fingerprint, behind the "#" of
// the address. It is taken out of the address at once: the code is for one use, and a bookmark should not have it.
function fromLink() {
  const v = new URLSearchParams(location.hash.slice(1));
  if (location.hash) history.replaceState(null, '', '/');
  const secret = /^[A-Z2-7]{26,}$/.test(v.get('pair') ?? '') ? v.get('pair') : '';
  const print = /^[0-9a-f]{64}$/.test(v.get('sha256') ?? '') ? v.get('sha256').toUpperCase().match(/../g).join(':') : '';
  return { secret, print };
}

export function pairing(done) {
  const link = fromLink();
  const form = h('form', { onsubmit: async (e) => {
    e.preventDefault();
    const got = await attempt(form.querySelector('button'), () => pair(link.secret || form.code.value, form.device.value.trim()));
    if (got) done();
  } },
  !link.secret && [h('p', {}, t('pair_help')),
    field('code', t('code'), { inputmode: 'numeric', pattern: '[0-9]{4}[\\- ]?[0-9]{4}', maxlength: 9, placeholder: '1234-5678', title: '1234-5678', autofocus: true })],
  field('device', t('device_name'), { maxlength: 40, value: guess() }),
  link.print && location.protocol === 'https:' && h('p', { class: 'facts' }, t('compare'), ' ', h('code', {}, link.print)),
  h('button', { class: 'main', autofocus: !!link.secret }, t('pair')));
  return screen(t('pair'), form);
}

// waiting is what a paired device shows until somebody has let it in: the number by which they know it.
export function waiting(problem, done) {
  const look = setInterval(async () => {
    try {
      await load();
    } catch (err) {
      if (err.type === '/problems/not-let-in' || !err.status) return; // not yet, or the line is lost
    }
    clearInterval(look);
    done();
  }, 2000);
  return screen(t('let_in_wait'), h('p', {}, t('let_in_help')), h('p', { class: 'entry' }, problem.detail_values?.check));
}

const guess = () => (/Android|iPhone|iPad/.test(navigator.userAgent) ? t('phone') : 'PC');

export async function signing(done) {
  if (me.setup) {
    return screen(t('who'), h('p', {}, t('setup')), h('button', { type: 'button', class: 'main', onclick: async (e) => {
      const v = await dialog(t('add'), personFields(['owner']), t('add'));
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
  h('fieldset', { class: 'who' }, h('legend', {}, t('name')), staff.map((p, i) => h('label', {}, h('input', { type: 'radio', name: 'name', value: p.name, checked: me.signed_out ? p.name === me.signed_out : i === 0, required: true }), p.name))),
  pinField(),
  h('button', { class: 'main' }, t('sign_in')));
  return screen(t('who'), form);
}
