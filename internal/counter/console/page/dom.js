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
  till: ['M5 3h14v18H5zM8 7h8M8 12h2M14 12h2M8 16h2M14 16h2', 'none'],
  list: ['M4 6h16M4 12h16M4 18h16', 'none'],
  again: ['M4 11a8 8 0 0 1 14-5l2 2M20 3v5h-5M20 13a8 8 0 0 1-14 5l-2-2M4 21v-5h5', 'none'],
  day: ['M5 20v-6M12 20V6M19 20v-9', 'none'],
  box: ['M4 8l8-4 8 4v9l-8 4-8-4zM4 8l8 4 8-4M12 12v9', 'none'],
  health: ['M3 12h4l3-7 4 14 3-7h4', 'none'],
  paper: ['M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6', 'none'],
  back: ['M9 5L3 12l6 7h12V5zM12 9l5 6M17 9l-5 6', 'none'],
  bill: ['M10 4L8 20M16 4l-2 16M4 9h16M4 15h16', 'none'],
  mute: ['M4 9h4l5-4v14l-5-4H4zM17 9l4 6M21 9l-4 6', 'none'],
  bell: ['M12 3a6 6 0 0 0-6 6v5l-2 3h16l-2-3V9a6 6 0 0 0-6-6zM10 20h4', 'none'],
};

export function icon(name) {
  const [d, f] = shapes[name];
  return s('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' },
    s('path', { d, fill: f, stroke: 'currentColor', 'stroke-width': 2, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }));
}
