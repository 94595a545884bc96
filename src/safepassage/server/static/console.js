// Keeps a page as new as the ledger: the stream tells that something changed, and its live part is fetched anew and
// changed where it differs. What somebody types, ticks or has opened stays.
import { morph, watch } from "./morph.js";

// After a page was fetched it rests for so many times as long as the answer took, within bounds: many screens before a
// busy server slow themselves down, one before an idle server hardly.
const REST_TIMES = 10;
const LEAST_MS = 1000;
const MOST_MS = 8000;

// On a phone the pages stand in one line: where one is has to be in sight.
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

const live = document.getElementById("live");
const stale = document.getElementById("stale");

if (live && stale) {
  let fetching = false;
  let again = false;
  let last = -Infinity;
  let rests = 0;
  watch(live);

  const refresh = async () => {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    try {
      do {
        await new Promise((go) => setTimeout(go, Math.max(0, last + rests - performance.now())));
        again = false;
        const began = performance.now();
        const answer = await fetch(location.pathname + location.search, {
          headers: { accept: "text/html" }, cache: "no-store",
        });
        if (answer.redirected || answer.status === 401) {
          location.assign("/login");
          return;
        }
        if (!answer.ok) throw new Error(String(answer.status));
        const text = await answer.text();
        last = performance.now();
        rests = Math.min(MOST_MS, Math.max(LEAST_MS, REST_TIMES * (last - began)));
        const page = new DOMParser().parseFromString(text, "text/html");
        const next = page.getElementById("live");
        if (!next) throw new Error("not this page");
        morph(live, next);
        live.dataset.size = next.dataset.size;
      } while (again);
      stale.hidden = stream.readyState === EventSource.OPEN;
    } catch {
      stale.hidden = false;
      setTimeout(refresh, 3000);
    } finally {
      fetching = false;
    }
  };

  // what moves without the ledger has a stream of its own
  const stream = new EventSource(`${live.dataset.stream || "/api/stream"}?since=${live.dataset.size}`);
  stream.addEventListener("change", (message) => {
    if (message.lastEventId !== live.dataset.size) refresh();
  });
  stream.addEventListener("open", () => {
    stale.hidden = true;
  });
  stream.addEventListener("error", () => {
    stale.hidden = false;
  });
}
