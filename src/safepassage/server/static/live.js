// Keeps the parts of a page that are marked `data-live` as new as the ledger, and their ages as old as they are.
const PAUSE_MS = 2000;
const MINUTE_MS = 60000;

const replace = (part, next) => {
  if (part.isEqualNode(next)) return;
  // whoever is about to press a button there keeps it until they are done
  if (part.contains(document.activeElement)) return;
  const scrolled = [...part.querySelectorAll("[tabindex]")].map((one) => one.scrollLeft);
  part.replaceChildren(...document.importNode(next, true).childNodes);
  // whoever has moved a wide table or chart finds it where it was
  part.querySelectorAll("[tabindex]").forEach((one, index) => {
    one.scrollLeft = scrolled[index] ?? 0;
  });
};

// Fetches `address` whenever the ledger changed, puts its live parts in place of those here, and calls `changed`.
export const keepLive = (address, changed = () => {}) => {
  const stale = document.getElementById("stale");
  let waiting = null;

  const refresh = async () => {
    waiting = null;
    try {
      const answer = await fetch(address, { cache: "no-store" });
      if (answer.redirected || answer.status === 401) {
        location.assign("/login");
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live][id]")) {
        const next = page.getElementById(part.id);
        if (next) replace(part, next);
      }
      await changed();
      stale.hidden = stream.readyState === EventSource.OPEN;
    } catch {
      stale.hidden = false;
    }
  };

  // changes that come close together are one
  const soon = (pause) => {
    if (waiting === null) waiting = setTimeout(refresh, pause);
  };

  const stream = new EventSource("/api/stream");
  stream.addEventListener("change", () => soon(PAUSE_MS));
  stream.addEventListener("open", () => {
    stale.hidden = true;
  });
  stream.addEventListener("error", () => {
    stale.hidden = false;
  });
  setInterval(() => soon(0), MINUTE_MS);
};
