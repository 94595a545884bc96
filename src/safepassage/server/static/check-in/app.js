/** The check-in page: lets the phone in, asks what it records, then the list. */

import { button, choice, element } from "./elements.js";
import { codesSheet } from "./codes.js";
import { bringSheet, revokedView, save } from "./files.js";
import { LOCK_AFTER_MS, open, setLock } from "./lock.js";
import { showPeople } from "./people.js";
import { Phone } from "./phone.js";
import { countSheet, hide, personSheet, scanSheet, show, walkInSheet } from "./sheets.js";
import { LANGUAGES, preferred, say, speak, spoken } from "./words.js";

const THEMES = ["auto", "light", "dark"];

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Phone} */
let phone;
let searched = "";

/** What who holds the phone gets to see: what there is, nothing, the lock, or that it was revoked. @type {"all" | "nothing" | "locked" | "leaving" | "gone"} */
let view = "locked";

/** Events that the list shows, so that it is made anew only when there are others: a row must not go from under a finger. */
let shown = -1;

/** The last tap in the list: a second one at once is one of a hand that shakes, and would take the first one back. */
let tapped = { person: "", at: 0 };
const TWICE_MS = 800;

/** Tell it to who sees, and to who hears. @param {string} text */
function tell(text) {
  byId("said").textContent = text;
}

/** @param {string} text - Empty when it is over. */
function trouble(text) {
  byId("trouble").textContent = text;
}

/**
 * Record, and say that it is done or why not. Nothing is shown as recorded that is not on the disk.
 *
 * @type {import("./sheets.js").Act}
 */
async function act(type, subject, more) {
  try {
    await phone.record(type, subject, more);
  } catch (error) {
    failed(error);
    return false;
  }
  trouble("");
  tell(say("said", { type: say(`type.${type}`), subject }));
  navigator.vibrate?.(30);
  showList();
  return true;
}

/** @param {any} error */
function failed(error) {
  if (error.name === "NotKeptError") trouble(say("kept-not"));
  else if (/does not follow/.test(error.message)) trouble(say("forked"));
  else trouble(say("not-recorded", { what: error.message }));
}

/** Record what was tapped in the list. @param {string} type @param {string} person */
async function tap(type, person) {
  const now = performance.now();
  if (tapped.person === person && now - tapped.at < TWICE_MS) return;
  tapped = { person, at: now };
  await act(type, person);
}

async function undo() {
  try {
    const undone = await phone.undo();
    if (!undone) return;
    tell(say("undone", { what: what(undone) }));
  } catch (error) {
    failed(error);
  }
  showList();
}

/** @param {import("../device/event.js").DeviceEvent} event */
function what(event) {
  return say("said", { type: say(`type.${event.type}`), subject: event.subject });
}

// --- the top: where, and how much is unsent

function showTop() {
  const post = view === "all" ? phone.post : null;
  const title = post ? post.id : say("title");
  const right = view === "nothing" || (view === "all" && phone.store.isEnrolled)
    ? [button("", menu, { id: "sent" }), button("☰", menu, { id: "menu", "aria-label": say("menu") })]
    : [];
  const heading = element("h1", {}, element("bdi", {}, title));
  const parts = [element("div", { class: "line" }, heading, element("div", { class: "line" }, ...right))];
  if (post) parts.push(atLine());
  byId("top").replaceChildren(...parts);
  showSent();
}

function showSent() {
  const place = byId("sent");
  if (!place) return;
  const { state } = phone.sync;
  const unsent = view === "all" ? phone.store.unsent : 0;
  const stopped = view === "all" && (state === "refused" || state === "not-kept");
  const words = [unsent ? say("unsent", { n: unsent }) : say("all-sent")];
  if (stopped || (unsent && state === "away")) words.push(say(state));
  place.textContent = words.join(" · ");
  place.dataset.state = stopped ? state : unsent ? "unsent" : "sent";
}

