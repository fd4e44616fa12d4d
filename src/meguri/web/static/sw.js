// Keeps the recording page for where there is no connection, and sends what waits when the connection is back.
// STATIC is the address of this version's scripts and styles; the server writes it before this line.

importScripts(`${STATIC}/queue.js`);

const KEPT = `meguri ${STATIC}`;
const OFFLINE = "/battery/record/offline";
const FILES = ["palette.css", "tokens.css", "page.css", "ledger.css", "page.js", "record.js", "queue.js", "mark.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(KEPT);
    await cache.addAll([OFFLINE, ...FILES.map((name) => `${STATIC}/${name}`)]);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("meguri ") && name !== KEPT) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (event.request.mode === "navigate" && address.pathname.startsWith("/battery/record")) {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match(OFFLINE)) ?? Response.error()));
  } else if (address.pathname.startsWith(`${STATIC}/`)) {
    event.respondWith(caches.match(event.request).then((held) => held ?? fetch(event.request)));
  }
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "meguri-send") return;
  event.waitUntil((async () => {
    await self.meguriQueue.send();
    for (const page of await self.clients.matchAll()) page.postMessage("sent");
  })());
});
