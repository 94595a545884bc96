// Keeps a page as new as the ledger: the stream tells that something changed, and its live part is fetched anew and
// changed where it differs. What somebody types, ticks or has opened stays.
import { morph, watch } from "./morph.js";

const live = document.getElementById("live");
const stale = document.getElementById("stale");

if (live && stale) {
  let fetching = false;
  let again = false;
  watch(live);

  const refresh = async () => {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    try {
      do {
        again = false;
        const answer = await fetch(location.pathname + location.search, {
          headers: { accept: "text/html" }, cache: "no-store",
        });
        if (answer.redirected || answer.status === 401) {
          location.assign("/login");
          return;
        }
        if (!answer.ok) throw new Error(String(answer.status));
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
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

  const stream = new EventSource(`/api/stream?since=${live.dataset.size}`);
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
