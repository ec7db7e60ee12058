// format writes money and times. Amounts are integers in paise everywhere; nothing here divides them as fractions.
import { language } from './words.js';

// grouped writes paise with Indian grouping: 12500000 -> "1,25,000.00".
export function grouped(paise) {
  const sign = paise < 0 ? '-' : '';
  const abs = Math.abs(paise);
  const rupees = String(Math.trunc(abs / 100));
  const tail = rupees.slice(-3);
  const head = rupees.slice(0, -3).replace(/\B(?=(\d\d)+$)/g, ',');
  return sign + (head ? head + ',' : '') + tail + '.' + String(abs % 100).padStart(2, '0');
}

export const rupees = (paise) => (paise < 0 ? '-₹' + grouped(-paise) : '₹' + grouped(paise));

const clockFormat = new Intl.DateTimeFormat('en-IN', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Kolkata' });
const dayFormats = {}; // months have their names in the language in use; digits stay those of the amounts
const dayFormat = () => (dayFormats[language] ??= new Intl.DateTimeFormat(language + '-IN-u-nu-latn', { day: 'numeric', month: 'short', timeZone: 'Asia/Kolkata' }));

const longFormats = {};

// day writes a day like 2026-11-30 in the words of the language in use.
export const day = (text) => (longFormats[language] ??= new Intl.DateTimeFormat(language + '-IN-u-nu-latn', { dateStyle: 'long', timeZone: 'UTC' })).format(new Date(text));
export const clock = (at) => clockFormat.format(new Date(at));
export const dayAndClock = (at) => dayFormat().format(new Date(at)) + ' ' + clock(at);

// span writes a length of time: 75 -> "1:15".
export function span(seconds) {
  const n = Math.max(0, Math.round(seconds));
  return Math.trunc(n / 60) + ':' + String(n % 60).padStart(2, '0');
}
