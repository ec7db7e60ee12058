// The service worker keeps the console's own files, so that it opens while the box restarts or the network is away.
// It never keeps an answer of the API: a sale shown from a cache would be a lie.
const shelf = 'galla-console';
const own = (url) => url.origin === location.origin && (url.pathname === '/' || url.pathname.startsWith('/console/'));

self.addEventListener('install', (e) => e.waitUntil(caches.open(shelf).then((c) => c.add('/')).then(() => self.skipWaiting())));
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
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (err) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw err;
  }
}
