// act does what a button says, once, and tells what came of it.
import { Lost, Problem, post } from './api.js';
import { approver, confirm, explain, field, sure, tell, tick } from './ask.js';
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
    else if (err instanceof Lost) await tell(t(err.read ? 'unread' : 'unknown'));
    else throw err;
    return undefined;
  } finally {
    if (button?.isConnected) {
      button.disabled = false;
      button.removeAttribute('aria-busy');
    }
  }
}

// reading fills a part of a page. What gets lost on the way is asked for again while that part is shown; the banner says so meanwhile.
export async function reading(part, read) {
  for (;;) {
    try {
      return await read();
    } catch (err) {
      if (err instanceof Problem) return explain(err);
      if (!(err instanceof Lost)) throw err;
    }
    await new Promise((done) => setTimeout(done, 2000));
    if (!part.isConnected) return undefined;
  }
}

// insist asks, and writes what was answered. After a refusal, which did nothing, it asks again: ask opens the same fields, with what was
// typed in them. write does nothing else that may be refused, or it would be done twice.
export async function insist(button, ask, write) {
  for (;;) {
    const v = await ask();
    if (!v) return undefined;
    let refused = false;
    const done = await attempt(button, () => write(v).catch((err) => {
      refused = err instanceof Problem && err.status < 500;
      throw err;
    }));
    if (!refused) return done;
  }
}

const path = (sale, what) => `/v1/sales/${sale.id}/${what}`;

export async function cancel(sale, button, reason = 'cancelled') {
  const cash = reason === 'other_tender';
  if (!(await confirm(t(cash ? 'other_sure' : 'cancel_sure', { number: sale.name, amount: rupees(sale.amount_paise) }), !cash))) return;
  await attempt(button, () => post(path(sale, 'cancel'), { reason }));
}

export const print = (sale, copy, button) => attempt(button, () => post(path(sale, 'print'), { copy }));

// vouched says that the till takes the caller's word for a manager's: not on a paired console, and not for a listener of cashiers.
export const vouched = () => (!me.device || me.device.service) && may('manager');

// approval asks for a manager's PIN where the till will want it, and whether it is meant where it won't; null is no.
export async function approval(title, fields = []) {
  if (vouched()) return sure(title, fields);
  const staff = await attempt(null, people);
  return staff ? approver(title, staff, fields, me.device?.person) : null;
}

// reversed is the sentence that asks before money goes back while others have sent another payment of the sale back: what is left may
// pay for the goods. '' where nothing of the sort is open.
const reversed = (sale, payment, amount) => (sale.attention.some((a) => a.kind === 'reversed' && a.payment_id !== payment)
  ? t('reversed_sure', { amount: rupees(amount), number: sale.name }) : '');

// refund sends one payment back, or a part of it: the newest that has something left. What is asked is what is sent.
export async function refund(sale, button) {
  const p = sale.payments.filter((p) => p.refundable_paise).at(-1);
  if (!p) return;
  const paise = (text) => value(text.replaceAll(',', ''));
  const title = (amount) => reversed(sale, p.id, amount) || t('refund_sure', { amount: rupees(amount), number: sale.name });
  const confirmed = reversed(sale, p.id, 0) ? { confirmed: true } : {};
  let typed = grouped(p.refundable_paise);
  let goods = false;
  const form = () => field('amount', t('amount'), { inputmode: 'decimal', maxlength: 16, pattern: '[0-9,]+([.][0-9]{1,2})?', value: typed,
    oninput: (e) => { document.getElementById('ask-title').textContent = title(paise(e.target.value) || 0); } });
  for (;;) {
    const { amount: text, goods: back, ...allowed } = (await approval(title(paise(typed)), [form(), tick('goods', t('goods_back'), goods)])) ?? {};
    if (text === undefined) return;
    goods = Boolean(back);
    typed = text; // what was typed stands there again
    if (!paise(text) || paise(text) > p.refundable_paise) {
      await tell(t('no_amount'));
      continue;
    }
    let wrong = false;
    await attempt(button, () => post(path(sale, 'refunds'), { payment_id: p.id, amount_paise: paise(text), ...(goods && { goods: true }), ...confirmed, ...allowed }).catch((err) => {
      wrong = err instanceof Problem && err.type === '/problems/not-allowed';
      throw err;
    }));
    if (!wrong) return; // after a wrong PIN the form comes again
  }
}

// weighty are the answers that take a manager, as the till has it (counter/sale.go).
const weighty = (item, action) => ['refund', 'enough', 'keep', 'it_went', 'it_did_not', 'they_sent'].includes(action) || item.kind === 'under' || item.kind === 'short';

// resolve gives one answer to an item. The amount that the person saw goes with it: another one is refused by the till.
export async function resolve(sale, item, action, button) {
  if (action === 'they_sent') return state(sale, item, button);
  const amount = item.amount_paise ?? 0;
  const asked = action === 'refund' ? reversed(sale, item.payment_id, amount) : '';
  const title = asked || (action === 'refund' ? t('refund_sure', { amount: rupees(amount), number: sale.name }) : itemSentence(item));
  const allowed = weighty(item, action) ? await approval(title) : {};
  if (!allowed) return;
  const said = { action, attention: item.id, ...(amount && { amount_paise: amount }), ...(asked && { confirmed: true }), ...allowed };
  await attempt(button, () => post(path(sale, 'resolve'), said));
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
