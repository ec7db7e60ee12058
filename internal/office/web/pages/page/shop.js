// shop is one shop's day, by its counters.
import { h, put } from './dom.js';
import { t } from './words.js';
import { get } from './api.js';
import { reading } from './act.js';
import { rupees } from './format.js';
import { beside, row, since } from './chain.js';

export function page(id) {
  const part = h('div', {});
  reading(part, async () => {
    const d = await get('/v1/owner/shops/' + encodeURIComponent(id));
    const s = d.shops[0];
    put(part, h('h1', { tabindex: -1 }, s.name),
      h('div', { class: 'card sofar' + (s.state === 'behind' ? ' hollow' : '') },
        h('p', {}, s.state === 'behind' ? t('not_heard', { time: since(s.as_of, d.at) }) : s.state === 'empty' ? t('no_box') : t('as_of', { time: since(s.as_of, d.at) })),
        h('p', { class: 'amount' }, rupees(s.received_paise)),
        h('p', {}, h('span', {}, t('sales')), ' ', h('span', { class: 'sum' }, s.sales), ' ', h('span', {}, t('went_back')), ' ', h('span', { class: 'sum' }, rupees(s.gone_paise))),
        s.state === 'heard' && d.until && [beside(t('yesterday_until', { time: d.until }), s.so_far.today_paise, s.so_far.yesterday_paise), beside(t('week_until', { time: d.until }), s.so_far.today_paise, s.so_far.week_paise)]),
      h('h2', {}, t('counters')),
      h('div', { class: 'shops' }, (s.counters ?? []).map((c) => (c.terminal ? row(c, d, '#box/' + c.terminal) : h('div', { class: 'shoprow empty' }, h('span', { class: 'name' }, c.name), h('span', { class: 'state' }, t('no_box')))))));
  });
  return h('div', { class: 'page' }, back(), part);
}

export const back = () => h('p', { class: 'up' }, h('a', { class: 'button', href: '#chain' }, t('chain')));
