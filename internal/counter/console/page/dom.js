// dom builds elements. Text always goes in as text: nothing a customer or a gateway wrote is ever taken for HTML.
const svgNS = 'http://www.w3.org/2000/svg';

// h makes an element: h('button', {class: 'x', onclick: f}, 'text', child).
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

// s makes an SVG element.
export function s(tag, props = {}, ...children) {
  return fill(document.createElementNS(svgNS, tag), props, children);
}

function fill(el, props, children) {
  for (const [k, v] of Object.entries(props)) {
    if (v === undefined || v === null || v === false) continue;
    if (k.startsWith('on')) el.addEventListener(k.slice(2), v);
    else el.setAttribute(k, v === true ? '' : v);
  }
  el.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== false && c !== ''));
  return el;
}

// put replaces what is in an element.
export function put(el, ...children) {
  el.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return el;
}

// The shapes that say a phase beside its word and colour.
const shapes = {
  wait: ['M12 3a9 9 0 1 0 9 9', 'none'],
  qr: ['M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 18h2', 'none'],
  moving: ['M4 12h13M12 6l6 6-6 6', 'none'],
  done: ['M4 12l6 6L20 6', 'none'],
  not: ['M6 6l12 12M18 6L6 18', 'none'],
  bell: ['M12 3a6 6 0 0 0-6 6v5l-2 3h16l-2-3V9a6 6 0 0 0-6-6zM10 20h4', 'none'],
};

export function icon(name) {
  const [d, f] = shapes[name];
  return s('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' },
    s('path', { d, fill: f, stroke: 'currentColor', 'stroke-width': 2.5, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }));
}
