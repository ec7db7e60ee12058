// list is a list that goes on: a page of rows, and a button for the next.
import { h } from './dom.js';
import { t } from './words.js';
import { get } from './api.js';
import { attempt, reading } from './act.js';

// list reads from a path, whose answer rows() turns into elements; next() is where the answer ends.
export function list(path, { rows, next = (a) => a.next, none, name = 'behind', kind = 'list' }) {
  const all = h('div', { class: kind }), more = h('button', { type: 'button', class: 'quiet more', hidden: true, onclick: (e) => attempt(e.currentTarget, () => read(true)) }, t('more'));
  let behind = '';
  async function read(on) {
    const sign = path.includes('?') ? '&' : '?';
    const a = await get(path + (on ? `${sign}${name}=${encodeURIComponent(behind)}` : ''));
    const made = rows(a);
    if (!on) all.replaceChildren();
    all.append(...made);
    behind = next(a) ?? '';
    more.hidden = !behind;
    if (!all.children.length && none) all.append(h('p', { class: 'facts' }, none));
    return a;
  }
  reading(all, () => read(false));
  return [all, more];
}

const where = (r) => [r.shop_name, r.label].filter(Boolean).join(' · ');

// at is where something was.
export const at = (r) => where(r) || r.terminal;

// linked is a row that leads to its box, where it has one.
export const linked = (r, kind, ...parts) => (r.terminal ? h('a', { class: kind, href: '#box/' + r.terminal }, parts) : h('div', { class: kind }, parts));

// by is a person as a box names one, without the role.
export const by = (name = '') => (/^uid:\d+$/.test(name) ? t('at_box') : name.replace(/^(cashier|manager|owner|service|login|gateway):/, ''));

export const fact = (...parts) => h('p', { class: 'facts' }, parts.flatMap((p, i) => (p ? [i > 0 && ' · ', p] : [])).filter(Boolean));
