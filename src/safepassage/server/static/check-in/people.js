/** The list of people: one large row each, with what is most likely to be recorded next as its button. */

import { button, element } from "./elements.js";
import { say } from "./words.js";

/** Rows shown at once; the rest is found by its code. */
const MOST_ROWS = 200;

/** @typedef {{act: (type: string, person: string) => unknown, open: (person: string) => unknown}} Does */

/**
 * Make the rows of those who fit what is searched.
 *
 * @param {import("./phone.js").Phone} phone
 * @param {string} searched
 * @param {Does} does
 * @returns {Node[]}
 */
export function rows(phone, searched, does) {
  const wanted = plain(searched);
  const everybody = phone.people();
  const fitting = everybody.filter((one) => plain(`${one.id} ${one.name ?? ""}`).includes(wanted));
  const exact = everybody.some(({ id }) => plain(id) === wanted);
  const made = fitting.slice(0, MOST_ROWS).map((person) => row(phone, person, does));
  if (wanted && !exact) made.push(row(phone, { id: searched.trim() }, does, say("not-listed")));
  if (!made.length) made.push(element("li", { class: "quiet" }, say("nobody")));
  const hidden = fitting.length - MOST_ROWS;
  const more = hidden > 0 ? [element("p", { class: "quiet" }, say("more-people", { n: hidden }))] : [];
  return [element("ul", { class: "rows" }, ...made), ...more];
}

/** Return what to compare: capitals and the forms of Arabic letters that people type for each other count the same. @param {string} text */
export function plain(text) {
  const folded = text.normalize("NFKD").replace(/[\p{M}\u0640]/gu, "").toLowerCase().trim();
  return folded.replace(/[أإآٱ]/g, "ا").replace(/ى/g, "ي").replace(/ة/g, "ه");
}

/** @param {import("./phone.js").Phone} phone @param {import("./phone.js").Person} person @param {Does} does @param {string} [note] */
function row(phone, person, does, note) {
  const next = likely(phone, person.id);
  const name = person.name ? `${person.id} · ${person.name}` : person.id;
  const status = note ? { text: note, kind: "" } : stateWords(phone, person.id);
  const label = element("bdi", {}, name);
  return element(
    "li",
    { "data-person": person.id },
    element(
      "button",
      { type: "button", class: "person", onclick: () => does.open(person.id) },
      element("strong", {}, label),
      element("span", { class: `state small ${status.kind}` }, status.text),
    ),
    next
      ? button(say(next.verb), () => does.act(next.type, person.id), {
          class: next.type === "alighted" ? "act" : "act main",
          "aria-label": `${say(next.verb)} ${person.id}`,
        })
      : button(say("other"), () => does.open(person.id), { class: "act", "aria-label": `${say("other")} ${person.id}` }),
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
