// signin asks who somebody is.
import { h } from './dom.js';
import { languages, language, speak, t } from './words.js';
import { field } from './ask.js';
import { attempt } from './act.js';
import { signIn } from './session.js';

export function signing(done) {
  const box = h('div', { class: 'signin' });
  const draw = () => {
    const form = h('form', { onsubmit: async (e) => {
      e.preventDefault();
      const ok = await attempt(form.querySelector('button'), async () => { await signIn(form.name.value.trim(), form.password.value); return true; });
      form.password.value = '';
      if (ok) done();
      else form.password.focus();
    } },
    h('label', {}, t('name'), h('input', { name: 'name', required: true, autocomplete: 'username', maxlength: 40, autocapitalize: 'words' })),
    h('label', {}, t('password'), h('input', { name: 'password', type: 'password', required: true, autocomplete: 'current-password', maxlength: 128 })),
    h('button', { class: 'main' }, t('sign_in')));
    box.replaceChildren(h('h1', {}, t('office')), form,
      h('label', {}, t('language'), h('select', { name: 'language', onchange: async (e) => { await speak(e.target.value); draw(); } },
        Object.entries(languages).map(([code, name]) => h('option', { value: code, lang: code, selected: code === language }, name)))));
    form.name.focus();
  };
  draw();
  queueMicrotask(() => box.querySelector('[name=name]')?.focus());
  return box;
}

export const secret = (name, label, fresh) => field(name, label, { type: 'password', maxlength: 128, autocomplete: fresh ? 'new-password' : 'current-password' });
