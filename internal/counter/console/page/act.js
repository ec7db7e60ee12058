// act does what a button says, once, and tells what came of it.
import { Lost, Problem, post } from './api.js';
import { approver, confirm, explain, tell } from './ask.js';
import { rupees } from './format.js';
import { take } from './sales.js';
import { t } from './words.js';
import { people, me } from './session.js';

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
  if (!(await confirm(t('cancel_sure', { number: sale.number, amount: rupees(sale.amount_paise) }), true))) return;
  await attempt(button, () => post(path(sale, 'cancel'), { reason }));
}

export const print = (sale, copy, button) => attempt(button, () => post(path(sale, 'print'), { copy }));

// approval asks for a manager's PIN where the till will want it: on a paired device.
async function approval(title) {
  if (!me.device || me.device.service) return {};
  return approver(title, await people());
}

export async function refund(sale, button) {
  const left = sale.payments.reduce((a, p) => a + (p.refundable_paise ?? 0), 0);
  const title = t('refund_sure', { amount: rupees(left), number: sale.number });
  if (!me.device && !(await confirm(title, true))) return;
  const allowed = await approval(title);
  if (allowed) await attempt(button, () => post(path(sale, 'refunds'), allowed));
}

export async function resolve(sale, item, action, button) {
  const weighty = action === 'refund' || item.kind === 'under';
  const allowed = weighty ? await approval(t('refund_sure', { amount: rupees(item.amount_paise ?? 0), number: sale.number })) : {};
  if (allowed) await attempt(button, () => post(path(sale, 'resolve'), { action, attention: item.id, ...allowed }));
}
