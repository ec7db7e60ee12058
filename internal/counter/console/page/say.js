// say puts a sale into words: its phase, and one sentence with the next action, in the language in use.
import { language, own, t } from './words.js';
import { h, icon } from './dom.js';
import { boxTime } from './api.js';
import { clock, day, dayAndClock, rupees } from './format.js';
import { final } from './sales.js';

export const phaseWord = (sale) => t(sale.close_reason === 'other_tender' && sale.phase === 'closed' ? 'other_tender' : sale.phase);
export const reasonWord = (sale) => (sale.phase === 'closed' && sale.close_reason && sale.close_reason !== 'other_tender' ? t(sale.close_reason) : '');
const shapes = { opened: 'wait', quoting: 'wait', awaiting: 'qr', paying: 'moving', closing: 'wait', paid: 'done', closed: 'not' };
export const shapeOf = (sale) => (well(sale) ? 'done' : shapes[sale.phase]);

// well: a sale ended as the shop wants it to.
export const well = (sale) => sale.phase === 'paid' || sale.phase === 'closed' && sale.close_reason === 'other_tender';

// toneOf is the colour of a sale's chip.
const tones = { awaiting: 'warn', paying: 'move', paid: 'good', closed: 'bad' };
export const toneOf = (sale) => (well(sale) ? 'good' : tones[sale.phase] ?? '');

// marks are what a sale's phase does not say: that somebody must decide, or that money came after its end.
export const marks = (sale) => [sale.attention.length > 0 && h('span', { class: 'chip bad' }, icon('bell'), h('span', {}, t('inbox'))),
  sale.payments.some((p) => p.late) && h('span', { class: 'chip warn' }, t('late'))];

// slips is how the newest slip of a sale ended.
export function slips(sale) {
  const p = sale.prints?.at(-1);
  return p && `${t(p.copy === 'order' ? 'slip' : 'receipt')}: ${t('pr_' + (p.status || 'asked'))}`;
}

// parts are the two parts of a sentence of the till in the language in use: how things stand, and what to do now. English is the
// till's own text; another language composes its own of the code and the values, or has none (null).
export function parts(code, values = {}) {
  const text = language === 'en' ? undefined : own(code) ?? own(alike[code]);
  return text === undefined ? null : text.split('|').map((part) => part.replace(/\{(\w+)\}/g, (_, name) => valueOf(values, name)));
}

function valueOf(values, name) {
  if (name + '_paise' in values) return rupees(values[name + '_paise']);
  if (name + '_count' in values) return values[name + '_count'];
  if (name.endsWith('_clock')) return clock(values[name.replace(/_clock$/, '_at')]).slice(0, 5);
  if (name + '_at' in values) return dayAndClock(values[name + '_at']);
  if (name + '_day' in values) return values[name + '_day'] && day(values[name + '_day']);
  return name === 'role' ? t(values.role === 'manager' ? 'role_manager' : values.role) : values[name] ?? '';
}

// said is such a sentence as one text; english is the till's.
export const said = (code, values, english) => parts(code, values)?.filter(Boolean).join(' ') ?? english;

// foreign is the language of said, where it is not the page's.
export const foreign = (code) => (language !== 'en' && !parts(code) ? 'en' : null);

// over: the customer's time has run out, and the gateway has not said how it ended.
const over = (sale) => sale.phase === 'awaiting' && sale.qr?.valid_until && Date.parse(sale.qr.valid_until) <= boxTime();

export function sentence(sale) {
  if (final(sale) && sale.attention.length) return itemSentence(sale.attention[0]);
  if (over(sale) && ['sale_awaiting', 'sale_unseen'].includes(sale.message_code)) return t('sale_time_over').replace('|', ' ');
  return said(sale.message_code, sale.message_values, sale.message);
}

export const itemSentence = (item) => said(item.message_code, item.message_values, item.message);