/** Where the vehicle is now: stands in every event, until it moves. */
function atLine() {
  const post = /** @type {import("./phone.js").Post} */ (phone.post);
  const opened = (/** @type {string} */ code) => {
    hide();
    openPerson(code);
    return true;
  };
  const scanning = button(say("scan"), () => scanSheet(say("scan"), opened, () => tell(say("scan.none"))), { class: "scan" });
  const field = element("input", {
    type: "search", id: "search", value: searched, placeholder: say("search"), "aria-label": say("search"), autocomplete: "off",
    oninput: (/** @type {any} */ event) => {
      searched = event.target.value;
      showRows();
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && searched.trim() && openPerson(searched.trim()),
  });
  const line = element("div", { class: "line" }, field, scanning);
  if (post.kind !== "vehicle") return line;
  /** @type {[string, string][]} */
  const options = [["", say("on-road")]];
  for (const { id } of phone.list.sites) options.push([id, say("now-at", { site: id })]);
  const { label, select } = choice("", options, post.site);
  select.setAttribute("aria-label", say("now"));
  select.addEventListener("change", () => void phone.take({ ...post, site: select.value }).then(showList, failed));
  label.replaceChildren(select);
  label.classList.add("at");
  return element("div", { class: "block" }, label, line);
}

// --- the list

function showList() {
  showSent();
  showRows();
  showBar();
}

function showRows() {
  shown = phone.standing.size;
  const expected = phone.list.people.length;
  const count = phone.here();
  const counts = phone.inVehicle
    ? say("counts.vehicle", { aboard: count, expected })
    : say("counts.site", { here: count, expected });
  const before = document.activeElement;
  const focused = before?.closest("[data-person]")?.getAttribute("data-person");
  const second = before?.classList.contains("act");
  if (!byId("main").querySelector(".rows")) beginRows();
  const [heading, list, more] = [".counts", ".rows", ".more"].map((one) => /** @type {Element} */ (byId("main").querySelector(one)));
  heading.textContent = counts;
  const hidden = showPeople(list, phone, searched, { act: tap, open: openPerson });
  more.textContent = hidden ? say("more-people", { n: hidden }) : "";
  // The row was made anew: whoever works by keyboard stays on it.
  if (focused && !before?.isConnected) refocus(focused, second ? ".act" : ".person");
}

function beginRows() {
  const notes = isSecureContext ? [] : [element("p", { class: "notice small" }, say("http"))];
  const [counts, rows, more] = [element("h2", { class: "counts" }), element("ul", { class: "rows" }), element("p", { class: "quiet more" })];
  byId("main").replaceChildren(...notes, counts, rows, more);
}

/** @param {string} person @param {string} which */
function refocus(person, which) {
  const row = [...document.querySelectorAll("[data-person]")].find((one) => one.getAttribute("data-person") === person);
  /** @type {HTMLElement | null | undefined} */ (row?.querySelector(which))?.focus({ preventScroll: true });
}

/** @param {string} person - As typed or scanned. */
function openPerson(person) {
  const known = phone.people().find(({ id }) => id.toLowerCase() === person.toLowerCase());
  personSheet(phone, known?.id ?? person, act);
}

function showBar() {
  const last = phone.standing.lastOwn(phone.store.device);
  const taking = last && element(
    "button",
    { type: "button", class: "undo", onclick: undo },
    element("span", {}, what(last.event)),
    element("span", {}, say("undo")),
  );
  const focused = document.activeElement?.id || (document.activeElement?.classList.contains("undo") ? "undo" : "");
  const keys = [
    taking,
    button(say("head-count"), () => countSheet(phone, act), { id: "head-count" }),
    button(say("walk-in"), () => walkInSheet(phone, act), { id: "walk-in" }),
  ];
  byId("bar").hidden = false;
  byId("bar").setAttribute("aria-label", say("record"));
  byId("bar").replaceChildren(element("div", { class: "keys" }, ...keys.filter(Boolean)));
  if (focused === "undo") /** @type {HTMLElement | null} */ (document.querySelector("#bar button"))?.focus();
}

// --- before the list

function showEnrol() {
  // A scanned address brings the code behind its number sign, which browsers send to nobody.
  const code = element("input", {
    value: decodeURIComponent(location.hash.slice(1)),
    autocapitalize: "characters", autocomplete: "off", spellcheck: "false", required: true,
  });
  const wrong = element("p", { class: "state missing", role: "alert" });
  const send = async () => {
    try {
      await phone.enrol(code.value.trim());
      // The code has been used: it need not stand in the address any longer.
      history.replaceState(null, "", location.pathname);
      phone.sync.start();
      showNext();
    } catch (/** @type {any} */ error) {
      wrong.textContent = error.status ? say("enrol.refused", { what: error.message }) : enrolTrouble(error);
    }
  };
  byId("main").replaceChildren(
    element("h2", {}, say("enrol")),
    element("p", {}, say("enrol.how")),
    element("label", {}, say("enrol.code"), code),
    wrong,
    element("div", { class: "keys" }, button(say("enrol.do"), send, { class: "main" }), ...settings()),
  );
}

/** @param {any} error */
function enrolTrouble(error) {
  return error.name === "NotKeptError" ? say("kept-not") : say("enrol.away");
}

async function showPlaces() {
  await phone.renewList().catch((error) => error.status && trouble(say("server-says", { what: error.message })));
  const [vehicles, sites] = [phone.list.vehicles, phone.list.sites].map((all) => all.filter(({ post }) => post !== false));
  if (!vehicles.length && !sites.length) {
    showNoPlaces();
    return;
  }
  const actor = element("input", { maxlength: 64, value: phone.post?.actor ?? "", autocomplete: "off", autocapitalize: "characters" });
  const begin = (/** @type {"vehicle" | "site"} */ kind, /** @type {string} */ id) => async () => {
    try {
      await phone.take({ kind, id, actor: actor.value.trim() || phone.store.device, site: "" });
      await phone.renewList().catch(() => {});
    } catch (error) {
      failed(error);
      return;
    }
    showNext();
  };
  const group = (/** @type {"vehicle" | "site"} */ kind, /** @type {{id: string}[]} */ all) =>
    all.length ? [element("h3", {}, say(`place.${kind}`)), element("div", { class: "keys two" }, ...all.map(({ id }) => button(id, begin(kind, id))))] : [];
  byId("main").replaceChildren(
    element("h2", {}, say("place")),
    element("label", {}, say("place.actor"), actor),
    element("p", { class: "quiet small" }, say("place.actor.how")),
    ...group("vehicle", vehicles),
    ...group("site", sites),
  );
}

/** Nothing to record: no list has come, or nothing is to be shown. */
function showNoPlaces() {
  const again = button(say("again"), showNext, { class: "main" });
  byId("main").replaceChildren(element("h2", {}, say("place")), element("p", {}, say("place.none")), element("div", { class: "keys" }, again, ...settings()));
}

function showLock() {
  const pin = element("input", { type: "password", inputmode: "numeric", autocomplete: "off", required: true });
  const wrong = element("p", { class: "state missing", role: "alert" });
  const send = async () => {
    const opened = await open(phone.store, pin.value);
    pin.value = "";
    if (opened === "wrong" || opened === "wait") {
      wrong.textContent = say(opened === "wrong" ? "pin.wrong" : "pin.wait");
      return;
    }
    view = opened;
    showNext();
  };
  const form = element(
    "form",
    { onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); void send(); } },
    element("label", {}, say("pin"), pin), wrong,
    element("div", { class: "keys" }, element("button", { class: "main" }, say("pin.open")), ...settings()),
  );
  byId("main").replaceChildren(element("h2", {}, say("pin")), form);
  pin.focus();
}

