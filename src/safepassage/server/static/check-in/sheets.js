/** What comes up from the bottom: all that can be recorded of a person, the count, a walk-in, the camera, the menu. */

import { button, choice, element } from "./elements.js";
import { likely, stateWords } from "./people.js";
import { canScan, readPicture, scan } from "./scan.js";
import { say } from "./words.js";

/** @typedef {import("./phone.js").Phone} Phone */
/** @typedef {(type: string, subject: string, more?: Parameters<Phone["record"]>[2]) => Promise<boolean>} Act */

const sheet = () => /** @type {HTMLDialogElement} */ (document.getElementById("sheet"));

/** @param {string} title @param {...(Node | string | null | false)} content */
export function show(title, ...content) {
  const dialog = sheet();
  const heading = element("h2", { id: "sheet-title" }, title);
  const close = button(say("close"), () => dialog.close());
  dialog.replaceChildren(heading, ...content.filter((one) => one !== null && one !== false), element("p", {}), close);
  close.classList.add("close");
  if (!dialog.open) dialog.showModal();
}

export function hide() {
  if (sheet().open) sheet().close();
}

/** Everything that can be recorded of a person. @param {Phone} phone @param {string} person @param {Act} act */
export function personSheet(phone, person, act) {
  const known = phone.people().find(({ id }) => id === person);
  const status = stateWords(phone, person);
  const next = likely(phone, person);
  const { missing, place } = phone.state(person);
  const does = (/** @type {string} */ type) => async () => (await act(type, person)) && hide();
  const keys = next ? [button(say(next.verb), does(next.type), { class: "main" })] : [];
  if (missing) keys.push(button(say("found"), does("found")));
  else keys.push(button(say("missing"), does("missing"), { class: "bad" }));
  if (place.kind === "hospital") keys.push(button(say("returned"), does("returned")));
  else keys.push(button(say("refer"), () => referSheet(phone, person, act)));
  const moves = phone.inVehicle ? "transfer" : "board-onto";
  keys.push(button(say(moves), () => vehicleSheet(phone, person, act)));
  show(
    "",
    element("p", { class: `state ${status.kind}` }, status.text),
    known?.household ? element("p", { class: "quiet" }, say("household", { household: known.household })) : null,
    element("div", { class: "keys" }, ...keys),
  );
  const name = known?.name ? `${person} · ${known.name}` : person;
  document.getElementById("sheet-title")?.replaceChildren(element("bdi", {}, name));
}

/** @param {Phone} phone @param {string} person @param {Act} act */
function referSheet(phone, person, act) {
  const options = phone.list.hospitals.map(({ id }) => /** @type {[string, string]} */ ([id, id]));
  const { label, select } = choice(say("hospital"), options);
  const send = async () => (await act("referred", person, { payload: { hospital: select.value } })) && hide();
  show(`${say("refer")}: \u2068${person}\u2069`, label, button(say("save"), send, { class: "main", disabled: !options.length }));
}

/** Onto another vehicle than this; from a site, onto any. @param {Phone} phone @param {string} person @param {Act} act */
function vehicleSheet(phone, person, act) {
  const here = phone.inVehicle ? phone.post?.id : "";
  const others = phone.list.vehicles.filter(({ id }) => id !== here);
  const { label, select } = choice(say("vehicle"), others.map(({ id }) => [id, id]));
  const send = async () => {
    const vehicle = select.value;
    const done = here
      ? await act("transferred", person, { vehicle, payload: { from_vehicle: here } })
      : await act("boarded", person, { vehicle });
    if (done) hide();
  };
  const title = say(here ? "transfer" : "board-onto");
  show(`${title}: \u2068${person}\u2069`, label, button(say("save"), send, { class: "main", disabled: !others.length }));
}

/** @param {Phone} phone @param {Act} act */
export function countSheet(phone, act) {
  const listed = phone.here();
  const result = element("p", { role: "status" });
  const compare = () => {
    const apart = people.value() - listed;
    result.textContent = apart === 0 ? say("count.same") : say("count.differs", { n: Math.abs(apart) });
    result.className = apart === 0 ? "state aboard" : "state missing";
  };
  const people = numberField(say("count.people"), listed, compare);
  const children = numberField(say("count.children"), 0, () => {});
  const send = async () => {
    const payload = { count: people.value(), ...(children.value() ? { children: children.value() } : {}) };
    const type = phone.inVehicle ? "head-counted" : "head-counted-at-site";
    if (await act(type, /** @type {string} */ (phone.post?.id), { payload })) hide();
  };
  show(
    say("head-count"),
    element("p", {}, say("count.listed", { n: listed })),
    people.field, children.field, result,
    button(say("save"), send, { class: "main" }),
  );
  compare();
}

