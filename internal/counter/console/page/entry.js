// entry is the amount being typed, rupees first, with a tape for sums: the same rules as the number pad of the box
// (internal/keypad/machine.go). It is pure: keys in, a new entry out.
export const empty = { text: '', tape: [] };
const maxWhole = 11, maxTape = 20; // digits, addends

// press answers the entry after a key: "0".."9", "00", ".", "+", "Backspace", "Clear".
export function press(entry, key) {
  const { text, tape } = entry;
  if (full(entry, key)) return entry;
  if (/^(\d|00)$/.test(key)) return { text: [...key].reduce(digit, text), tape };
  switch (key) {
    case '.':
      return text.includes('.') ? entry : { text: (text || '0') + '.', tape };
    case '+':
      if (value(text) === 0) return entry;
      return { text: '', tape: tape.length < maxTape ? [...tape, value(text)] : [tape[0] + tape[1], ...tape.slice(2), value(text)] }; // refused, the next digits would go on with this addend
    case 'Backspace':
      if (text) return { text: text.slice(0, -1), tape };
      return tape.length ? { text: plain(tape.at(-1)), tape: tape.slice(0, -1) } : entry;
    case 'Clear':
      return text ? { text: '', tape } : empty;
  }
  return entry;
}

// full says that a digit has no room: it is refused with a sign, and half a key is no key.
export function full(entry, key) {
  const [whole, paise] = entry.text.split('.');
  return /^(\d|00)$/.test(key) && (paise === undefined ? whole.length + key.length > maxWhole : paise.length + key.length > 2);
}

// tempo tells a barcode scanner, which types like a keyboard, from a hand: six keys or more, each less than 30 ms after the one
// before; three and Enter where a letter is among them, which no amount has. It is what the next call takes: pressed(tempo, key, ms,
// entry) answers { tempo, scanned, entry }, where entry is what was typed before the scanner began, and Enter of a scanner is scanned
// too.
export const still = { last: -Infinity, run: 0, odd: false, before: empty };
export const scannerGap = 30;
const scannerKeys = 6, scannerOdd = 3, scannerQuiet = 300;

export function pressed(tempo, key, at, entry) {
  if (key === 'Shift') return { tempo, scanned: false, entry }; // of a scanner's capital
  const on = tempo.run > 0 && at - tempo.last < scannerGap;
  if (key.length === 1 && (on && tempo.odd || !/[.+]/.test(key))) { // a point or a plus is of a barcode with letters alone
    const next = { last: at, run: on ? tempo.run + 1 : 1, odd: on && tempo.odd || !/[0-9.+]/.test(key), before: on ? tempo.before : entry };
    return { tempo: next, scanned: next.run >= scannerKeys, entry: next.before };
  }
  const scanned = key === 'Enter' && tempo.run >= (tempo.odd ? scannerOdd : scannerKeys) && at - tempo.last < scannerQuiet;
  return { tempo: still, scanned, entry: scanned ? tempo.before : entry };
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
