// books are the closed days, the invoices, and the files for the accountant.
import { h, icon, put } from './dom.js';
import { language, t } from './words.js';
import { get } from './api.js';
import { reading } from './act.js';
import { day, rupees } from './format.js';
import { at, fact, linked, list } from './list.js';
import { daysAgo, fold } from './done.js';
import { may } from './session.js';

let from, to;

export function books() {
  from ??= daysAgo(7);
  to ??= daysAgo(0);
  const body = h('div', {});
  const date = (name, value, set) => h('label', {}, t(name), h('input', { type: 'date', name, value, max: daysAgo(0), required: true, onchange: (e) => { if (e.target.value) { set(e.target.value); draw(); } } }));
  const draw = () => {
    const v = new URLSearchParams({ from, to });
    put(body, h('h3', {}, t('closed_days')), list('/v1/owner/books?limit=15&' + v, { rows: (a) => (a.zs ?? []).map(z), none: t('no_zs') }),
      fold(t('gst'), () => gst(v)), may('accountant') && files(v));
  };
  draw();
  return h('section', { 'aria-labelledby': 'books' }, h('h2', { id: 'books' }, t('books')),
    h('div', { class: 'pairs' }, date('from', from, (d) => { from = d; }), date('to', to, (d) => { to = d; })), body);
}

const tones = { proved: 'move', recomputed: 'good', differs: 'bad', unproved: 'bad', unread: 'warn', wanted: 'warn', lost: 'bad', missing: 'bad' };
const signs = { good: 'done', bad: 'not', warn: 'wait', move: 'paper' };

export const z = (r) => linked(r, 'entryrow',
  h('p', {}, h('strong', {}, r.number ? `Z ${r.number}` : t('no_z')), h('span', {}, day(r.day)), r.net_paise !== undefined && h('span', { class: 'amount' }, rupees(r.net_paise)),
    h('span', { class: 'chip ' + (tones[r.state] ?? '') }, icon(signs[tones[r.state]] ?? 'wait'), t('z_' + r.state))),
  fact(at(r)));

function gst(v) {
  const part = h('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': t('gst') });
  reading(part, async () => {
    const g = await get('/v1/owner/gst?' + v);
    const months = new Intl.DateTimeFormat(language + '-IN-u-nu-latn', { month: 'short', year: 'numeric', timeZone: 'UTC' });
    const cells = (tag, all) => all.map((c, i) => h(i ? tag : 'th', i ? {} : { scope: tag === 'th' ? 'col' : 'row' }, c));
    put(part, g.lines?.length ? h('table', { class: 'report gst' },
      h('thead', {}, h('tr', {}, cells('th', ['GSTIN', t('month'), t('supply'), t('invoices'), t('amount'), t('taxable'), 'GST', t('cess')]))),
      h('tbody', {}, g.lines.map((l) => h('tr', {}, cells('td', [l.gstin, months.format(new Date(l.month + '-01')), t(l.interstate ? 'interstate' : 'intrastate'), l.invoices, rupees(l.amount_paise),
        rupees(l.amount_paise - l.gst_paise - l.cess_paise), rupees(l.gst_paise), rupees(l.cess_paise)]))))) : h('p', { class: 'facts' }, t('gst_none')));
  });
  return part;
}

const files = (v) => h('div', {}, h('h3', {}, t('files')), h('p', { class: 'facts' }, t('files_help')),
  h('div', { class: 'row' }, ['days', 'sales', 'refunds', 'z', 'gst'].map((name) => h('a', { class: 'button', href: `/v1/owner/files/${name}.csv?${v}`, download: true }, `${t('file_' + name)} (CSV)`))));
