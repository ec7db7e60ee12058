// measure looks at what is shown, as a finger and an eye would: each control is large enough, nothing lies over it, no text is cut, and
// the page is as wide as its screen. It runs in the page and answers with what is wrong.
export function measure() {
  const wrong = [];
  const least = 48;
  const top = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  const name = (el) => `${el.tagName.toLowerCase()}.${el.className?.baseVal ?? el.className} "${(el.getAttribute('aria-label') ?? el.textContent).trim().slice(0, 40)}"`;
  const unseen = (el) => { for (let e = el; e; e = e.parentElement) if (getComputedStyle(e).clipPath.startsWith('inset(50')) return true; return false; };
  const shown = (el) => el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && el.getClientRects().length > 0 && !unseen(el);
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) wrong.push(`the page is ${wide} px wider than the screen`);

  const kept = [...document.querySelectorAll('*')].filter((e) => e.scrollHeight > e.clientHeight && e !== document.documentElement).map((e) => [e, e.scrollTop]);
  const at = [scrollX, scrollY];
  for (const el of top.querySelectorAll('button, a[href], input, select, textarea, summary, [role=button]')) {
    if (!shown(el)) continue;
    const hit = el.matches('[type=radio], [type=checkbox]') ? el.closest('label') : el;
    let r = hit.getBoundingClientRect();
    if (Math.round(r.width) < least || Math.round(r.height) < least) wrong.push(`${name(el)} is ${Math.round(r.width)}x${Math.round(r.height)}: too small to touch`);
    hit.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
    r = hit.getBoundingClientRect();
    // A dialog or list may be lower than a whole control: what is looked at is what can be seen.
    for (const [x, y] of [[r.left + r.width / 2, r.top + r.height / 2], [r.left + r.width / 2, r.top + 3], [r.left + r.width / 2, r.bottom - 3], [r.left + 3, r.top + r.height / 2], [r.right - 3, r.top + r.height / 2]]) {
      if (el.closest('.settling')) break;
      const there = document.elementFromPoint(x, y);
      if (!there) wrong.push(`${name(el)} reaches out of the screen at ${Math.round(x)},${Math.round(y)}`);
      else if (!hit.contains(there) && !there.contains(hit)) wrong.push(`${name(el)} is covered by ${name(there)}`);
      else continue;
      break;
    }
  }

  // Text: each line stands inside of whatever cuts it off, and inside of its own control.
  const walk = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const el = node.parentElement;
    if (!node.textContent.trim() || el.closest('svg, option, noscript, script') || !shown(el)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const line of range.getClientRects()) {
      for (let box = el; box && box !== document.documentElement; box = box.parentElement) {
        const style = getComputedStyle(box), b = box.getBoundingClientRect();
        const cutsX = ['hidden', 'clip'].includes(style.overflowX) || box.matches('button, .chip, .button, .card, .tile, dialog, .pad'), cutsY = style.overflowY === 'clip' || box.matches('button, .chip, .button');
        const scrolls = ['auto', 'scroll'].includes(style.overflowX);
        if (cutsX && (line.left < b.left - 1 || line.right > b.right + 1) || cutsY && (line.top < b.top - 2 || line.bottom > b.bottom + 2)) {
          wrong.push(`"${node.textContent.trim().slice(0, 40)}" is cut by ${name(box)}`);
          break;
        }
        if (scrolls || style.position === 'fixed') break;
      }
    }
  }
  for (const el of top.querySelectorAll('input, select')) {
    if (!shown(el)) continue;
    if (el.matches('input:not([type=radio], [type=checkbox], [type=password])') && document.activeElement !== el && el.scrollWidth > el.clientWidth + 1) wrong.push(`${name(el)} ${el.name}: "${el.value}" is cut`);
    if (el.matches('[type=datetime-local]') && el.clientWidth < 200) wrong.push(`${el.name} is ${el.clientWidth} px wide: its time is cut`);
    if (el.tagName === 'SELECT') {
      const pen = document.createElement('canvas').getContext('2d'), style = getComputedStyle(el);
      pen.font = style.font;
      const need = pen.measureText(el.selectedOptions[0]?.textContent ?? '').width, room = el.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 16;
      if (need > room + 1) wrong.push(`${el.name}: "${el.selectedOptions[0].textContent}" needs ${Math.round(need)} px and has ${Math.round(room)}`);
    }
  }
  for (const [e, y] of kept) e.scrollTop = y;
  scrollTo(...at);
  return [...new Set(wrong)];
}

// inView are the parts of the till that must be seen at once, without scrolling, and are not: the newest sale with its buttons, the
// alerts, the total, the pad, Charge, and the names of the pages.
export function inView() {
  const wrong = [];
  const parts = ['.alerts', '.entry', '.charge', 'nav', '.lead .tile', ...[...document.querySelectorAll('.key')].map((_, i) => `.key:nth-of-type(${i + 1})`), ...[...document.querySelectorAll('.lead .tile button')].map((_, i) => `.lead .tile .row button:nth-of-type(${i + 1})`)];
  for (const sel of parts) {
    for (const el of document.querySelectorAll(sel)) {
      const r = el.getBoundingClientRect();
      if (r.left < -1 || r.top < -1 || r.right > innerWidth + 1 || r.bottom > innerHeight + 1) wrong.push(`${sel} is out of view: ${[r.left, r.top, r.right, r.bottom].map(Math.round)}`);
      let clip = el.parentElement;
      while (clip && !['auto', 'scroll', 'hidden'].includes(getComputedStyle(clip).overflowY)) clip = clip.parentElement;
      const b = clip && clip !== document.documentElement && clip.getBoundingClientRect();
      if (b && (r.top < b.top - 1 || r.bottom > b.bottom + 1)) wrong.push(`${sel} is cut by ${clip.className}: ${Math.round(r.top)}–${Math.round(r.bottom)} in ${Math.round(b.top)}–${Math.round(b.bottom)}`);
    }
  }
  if (document.documentElement.scrollHeight > innerHeight) wrong.push(`the till is ${document.documentElement.scrollHeight} px high on a screen of ${innerHeight}`);
  return wrong;
}
