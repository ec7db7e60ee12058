// finding puts what a person should know of a box into words, by its kind and values, in the language in use.
import { h, icon } from './dom.js';
import { t, own } from './words.js';
import { day, dayAndClock, rupees } from './format.js';
import { said } from './say.js';

const key = (kind) => 'f_' + kind.replaceAll('.', '_');

// tones are the kinds that wait for somebody now; the others are to be known.
const urgent = new Set(['silent', 'stopped', 'fork', 'payment.twice', 'z.differs', 'z.unproved', 'refused.stranger', 'sale.refused']);
export const toneOf = (f) => (urgent.has(f.kind) ? 'bad' : 'warn');

function value(f, name) {
  const v = f.values ?? {};
  if (name === 'what') return v.code ? said(v.code, {}, f.says ?? v.code) : '';
  if ((name === 'z' || name === 'here') && v.figure?.endsWith('_paise')) return rupees(Number(v[name]));
  if (v[name + '_at'] !== undefined) return dayAndClock(v[name + '_at']).slice(0, -3);
  if (v[name + '_paise'] !== undefined) return rupees(Number(v[name + '_paise']));
  if (name === 'day' && /^\d{4}-\d\d-\d\d$/.test(v.day ?? '')) return day(v.day);
  return v[name] ?? '';
}

export function sentence(f) {
  const text = own(key(f.kind));
  if (text === undefined) return t('f_other', { kind: f.kind });
  const names = [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
  return t(key(f.kind), Object.fromEntries(names.map((n) => [n, value(f, n)])));
}

export const chip = (f) => h('span', { class: 'chip ' + toneOf(f) }, icon(toneOf(f) === 'bad' ? 'not' : 'bell'), t('w_' + f.kind.split('.')[0]));
