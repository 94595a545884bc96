/**
 * The page's files, kept so that it starts without a network. Data is never kept here.
 *
 * A new version is fetched whole before it is used; until then the old one serves. VERSION is of all files' contents, and
 * a test tells what it has to be.
 */

const VERSION = "be067bf84158634d";

const FILES = [
  "index.html", "check_in.css", "app.js", "codes.js", "elements.js", "files.js", "lock.js", "phone.js", "people.js", "scan.js",
  "sheets.js", "standing.js", "words.js", "en.json", "fr.json", "ar.json", "icon.svg", "manifest.webmanifest",
  "../device/canonical.js", "../device/clock.js", "../device/event.js", "../device/keys.js", "../device/recorder.js",
  "../device/store.js", "../device/sync.js", "../device/vocabulary.js",
  "../vendor/noble-hashes/sha2.js", "../vendor/noble-hashes/_md.js", "../vendor/noble-hashes/_u64.js",
  "../vendor/noble-hashes/utils.js", "../vendor/jsqr/jsQR.js", "../vendor/qrcode-generator/qrcode.js",
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
  const kept = caches.open(NAME).then((cache) => cache.match(page, { ignoreSearch: true }));
  event.respondWith(kept.then((found) => found ?? fetch(request)));
});
