// setup asks the owner of a new box what galla setup asks at the terminal.
const $ = (id) => document.getElementById(id);
const door = $('door'), all = $('all'), say = $('say');

function tell(text) {
  say.hidden = !text;
  say.textContent = text ?? '';
  if (text) say.scrollIntoView({ block: 'center' });
}

async function call(method, path, body) {
  const head = method === 'GET' ? {} : { 'Content-Type': 'application/json' };
  const r = await fetch(path, { method, headers: head, body: body && JSON.stringify(body) });
  const b = r.status === 204 ? {} : await r.json();
  if (!r.ok) throw new Error([b.detail, b.next].filter(Boolean).join('. '));
  return b;
}

function options(name, pairs) {
  all.elements[name].replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
}

// begin shows the questions, with what was typed before the page was loaded again.
function begin(b) {
  options('port', [...(b.ports ?? []).map((p) => [p, p]), ['', 'none']]);
  options('profile', b.printers.map((p) => [p, p]));
  all.elements.terminal.value = b.terminal;
  options('first', b.languages.map((l) => [l.code, l.name]));
  options('second', [['', 'none'], ...b.languages.map((l) => [l.code, l.name])]);
  all.elements.second.value = 'hi';
  for (const [name, value] of Object.entries(b.draft ?? {})) {
    const field = all.elements[name];
    if (!field) continue;
    if (field.type === 'checkbox') field.checked = value;
    else field.value = value;
  }
  $('clock').textContent = 'This phone says ' + new Date().toLocaleString() + '; the till sets its clock from the internet, and says on its screen when it has no right time.';
  door.hidden = true;
  all.hidden = false;
  tell();
}

async function open(code) {
  try {
    begin(await call('POST', '/v1/setup/open', { code }));
  } catch (err) {
    tell(err.message);
  }
}

door.addEventListener('submit', (e) => {
  e.preventDefault();
  open(door.elements.code.value);
});
$('ask').addEventListener('click', () => call('POST', '/v1/setup/code', {}).then(() => tell('The code is on the till\'s screen now.'), (err) => tell(err.message)));

// What is typed is kept by the till, in memory, a moment after the last key.
let later;
all.addEventListener('input', () => {
  clearTimeout(later);
  later = setTimeout(keep, 400);
});
addEventListener('pagehide', () => !all.hidden && keep());

function keep() {
  const typed = {};
  for (const field of all.elements) if (field.name) typed[field.name] = field.type === 'checkbox' ? field.checked : field.value;
  return fetch('/v1/setup/draft', { method: 'PUT', keepalive: true, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(typed) }).catch(() => {});
}

function account(provider) {
  const v = (name) => all.elements[name].value.trim();
  return provider === 'razorpay'
    ? { provider, base_url: v('razorpay_url'), key_id: v('key_id'), key_secret: v('key_secret') }
    : { provider, base_url: v('enkash_url'), access_key: v('access_key'), secret_key: v('secret_key') };
}

for (const button of document.querySelectorAll('[data-try]')) {
  button.addEventListener('click', async () => {
    const list = button.parentElement.querySelector('ul');
    button.disabled = true;
    list.replaceChildren(line('', 'Trying them, where nothing is changed …'));
    try {
      const b = await call('POST', '/v1/setup/try', { gateway: account(button.dataset.try), demo: all.elements.demo.checked });
      list.replaceChildren(...b.findings.map((f) => line(f.level, [f.says, f.level === 'ok' ? '' : f.next].filter(Boolean).join('. '))));
    } catch (err) {
      list.replaceChildren(line('bad', err.message));
    }
    button.disabled = false;
  });
}

function line(level, text) {
  const li = document.createElement('li');
  li.className = level;
  li.textContent = text;
  return li;
}

all.addEventListener('submit', async (e) => {
  e.preventDefault();
  const f = all.elements, button = all.querySelector('button.main');
  const answers = {
    shop: f.shop.value.trim(), gstin: f.gstin.value.trim().toUpperCase(), phone: f.phone.value.trim(), terminal: f.terminal.value.trim(),
    address: f.address.value.split('\n').map((s) => s.trim()).filter(Boolean),
    gateways: ['razorpay', 'enkash'].filter((p) => f[p].checked).map(account),
    printer: f.port.value ? { port: f.port.value, profile: f.profile.value, receipt: f.receipt.checked, order: f.order.checked } : {},
    languages: [f.first.value, f.second.value].filter((l, i, a) => l && a.indexOf(l) === i),
    rotate: Number(f.rotate.value), network: true, demo: f.demo.checked,
  };
  button.disabled = true;
  clearTimeout(later);
  try {
    await call('POST', '/v1/setup', answers);
    tell();
    await written();
    all.hidden = true;
    $('end').hidden = false;
  } catch (err) {
    tell(err.message);
  }
  button.disabled = false;
});

// written waits until the answers are in place: the till says so, or restarts, and then nobody answers here any more.
async function written() {
  for (let i = 0; i < 60; i++) {
    await new Promise((done) => setTimeout(done, 1000));
    let s;
    try {
      s = await call('GET', '/v1/setup');
    } catch (err) {
      return;
    }
    if (s.state === 'done') return;
    if (s.state === 'failed') throw new Error([s.says, s.next].filter(Boolean).join('. '));
  }
  throw new Error('The till did not take the answers within a minute. On the box: sudo galla setup.');
}

const scanned = location.hash.slice(1);
history.replaceState(null, '', '/');
if (scanned) open(scanned);
else call('GET', '/v1/setup').then(begin, () => {}); // whoever is in already goes on; others have the code to type
