// words holds the language in use, as the console's does; here it is kept with what is typed, on the till.
export const languages = { en: 'English', hi: 'हिन्दी', mr: 'मराठी', ta: 'தமிழ்', te: 'తెలుగు', bn: 'বাংলা' };

let table = {};
export let language = 'en';

export async function speak(code) {
  language = languages[code] ? code : 'en';
  table = (await import(`/words/${language}.js`)).default;
  document.documentElement.lang = language;
}

// preferred is the language that this device asks for.
export const preferred = () => (navigator.languages ?? ['en']).map((l) => l.slice(0, 2)).find((l) => languages[l]) ?? 'en';

export const has = (key) => key in table;

export function t(key, values = {}) {
  return (table[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

// numbers are written with the digits 0 to 9, as on slips.
const locale = () => `${language}-IN-u-nu-latn`;

// when writes a moment as India's clocks show it.
export const when = (at) => new Intl.DateTimeFormat(locale(), { timeZone: 'Asia/Kolkata', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at);

// span writes how long something is in its largest unit.
export function span(ms) {
  const s = Math.abs(ms) / 1000;
  const [unit, n] = s < 120 ? ['second', s] : s < 7200 ? ['minute', s / 60] : s < 172800 ? ['hour', s / 3600] : ['day', s / 86400];
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 }).format(n);
}
