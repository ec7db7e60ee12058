// The service worker keeps the console's own files, so that it opens while the box restarts or the network is away.
// It never keeps an answer of the API: a sale shown from a cache would be a lie.
const shelf = 'galla-console';
const own = (url) => url.origin === location.origin && (url.pathname === '/' || url.pathname.startsWith('/console/'));

// files is all that opens the console without the box; a Go test holds the list against what is served.
const files = ['/',
  '/console/act.js', '/console/alerts.js', '/console/api.js', '/console/app.js', '/console/ask.js', '/console/box.js', '/console/day.js',
  '/console/dom.js', '/console/entry.js', '/console/format.js', '/console/health.js',
  '/console/history.js', '/console/icon.svg', '/console/inbox.js', '/console/lock.js', '/console/mandates.js', '/console/manifest.webmanifest', '/console/month.js', '/console/office.js', '/console/paid.js', '/console/paper.js', '/console/picture.js', '/console/qr.js', '/console/reconcile.js', '/console/sales.js',
  '/console/say.js', '/console/session.js', '/console/signin.js', '/console/sound.js', '/console/staff.js', '/console/standing.js', '/console/style.css', '/console/tile.js',
  '/console/till.js', '/console/tokens.css', '/console/unsure.js', '/console/words.js', '/console/words/bn.js', '/console/words/en.js', '/console/words/hi.js',
  '/console/words/mr.js', '/console/words/ta.js', '/console/words/te.js'];

self.addEventListener('install', (e) => e.waitUntil(caches.open(shelf).then((c) => c.addAll(files)).then(() => self.skipWaiting())));
self.addEventListener('activate', (e) => e.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== 'GET' || !own(url)) return;
  e.respondWith(fresh(e.request));
});

// fresh asks the box first: a console of another version than gallad is worse than a slow one.
async function fresh(request) {
  const cache = await caches.open(shelf);
  try {
    const answer = await fetch(request, await cache.match(request) ? { signal: AbortSignal.timeout(3000) } : {}); // a box that hangs is as good as away
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (err) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw err;
  }
}
