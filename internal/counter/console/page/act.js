// act does what a button says, once, and tells what came of it.
import { Lost, Problem, post } from './api.js';
import { approver, confirm, explain, field, sure, tell } from './ask.js';
import { value } from './entry.js';
import { grouped, rupees } from './format.js';
import { take } from './sales.js';
import { itemSentence } from './say.js';
import { t } from './words.js';
import { may, me, people } from './session.js';

// attempt runs a write with its button disabled, and shows a problem as its sentence and next step.
export async function attempt(button, write) {
  if (button?.disabled) return undefined;
  if (button) button.disabled = true;
  button?.setAttribute('aria-busy', 'true');
  try {
    const sale = await write();
    if (sale?.phase) take(sale);
    return sale;
  } catch (err) {
    if (err instanceof Problem) await explain(err);
    else if (err instanceof Lost) await tell(t('unknown'));
    else throw err;
    return undefined;
  } finally {
    if (button?.isConnected) {
      button.disabled = false;
      button.removeAttribute('aria-busy');
    }
  }
}

const path = (sale, what) => `/v1/sales/${sale.id}/${what}`;

export async function cancel(sale, button, reason = 'cancelled') {
  const cash = reason === 'other_tender';
  if (!(await confirm(t(cash ? 'other_sure' : 'cancel_sure', { number: sale.name, amount: rupees(sale.amount_paise) }), !cash))) return;
  await attempt(button, () => post(path(sale, 'cancel'), { reason }));
}

export const print = (sale, copy, button) => attempt(button, () => post(path(sale, 'print'), { copy }));

// vouched says that the till takes the caller's word for a manager's: not on a paired console, and not for a door of cashiers.
export const vouched = () => (!me.device || me.device.service) && may('manager');

// approval asks for a manager's PIN where the till will want it, and whether it is meant where it won't; null is no.
export async function approval(title, fields = []) {
  if (vouched()) return sure(title, fields);
  const staff = await attempt(null, people);
  return staff ? approver(title, staff, fields) : null;
}

// refund sends one payment back, or a part of it: the newest that has something left. What is asked is what is sent.
export async function refund(sale, button) {
  const p = sale.payments.filter((p) => p.refundable_paise).at(-1);
  if (!p) return;
  const paise = (text) => value(text.replaceAll(',', ''));
  const title = (amount) => t('refund_sure', { amount: rupees(amount), number: sale.name });
  let typed = grouped(p.refundable_paise);
  const form = () => field('amount', t('amount'), { inputmode: 'decimal', maxlength: 16, pattern: '[0-9,]+([.][0-9]{1,2})?', value: typed,
    oninput: (e) => { document.getElementById('ask-title').textContent = title(paise(e.target.value) || 0); } });
  for (;;) {
    const { amount: text, ...allowed } = (await approval(title(paise(typed)), [form()])) ?? {};
    if (text === undefined) return;
    if (!paise(text)) return tell(t('no_amount'));
    let wrong = false;
    await attempt(button, () => post(path(sale, 'refunds'), { payment_id: p.id, amount_paise: paise(text), ...allowed }).catch((err) => {
      wrong = err instanceof Problem && err.type === '/problems/not-allowed';
      throw err;
    }));
    if (!wrong) return;
    typed = text; // after a wrong PIN the form comes again with what was typed, and not with the whole amount
  }
}

export async function resolve(sale, item, action, button) {
  const weighty = action === 'refund' || item.kind === 'under' || item.kind === 'short' || item.kind === 'refund_unknown';
  if (action === 'they_sent') return state(sale, item, button);
  const title = action === 'refund' ? t('refund_sure', { amount: rupees(item.amount_paise ?? 0), number: sale.name }) : itemSentence(item);
  const allowed = weighty ? await approval(title) : {};
  if (allowed) await attempt(button, () => post(path(sale, 'resolve'), { action, attention: item.id, ...allowed }));
}

// state asks which sum others sent back, where the gateway does not say.
async function state(sale, item, button) {
  const sum = field('amount', t('amount'), { inputmode: 'decimal', maxlength: 16, pattern: '[0-9,]+([.][0-9]{1,2})?' });
  const { amount: text, ...allowed } = (await approval(itemSentence(item), [sum])) ?? {};
  if (text === undefined) return;
  const paise = value(text.replaceAll(',', ''));
  if (!paise) return tell(t('no_amount'));
  await attempt(button, () => post(path(sale, 'resolve'), { action: 'they_sent', attention: item.id, amount_paise: paise, ...allowed }));
}