/** @param {string} label @param {number} start @param {() => void} changed */
function numberField(label, start, changed) {
  const input = element("input", { type: "text", inputmode: "numeric", pattern: "[0-9]*", value: start, oninput: changed });
  const value = () => Math.max(0, Math.min(9999, Number.parseInt(western(input.value), 10) || 0));
  const step = (/** @type {number} */ by) => () => {
    input.value = String(Math.max(0, value() + by));
    changed();
  };
  const field = element(
    "div",
    { role: "group", "aria-label": label },
    element("label", {}, label, element("div", { class: "number" })),
  );
  field.querySelector(".number").append(
    button("−", step(-1), { "aria-label": `${say("less")}: ${label}` }), input,
    button("+", step(1), { "aria-label": `${say("more")}: ${label}` }),
  );
  input.setAttribute("aria-label", label);
  return { field, value };
}

/** Arabic and Persian digits as the plain ones. @param {string} text */
export function western(text) {
  return text.replace(/[٠-٩۰-۹]/g, (digit) => String((digit.codePointAt(0) ?? 0) % 16));
}

/** @param {Phone} phone @param {Act} act @param {string} [proposed] */
export function walkInSheet(phone, act, proposed = "") {
  const code = element("input", { value: proposed || `W-${phone.store.device}-${phone.store.sequence + 1}`, maxlength: 64 });
  const wrong = element("p", { class: "state missing", role: "alert" });
  const either = (/** @type {string} */ key, /** @type {string[]} */ options) =>
    choice(say(key), [["", say("unknown")], ...options.map((one) => /** @type {[string, string]} */ ([one, say(`${key}.${one}`)]))]);
  const age = either("age", ["infant", "child", "adult", "older"]);
  const mobility = either("mobility", ["walking", "wheelchair", "stretcher"]);
  const board = element("input", { type: "checkbox", checked: true });
  const send = async () => {
    const id = code.value.trim();
    if (!id || phone.people().some((one) => one.id === id)) {
      wrong.textContent = say("walk-in.taken");
      return;
    }
    const said = { age_band: age.select.value, mobility: mobility.select.value };
    const payload = Object.fromEntries(Object.entries(said).filter(([, value]) => value));
    if (!(await act("walked-in", id, { vehicle: "", payload }))) return;
    if (phone.inVehicle && board.checked && !(await act("boarded", id))) return;
    hide();
  };
  show(
    say("walk-in"),
    element("label", {}, say("walk-in.code"), code), wrong, age.label, mobility.label,
    phone.inVehicle && element("label", { class: "check" }, board, say("walk-in.board")),
    button(say("save"), send, { class: "main" }),
  );
}

/**
 * Read codes with the camera, or one picture after the other where none can be looked through.
 *
 * @param {string} title
 * @param {(code: string) => boolean} enough - Told every code; true ends it.
 * @param {(error: unknown) => void} failed
 * @param {...(Node | string)} more - What stands below.
 */
export function scanSheet(title, enough, failed, ...more) {
  const ending = new AbortController();
  const take = (/** @type {string} */ code) => {
    const done = enough(code);
    if (done) ending.abort();
    return done;
  };
  if (!canScan()) {
    const wrong = element("p", { class: "state missing", role: "alert" });
    const read = async (/** @type {any} */ event) => {
      const code = event.target.files[0] ? await readPicture(event.target.files[0]).catch(() => "") : "";
      event.target.value = "";
      wrong.textContent = code ? "" : say("scan.unread");
      if (code) take(code);
    };
    const input = element("input", { type: "file", accept: "image/*", capture: "environment", onchange: read });
    show(title, element("label", {}, say("scan.photo"), input), wrong, ...more);
    return;
  }
  const video = element("video", { playsinline: true, muted: true, "aria-label": say("scan.how") });
  show(title, element("p", {}, say("scan.how")), video, ...more);
  sheet().addEventListener("close", () => ending.abort(), { once: true });
  scan(video, ending.signal, take).catch(failed);
}
