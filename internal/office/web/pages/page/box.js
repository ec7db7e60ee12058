// box is one box: how it stands, what it did, what was found.
import { h, icon, put } from './dom.js';
import { t } from './words.js';
import { get, post } from './api.js';
import { attempt, reading } from './act.js';
import { confirm } from './ask.js';
import { dayAndClock, rupees } from './format.js';
import { list } from './list.js';
import { finding, item } from './chain.js';
import { refund } from './done.js';
import { z } from './books.js';
import { back } from './shop.js';
import { daysAgo } from './done.js';
import { may } from './session.js';

const states = { joined: 'good', waiting: 'warn', left: '', revoked: 'bad' };

export function page(id, draw) {
  const part = h('div', {});
  reading(part, async () => {
    const [b, n] = await Promise.all([get('/v1/owner/terminals/' + encodeURIComponent(id)), get('/v1/owner/needs?limit=25&terminal=' + encodeURIComponent(id))]);
    const v = new URLSearchParams({ from: daysAgo(30), to: daysAgo(0), terminal: id });
    const line = (name, value) => value !== undefined && value !== '' && value !== false && h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, value));
    put(part, h('h1', { tabindex: -1 }, [b.shop_name, b.label].filter(Boolean).join(' · ') || id),
      h('table', { class: 'report' }, h('tbody', {},
        line(t('state'), h('span', { class: 'chip ' + (states[b.state] ?? '') }, t('state_' + b.state))),
        line(t('heard_at'), b.heard && dayAndClock(b.heard)),
        line(t('events'), b.branches?.length && b.branches.at(-1).head.toLocaleString('en-IN')),
        line(t('clock_off'), b.skew_s ? `${Math.round(b.skew_s * 10) / 10} s` : ''),
        line(t('version'), b.version ?? b.health?.version),
        line(t('joined_at'), b.joined_at && dayAndClock(b.joined_at)), line(t('left_at'), b.left_at && b.state !== 'joined' && dayAndClock(b.left_at)),
        line(t('replaces'), b.replaces && h('a', { class: 'at', href: '#box/' + b.replaces }, b.replaces)),
        line(t('box_id'), h('code', {}, b.terminal)))),
      b.branches?.length > 1 && [h('h2', {}, t('chains')), h('p', { class: 'facts' }, t('chains_help')), h('ul', {}, b.branches.map((c) => h('li', {}, c.parent < 0 ? t('chain_first', { n: c.n, head: c.head }) : t('chain_line', { n: c.n, head: c.head, parent: c.parent, from: c.from }))))],
      h('h2', {}, t('needs')),
      n.findings.length + (n.items?.length ?? 0) ? h('div', { class: 'cards' }, n.findings.map(finding), n.items?.map(item)) : h('p', { class: 'facts' }, icon('done'), ' ', t('nothing_needs')),
      h('h2', {}, t('last_days')), days(b.days ?? []),
      h('h2', {}, t('closed_days')), list('/v1/owner/books?limit=10&' + v, { rows: (a) => (a.zs ?? []).map(z), none: t('no_zs') }),
      h('h2', {}, t('refunds')), list('/v1/owner/refunds?limit=10&' + v, { rows: (a) => (a.refunds ?? []).map(refund), none: t('no_refunds') }),
      may('owner') && b.state === 'joined' && h('div', { class: 'row' }, h('button', { type: 'button', class: 'danger', onclick: (e) => revoke(e.currentTarget, id, draw) }, t('revoke_box'))));
  });
  return h('div', { class: 'page' }, back(), part);
}

// short is a day without its year.
const short = (day) => dayAndClock(`${day}T12:00:00+05:30`).slice(0, -9);

const days = (all) => (all.length ? h('table', { class: 'report' }, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t('day')), h('th', { scope: 'col' }, t('sales')), h('th', { scope: 'col' }, t('went_back')), h('th', { scope: 'col' }, t('received')))),
  h('tbody', {}, all.map((d) => h('tr', {}, h('th', { scope: 'row' }, short(d.day)), h('td', {}, d.sales), h('td', {}, rupees(d.gone_paise)), h('td', {}, rupees(d.received_paise)))))) : h('p', { class: 'facts' }, t('no_days')));

export async function revoke(button, id, draw) {
  if (!(await confirm(t('revoke_sure', { id }), true))) return;
  if (await attempt(button, () => post(`/v1/owner/terminals/${encodeURIComponent(id)}/revoke`))) draw();
}