/** Lock the page when there is a PIN. */
async function lock() {
  view = (await phone.store.get("lock")) ? "locked" : "all";
  hide();
  showNext();
}

function pinSheet() {
  const field = (/** @type {string} */ name) =>
    element("input", { type: "password", inputmode: "numeric", autocomplete: "off", "aria-describedby": name });
  const pin = field("pin-how");
  const second = field("second-how");
  const wrong = element("p", { class: "state missing", role: "alert" });
  const send = async () => {
    if (pin.value && (pin.value.length < 4 || pin.value === second.value)) {
      wrong.textContent = say("pin.short");
      return;
    }
    // Whoever was let in to see nothing changes nothing.
    if (view === "all") await setLock(phone.store, pin.value, pin.value && second.value);
    hide();
    tell(say(pin.value ? "pin.set" : "pin.none"));
  };
  show(
    say("pin"),
    element("label", {}, say("pin.new"), pin), element("p", { id: "pin-how", class: "quiet small" }, say("pin.how")),
    element("label", {}, say("pin.second"), second), element("p", { id: "second-how", class: "quiet small" }, say("pin.second.how")),
    wrong, button(say("pin.save"), send, { class: "main" }),
  );
}

// --- this phone was revoked

let leaving = false;

/** Hand over what is unsent, to be looked at, and erase everything; what does not go goes another time. */
async function leave() {
  if (leaving) return;
  leaving = true;
  try {
    if (await phone.leave()) {
      if (view !== "nothing") gone();
    } else if (view === "all") {
      view = "leaving";
      hide();
      showTop();
      byId("bar").hidden = true;
      byId("main").replaceChildren(...revokedView(phone, gone));
    }
  } catch {
    // The server went away meanwhile: everything is still here.
  } finally {
    leaving = false;
  }
}

