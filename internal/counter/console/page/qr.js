// qr shows a sale's QR on this device: by itself where no customer's screen is connected, else when the cashier asks. It is drawn by
// the till, of the gateway's own string, and goes with the sale.
import { boxTime } from './api.js';
import { h } from './dom.js';
import { rupees, span } from './format.js';
import { t } from './words.js';

let dialog, sale, lock;

export const live = (s) => s?.phase === 'awaiting' && s.qr && !(Date.parse(s.qr.valid_until) <= boxTime());

export function show(s) {
  if (!live(s)) return;
  hide();
  sale = s;
  const img = h('img', { src: `/v1/sales/${s.id}/qr.svg`, alt: t('qr_of', { number: s.name, amount: rupees(s.amount_paise) }), onerror: hide });
  dialog = h('dialog', { class: 'qr', 'aria-label': t('qr_of', { number: s.name, amount: rupees(s.amount_paise) }), 'data-id': s.id },
    img, h('p', { class: 'amount' }, rupees(s.amount_paise)), h('p', { class: 'facts' }, `${t('number')} ${s.name} `, h('span', { class: 'left' })),
    h('p', {}, h('small', { class: 'dim', hidden: true }, t('may_dim'))),
    h('button', { type: 'button', autofocus: true, onclick: hide }, t('close')));
  const mine = dialog;
  mine.addEventListener('close', () => (dialog === mine ? hide() : mine.remove()));
  document.body.append(dialog);
  dialog.showModal();
  tick();
  stayAwake();
}

export function hide() {
  const was = dialog;
  dialog = undefined;
  sale = undefined;
  lock?.release().catch(() => {});
  lock = undefined;
  was?.close();
  was?.remove();
}

// change follows the sale: a QR is there while it may be scanned, and no longer.
export function change(now) {
  if (sale && now?.id === sale.id && !live(now)) hide();
}

export function tick() {
  if (!sale) return;
  if (!live(sale)) return hide();
  if (sale.qr.valid_until) dialog.querySelector('.left').textContent = '· ' + t('left', { time: span((Date.parse(sale.qr.valid_until) - boxTime()) / 1000) });
}

// stayAwake keeps the screen lit while the QR is there. Browsers offer that to pages of a certificate they trust only; elsewhere the
// page says that the screen may go dark.
async function stayAwake() {
  const of = dialog;
  try {
    const got = await navigator.wakeLock.request('screen');
    if (dialog === of) lock = got;
    else got.release().catch(() => {});
  } catch {
    const hint = of?.querySelector('.dim');
    if (hint) hint.hidden = false;
  }
}
document.addEventListener('visibilitychange', () => { if (dialog && !document.hidden) stayAwake(); }); // it is let go of with the page

// press takes a key while the QR is there: Escape and Enter put it away, a digit too, and that begins the next amount. It answers
// whether the key goes on to the pad.
export function press(key) {
  if (!dialog) return false;
  if (key === 'Escape' || key === 'Enter') hide();
  if (!/^[0-9.+]$/.test(key)) return false;
  hide();
  return true;
}

export const shown = () => Boolean(dialog);
