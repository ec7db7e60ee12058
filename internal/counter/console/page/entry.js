// entry is the amount being typed, rupees first, with a tape for sums: the same rules as the number pad of the box
// (internal/counter/keypad.go). It is pure: keys in, a new entry out.
export const empty = { text: '', tape: [] };
const maxWhole = 11;

// press answers the entry after a key: "0".."9", "00", ".", "+", "Backspace", "Clear".
export function press(entry, key) {
  const { text, tape } = entry;
  if (/^(\d|00)$/.test(key)) return { text: [...key].reduce(digit, text), tape };
  switch (key) {
    case '.':
      return text.includes('.') ? entry : { text: (text || '0') + '.', tape };
    case '+':
      return value(text) > 0 && tape.length < 20 ? { text: '', tape: [...tape, value(text)] } : entry;
    case 'Backspace':
      if (text) return { text: text.slice(0, -1), tape };
      return tape.length ? { text: plain(tape.at(-1)), tape: tape.slice(0, -1) } : entry;
    case 'Clear':
      return text ? { text: '', tape } : empty;
  }
  return entry;
}

function digit(text, d) {
  const [whole, paise] = text.split('.');
  if (paise !== undefined) return paise.length < 2 ? text + d : text;
  if (whole === '0') return d;
  return whole.length < maxWhole ? text + d : text;
}

// value is what a text amounts to, in paise, without a fraction on the way.
export function value(text) {
  const [whole, paise = ''] = text.split('.');
  return Number(whole || '0') * 100 + Number((paise + '00').slice(0, 2));
}

const plain = (paise) => {
  const rest = paise % 100;
  return String(Math.trunc(paise / 100)) + (rest ? '.' + String(rest).padStart(2, '0') : '');
};

export const sum = (entry) => entry.tape.reduce((a, b) => a + b, value(entry.text));
