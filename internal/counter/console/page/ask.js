// ask opens a dialog and answers what was entered, or null. Escape is "no"; the first field, or the safe button, has the focus.
import { h } from './dom.js';
import { pressed, still } from './entry.js';
import { parts } from './say.js';
import { language, t } from './words.js';

function open(title, fields, yes, no, danger, kind) {
  return new Promise((done) => {
    const form = h('form', { method: 'dialog' },
      h('h2', { id: 'ask-title' }, title), fields,
      h('div', { class: 'row' },
        no && h('button', { type: 'button', class: 'quiet', onclick: () => dialog.close(''), autofocus: danger }, no),
        h('button', { type: 'submit', value: 'yes', class: danger ? 'danger' : 'main', autofocus: !danger && !fields.length }, yes)));
    for (const secret of form.querySelectorAll?.('[type=password]') ?? []) secret.value = ''; // of fields that are shown again after a refusal
    const dialog = h('dialog', { class: kind, 'aria-labelledby': 'ask-title' }, form);
    dialog.addEventListener('close', () => {
      const values = dialog.returnValue === 'yes' ? Object.fromEntries(new FormData(form)) : null;
      dialog.remove();
      done(values);
    });
    deafen(dialog);
    document.body.append(dialog);
    dialog.showModal();
  });
}

// deafen keeps a barcode scanner from answering: its keys are no amount and no PIN, and its Enter presses no button. A field that may be
// scanned into says so (data-scan).
function deafen(dialog) {
  let tempo = still;
  dialog.addEventListener('keydown', (e) => {
    const at = e.target.tagName === 'INPUT' ? e.target : null;
    if (e.repeat || at?.dataset.scan !== undefined) return;
    const p = pressed(tempo, e.key, e.timeStamp, at?.value ?? '');
    tempo = p.tempo;
    if (!p.scanned) return;
    e.preventDefault();
    if (!at) return;
    at.value = p.entry; // as it was before the scanner
    at.dispatchEvent(new Event('input', { bubbles: true }));
  }, true);
}

export const field = (name, label, props = {}) => h('label', {}, label, h('input', { name, required: true, autocomplete: 'off', ...props }));
// tick is a box that may be ticked; it is among the values only where it is.
export const tick = (name, label, checked) => h('label', { class: 'tick' }, h('input', { name, type: 'checkbox', checked }), label);
export const pinField = (label = t('pin')) => field('pin', label, { type: 'password', inputmode: 'numeric', pattern: '[0-9]{4,8}', maxlength: 8 });

export const confirm = (title, danger = false) => open(title, [], t('yes'), t('no'), danger).then((v) => v !== null);
// sure asks before something that can't be taken back, with fields that may be changed; it answers what is in them.
export const sure = (title, fields = []) => open(title, fields, t('yes'), t('no'), true);
export const tell = (title, next) => open(title, next ? [h('p', {}, next)] : [], t('ok'));

// explain tells a problem the till answered with: in English in its own words, in another language by its code.
export function explain(problem) {
  if (language === 'en') return tell(problem.detail, /idempotency|\/v1\//i.test(problem.next) ? '' : problem.next); // what tells software what to do helps no cashier
  const known = parts(problem.detail_code, problem.detail_values);
  if (known) return tell(...known);
  return open(t('p_other'), [h('p', { class: 'facts' }, t('in_english') + ': ', inEnglish(problem.detail))], t('ok')); // of a newer till
}

// inEnglish marks words of the till that have no translation, for the voice that reads a page out.
export const inEnglish = (text) => h('span', { lang: 'en' }, text);
export const form = (title, fields, yes, no = t('leave'), kind) => open(title, fields, yes, no, false, kind);

// approver asks for the manager who allows something; who is signed in stands first.
export const approver = (title, people, fields = [], here = '') => open(title, [
  fields, h('p', {}, t('manager')),
  h('label', {}, t('name'), h('select', { name: 'approver' }, people.filter((p) => p.role !== 'cashier').map((p) => h('option', { selected: p.name === here }, p.name)))),
  pinField()], t('ok'), t('leave'));
