/**
 * The page's files, kept so that it starts without a network. Data is never kept here.
 *
 * A new version is fetched whole before it is used; until then the old one serves. VERSION is of all files' contents, and
 * a test tells what it has to be.
 */

const VERSION = "33c1566d6cd5464f";

const FILES = [
  "index.html", "check_in.css", "check_in.js", "icon.svg", "manifest.webmanifest",
  "../vendor/jsqr/jsQR.js", "../vendor/qrcode-generator/qrcode.js",
];

const NAME = `safepassage-check-in-${VERSION}`;

self.addEventListener("install", (event) => {
  const fetched = FILES.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(fetched)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("safepassage-check-in-") && name !== NAME);
  const cleared = caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name))));
  event.waitUntil(cleared.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).pathname.includes("/api/")) return;
  const page = request.mode === "navigate" ? new URL("index.html", self.registration.scope) : request;
  const kept = caches.match(page, { cacheName: NAME, ignoreSearch: true });
  event.respondWith(kept.then((found) => found ?? fetch(request)));
});