function gone() {
  view = "gone";
  hide();
  byId("bar").hidden = true;
  trouble("");
  byId("top").replaceChildren(element("h1", {}, say("title")));
  byId("main").replaceChildren(element("h2", {}, say("revoked")), element("p", { role: "status" }, say("revoked.gone")));
}

function showNext() {
  showTop();
  byId("bar").hidden = true;
  if (view === "gone") gone();
  else if (view === "locked") showLock();
  else if (view === "nothing") showNoPlaces();
  else if (!phone.store.isEnrolled) showEnrol();
  else if (!phone.post) void showPlaces();
  else {
    beginRows();
    showList();
    phone.sync.soon();
  }
}

// --- the menu

function settings() {
  const theme = document.documentElement.dataset.theme ?? "auto";
  const turn = async () => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    document.documentElement.dataset.theme = next;
    await phone.store.put("theme", next).catch(() => {});
    again();
  };
  /** @param {string} language */
  const change = async (language) => {
    speak(language);
    await phone.store.put("language", language).catch(() => {});
    again();
  };
  const others = Object.entries(LANGUAGES).filter(([language]) => language !== spoken());
  return [
    ...others.map(([language, { name }]) => button(name, () => change(language), { lang: language })),
    button(say("theme", { theme: say(`theme.${theme}`) }), turn),
  ];
}

function again() {
  const open = /** @type {HTMLDialogElement} */ (byId("sheet")).open;
  showNext();
  if (open) menu();
}

function menu() {
  const { state, unread } = phone.sync;
  const all = view === "all";
  const error = all ? phone.sync.error ?? unread : null;
  const unsent = all ? phone.store.unsent : 0;
  show(
    say("menu"),
    element("p", { class: "counts" }, unsent ? say("unsent", { n: unsent }) : say("all-sent")),
    error ? element("p", { class: "notice" }, state === "away" ? say("away") : say("server-says", { what: error.message })) : null,
    element(
      "div",
      { class: "keys" },
      button(say("try-now"), () => phone.sync.soon()),
      button(unsent ? say("export") : say("export.none"), () => save(phone), { disabled: !unsent }),
      button(say("codes"), () => codesSheet(phone), { disabled: !unsent }),
      button(say("bring"), () => bringSheet(phone)),
      button(say("place.other"), () => { hide(); void (all ? phone.take(null) : Promise.resolve()).then(showNext, failed); }),
      button(say("pin"), pinSheet),
      ...settings(),
    ),
    all && element("p", { class: "quiet small" }, say("device", { device: phone.store.device })),
  );
}

async function begin() {
  phone = await Phone.open();
  const { theme, language, lock: locked } = phone.store.begun;
  document.documentElement.dataset.theme = theme ?? "auto";
  speak(language ?? preferred());
  let left = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = performance.now();
    else if (view !== "gone" && performance.now() - left > LOCK_AFTER_MS) void lock();
  });
  phone.sync.watchers.push(() => {
    if (phone.sync.state === "revoked") void leave();
    if (view !== "all") return;
    showSent();
    const searching = document.activeElement?.id === "search" || /** @type {HTMLDialogElement} */ (byId("sheet")).open;
    if (phone.post && !searching && shown !== phone.standing.size) showList();
  });
  view = locked ? "locked" : "all";
  showNext();
  document.documentElement.dataset.ready = "yes";
  // Whoever waits for the list is first: it is painted before the network and the disk are asked for more.
  await new Promise((painted) => setTimeout(painted));
  if (phone.store.isEnrolled) phone.sync.start();
}

begin()
  .catch((error) => trouble(String(error.message)))
  .finally(() => navigator.serviceWorker?.register("service_worker.js"));