// Codes that are said with another's sentence, or a word: what differs is for whoever repairs the box, and stands in English there.
const alike = {
  refund_asked: 'rf_asked', refund_pending: 'rf_pending', refund_processed: 'rf_processed', refund_word: 'rf_processed', refund_failed: 'rf_failed', refund_unknown: 'rf_unknown',
  problem_bad_json: 'problem_no_such_call', problem_key_missing: 'problem_no_such_call', problem_key_unreadable: 'problem_no_such_call', problem_id_needed: 'problem_no_such_call', problem_foreign_page: 'problem_no_such_call', problem_wrong_host: 'problem_no_such_call',
  problem_wrong_type: 'problem_no_such_call', problem_wrong_method: 'problem_no_such_call', problem_ahead_of_us: 'problem_no_such_call', problem_bad_query: 'problem_not_acceptable_value',
  problem_too_large: 'problem_not_acceptable_value', problem_value: 'problem_not_acceptable_value', problem_key_reused: 'problem_no_answer', problem_revoked: 'problem_not_paired',
  problem_not_signed_in: 'problem_who_are_you', problem_known_caller: 'problem_refused', problem_role_too_low: 'problem_not_allowed', problem_not_manager: 'problem_needs_manager',
  problem_no_person: 'problem_no_such_thing', problem_no_device: 'problem_no_such_thing', problem_restarting: 'problem_not_ready', problem_our_fault: 'problem_no_answer',
  health_stopped: 'health_starting', health_gateway: 'problem_gateway_failed',
  gateway_paused: 'gateway_busy', gateway_own_budget: 'gateway_busy', gateway_amount_large: 'gateway_amount', gateway_amount_small: 'gateway_amount', gateway_amount_other: 'gateway_qr_unfit',
  gateway_surcharge: 'gateway_qr_unfit', gateway_upi_off: 'gateway_qr_off', gateway_setup: 'gateway_refused', gateway_refund_too_much: 'gateway_refund_refused',
  gateway_nothing_there: 'problem_no_such_thing',
  doctor_gallad_runs: 'doctor_ok', doctor_link_local: 'doctor_ok', doctor_link_out: 'doctor_ok', doctor_link_signal: 'doctor_link_cable', doctor_link_none: 'doctor_link_cable', doctor_link_missing: 'doctor_link_cable',
  doctor_dns_plain: 'doctor_ok', doctor_dns_known: 'doctor_ok', doctor_dns_fails: 'doctor_link_route', doctor_dns_silent: 'doctor_link_route',
  doctor_tls_proven: 'doctor_ok', doctor_tls_local: 'doctor_ok', doctor_tls_address: 'doctor_dns_unknown', doctor_gateway_address: 'doctor_dns_unknown', doctor_tls_early: 'doctor_clock_unset',
  doctor_tls_clock: 'doctor_clock_unset', doctor_tls_either: 'doctor_tls_expired', doctor_tls_other: 'doctor_tls_between', doctor_tls_fails: 'doctor_tls_between',
  doctor_tls_mute: 'doctor_tls_silent', doctor_tls_refused: 'doctor_gateway_broken', doctor_tls_noway: 'doctor_link_route', doctor_tls_broken: 'doctor_tls_silent',
  doctor_gateway_answers: 'doctor_ok', doctor_gateway_sale: 'doctor_ok', doctor_gateway_silent: 'doctor_gateway_broken', doctor_gateway_sale_failed: 'problem_gateway_failed',
  doctor_gateway_ok: 'doctor_ok', doctor_keys_ok: 'doctor_ok', doctor_feature_ok: 'doctor_ok', doctor_clock_ok: 'doctor_ok', doctor_gateway_bad: 'doctor_gateway_broken',
  doctor_keys_note: 'doctor_gateway_note', doctor_feature_note: 'doctor_gateway_note', doctor_clock_note: 'doctor_clock_off', doctor_clock_bad: 'doctor_clock_off',
  doctor_printer_none: 'problem_no_printer', doctor_printer_ready: 'doctor_ok', doctor_printer_open: 'doctor_ok', doctor_printer_answers: 'doctor_ok', doctor_printer_remark: 'health_printer',
  doctor_printer_gone: 'health_printer', doctor_printer_offline: 'health_printer', doctor_printer_error: 'health_printer', doctor_printer_not: 'health_printer', doctor_paper_there: 'doctor_ok',
  doctor_paper_low: 'health_printer_low', doctor_paper_out: 'health_printer_paper_out', doctor_paper_cover: 'health_printer_cover_open', doctor_display_connected: 'doctor_ok', doctor_display_presented: 'doctor_ok',
  doctor_display_bad: 'doctor_display_none', doctor_display_page: 'doctor_display_none', doctor_disk_free: 'doctor_ok', doctor_disk_missing: 'doctor_disk_dying', doctor_disk_mute: 'doctor_disk_dying', doctor_disk_readonly: 'doctor_disk_dying',
  doctor_disk_slow: 'doctor_disk_dying',
  doctor_disk_was_full: 'doctor_disk_full', doctor_disk_takes_none: 'doctor_disk_full', doctor_disk_backup: 'doctor_ok',
  doctor_disk_backup_old: 'doctor_disk_backup_none', doctor_clock_agrees: 'doctor_clock_network', doctor_clock_chipless: 'doctor_clock_alone',
  doctor_clock_wrong_unset: 'doctor_clock_wrong', doctor_clock_blocked: 'doctor_clock_alone', doctor_stick_unfit: 'doctor_disk_dying', doctor_power_was: 'doctor_power_low',
};

// person is who did something, without the role the till stores with it; who has no name at the box is told by the place. A report
// names a standing QR among the persons.
export function person(by = '') {
  if (/^uid:\d+$/.test(by)) return t('at_box');
  if (by === 'keypad') return t('keypad');
  const name = by.replace(/^(cashier|manager|owner|service|login):/, '');
  return language === 'en' ? name : name.replace(/^standing QR /, `${t('stands')} `);
}

// hour is the last hour in figures: how many of those asked have paid, how soon half of them had, and which gateway is away.
export function hour(health) {
  const w = health.weather ?? {};
  return [w.ended > 0 && ` · ${t('paid')} ${w.paid}/${w.ended}`, w.time_to_paid_ms > 0 && ` · ${t('half_paid')} ${Math.round(w.time_to_paid_ms / 1000)} s`,
    (health.gateways ?? []).filter((g) => !g.ok).map((g) => [' · ', h('span', { lang: 'en' }, g.name), ': ', language === 'en' ? t('failed') : said(g.problem_code, {}, t('failed'))])];
}
