// words holds the language in use. A sentence has its values in braces: t('left', { time: '1:15' }).
export const languages = { en: 'English', hi: 'हिन्दी', mr: 'मराठी', ta: 'தமிழ்', te: 'తెలుగు', bn: 'বাংলা' };

let table = {};
let english = {};
export let language = 'en';

export async function speak(code) {
  const wanted = languages[code] ? code : 'en';
  english = (await import('/console/words/en.js')).default;
  table = wanted === 'en' ? english : (await import(`/console/words/${wanted}.js`)).default;
  language = wanted;
  document.documentElement.lang = wanted;
  localStorage.setItem('galla.language', wanted);
}

export const remembered = () => localStorage.getItem('galla.language') ?? (navigator.languages ?? ['en']).map((l) => l.slice(0, 2)).find((l) => languages[l]) ?? 'en';

// own is a sentence of the language in use, and of no other.
export const own = (key) => table[key];

export function t(key, values = {}) {
  return (table[key] ?? english[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}
