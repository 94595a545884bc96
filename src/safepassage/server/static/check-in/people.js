/** The list of people: one large row each, with what is most likely to be recorded next as its button. */

import { button, element } from "./elements.js";
import { say } from "./words.js";

/** Rows shown at once; the rest is found by its code. */
const MOST_ROWS = 200;

/** @typedef {{act: (type: string, person: string) => unknown, open: (person: string) => unknown}} Does */

/** What each row says and does, to be compared with what it has to. @type {WeakMap<Element, string>} */
const SAID = new WeakMap();

/**
 * Show those who fit what is searched. A row that is right stays as it is: a tap makes one anew, not all of them.
 *
 * @param {Element} list
 * @param {import("./phone.js").Phone} phone
 * @param {string} searched
 * @param {Does} does
 * @returns {number} How many more fit than are shown.
 */
export function showPeople(list, phone, searched, does) {
  const wanted = plain(searched);
  const everybody = phone.people();
  const fitting = everybody.filter((one) => plain(`${one.id} ${one.name ?? ""}`).includes(wanted));
  const exact = everybody.some(({ id }) => plain(id) === wanted);
  const told = fitting.slice(0, MOST_ROWS).map((person) => telling(phone, person));
  if (wanted && !exact) told.push(telling(phone, { id: searched.trim() }, say("not-listed")));
  told.forEach((one, at) => {
    const before = list.children[at];
    const said = JSON.stringify(one);
    if (before && SAID.get(before) === said) return;
    const made = row(one, does);
    SAID.set(made, said);
    if (before) before.replaceWith(made);
    else list.append(made);
  });
  while (list.children.length > told.length) list.lastElementChild?.remove();
  if (!told.length) list.append(element("li", { class: "quiet" }, say("nobody")));
  return Math.max(0, fitting.length - MOST_ROWS);
}

/** Return what to compare: capitals and the forms of Arabic letters that people type for each other count the same. @param {string} text */
export function plain(text) {
  const folded = text.normalize("NFKD").replace(/[\p{M}\u0640]/gu, "").toLowerCase().trim();
  return folded.replace(/[أإآٱ]/g, "ا").replace(/ى/g, "ي").replace(/ة/g, "ه");
}

/** @typedef {{id: string, name: string, status: {text: string, kind: string}, type: string, verb: string}} Telling */

/**
 * Return what a row says of a person, and what its button records: nothing where it opens the sheet.
 *
 * @param {import("./phone.js").Phone} phone
 * @param {import("./phone.js").Person} person
 * @param {string} [note] - In place of how matters stand.
 * @returns {Telling}
 */
function telling(phone, { id, name }, note) {
  const next = likely(phone, id);
  const status = note ? { text: note, kind: "" } : stateWords(phone, id);
  return { id, name: name ? `${id} · ${name}` : id, status, type: next?.type ?? "", verb: say(next?.verb ?? "other") };
}

/** @param {Telling} told @param {Does} does */
function row({ id, name, status, type, verb }, does) {
  return element(
    "li",
    { "data-person": id },
    element(
      "button",
      { type: "button", class: "person", onclick: () => does.open(id) },
      element("strong", {}, element("bdi", {}, name)),
      element("span", { class: `state small ${status.kind}` }, status.text),
    ),
    button(verb, () => (type ? does.act(type, id) : does.open(id)), {
      class: type && type !== "alighted" ? "act main" : "act",
      "aria-label": `${verb} ${id}`,
    }),
  );
}

/**
 * Return what is recorded next about a person in most cases, if there is such a thing.
 *
 * @param {import("./phone.js").Phone} phone
 * @param {string} person
 * @returns {{type: string, verb: string} | null}
 */
export function likely(phone, person) {
  if (phone.inVehicle) {
    return phone.isHere(person) ? { type: "alighted", verb: "alight" } : { type: "boarded", verb: "board" };
  }
  return phone.isHere(person) ? null : { type: "seen", verb: "here" };
}

/** Say how matters stand with a person. @param {import("./phone.js").Phone} phone @param {string} person */
export function stateWords(phone, person) {
  const { place, missing, differs, last } = phone.state(person);
  const time = last ? ` · ${new Date(last.wall_ms).toTimeString().slice(0, 5)}` : "";
  if (differs) return { text: `${placeWords(phone, place)}${time}. ${say("state.differs")}`, kind: "differs" };
  if (missing) return { text: say("state.missing") + time, kind: "missing" };
  return { text: placeWords(phone, place) + time, kind: phone.isHere(person) ? "aboard" : "" };
}

/** @param {import("./phone.js").Phone} phone @param {import("./standing.js").Place} place */
function placeWords(phone, place) {
  if (place.kind === "hospital") return say("state.referred", { hospital: place.id });
  if (place.kind === "site") return say("state.at", { site: place.id });
  if (place.kind !== "vehicle") return say("state.expected");
  return phone.inVehicle && place.id === phone.post?.id ? say("state.aboard") : say("state.elsewhere", { vehicle: place.id });
}
