// alerts is one line with what a person should know now, the most urgent first. On a phone the first has its words, the others are
// signs; a tap tells all of it. The line is always there, so that nothing moves when something comes.
import { h, icon, put } from './dom.js';
import { tell } from './ask.js';
import * as inbox from './inbox.js';
import { hour, parts, said } from './say.js';
import { may } from './session.js';
import { sounding, unlock } from './sound.js';
import { t } from './words.js';

export const line = h('div', { class: 'alerts', role: 'status' });
let health = {};
let shown = '';

// heard takes in what the box says of itself.
export function heard(now) {
  health = now;
}

const tones = { good: 'good', quiet: 'quiet', slow: 'warn', bad: 'bad', out: 'bad' };
const signs = { good: 'done', slow: 'wait', bad: 'not', quiet: 'wait', out: 'not' };

// urgent are the alerts of now, the most urgent first; whole is what a tap tells. go leads to the till.
function urgent(here, go) {
  const level = health.ready === undefined ? 'quiet' : health.ready ? health.weather?.level ?? 'quiet' : 'out';
  const weather = { name: 'weather', tone: tones[level], sign: signs[level], text: t(level, { why: said(health.problem_code, {}, health.problem ?? '') }) };
  weather.tap = () => tell(weather.text, h('span', {}, hour(health)));
  const needs = health.printer ?? '';
  const paper = !['ready', 'none', ''].includes(needs) && { name: 'paper', tone: 'warn', sign: 'paper', text: said(health.printer_code, {}, needs.replace(/ \(.*$/s, '')) }; // the cause in brackets is for the Box page and the command line
  if (paper) paper.tap = () => tell(paper.text);
  // A clock that is wrong is everybody's; copies of the sales that are missing or old are whose shop it is.
  const checks = health.checkup?.checks ?? [];
  const clock = remark(checks.find((c) => c.check === 'clock' && c.level === 'bad'), 'clock', 'bad');
  const copies = may('manager') && remark(checks.find((c) => c.level === 'note' && (c.check === 'stick' || /^doctor_disk_backup_/.test(c.says_code))), 'copies', 'warn');
  const count = inbox.title();
  const decide = !count.endsWith('(0)') && { name: 'decide', tone: 'bad', sign: 'bell', text: count, opens: true, tap: () => (here ? inbox.turn() : go('till', true)) };
  const silent = !sounding() && { name: 'silent', tone: 'quiet', sign: 'mute', text: t('sound_off'), tap: unlock };
  const loud = ['slow', 'bad'].includes(level), dead = level === 'out'; // nothing can be sold: that first
  return [dead && weather, decide, clock, loud && weather, paper, copies, !loud && !dead && weather, silent].filter(Boolean);
}

// remark is an alert of one of the doctor's checks; a tap tells what to do.
function remark(check, name, tone) {
  if (!check) return null;
  const next = check.next_code ? said(check.next_code, {}, check.next) : parts(check.says_code, check.says_values)?.[1] ?? check.next;
  const text = parts(check.says_code, check.says_values)?.[0] ?? check.says;
  return { name, tone, sign: 'not', text, tap: () => tell(text, next) };
}

export function show(here, go) {
  const list = urgent(here, go);
  const now = JSON.stringify([list, inbox.opened(), t('inbox')]);
  if (now === shown && line.firstChild) return;
  shown = now;
  const focus = document.activeElement?.closest?.('.alert')?.dataset.name;
  put(line, list.map((a) => h('button', { type: 'button', class: `alert ${a.name} ${a.tone}`, 'data-name': a.name, onclick: () => { a.tap(); show(here, go); },
    ...(a.opens && { 'aria-expanded': String(inbox.opened()), 'aria-controls': 'inbox' }) }, icon(a.sign), h('span', {}, a.text))));
  if (focus) line.querySelector(`[data-name="${focus}"]`)?.focus();
}
