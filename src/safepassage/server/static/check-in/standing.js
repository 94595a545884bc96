/**
 * How matters stand as far as this phone knows: for its screen, not for the record. What is true, the server works out.
 *
 * What this phone recorded last about somebody holds here until another device, knowing of it, recorded something else.
 * What others recorded without knowing of it is shown as a difference to be asked about.
 */

import { TYPES } from "../device/vocabulary.js";

/** @typedef {import("../device/event.js").DeviceEvent} DeviceEvent */
/** @typedef {{kind: "" | "vehicle" | "site" | "hospital", id: string}} Place */
/** @typedef {{place: Place, missing: boolean, differs: boolean, last: DeviceEvent | null}} State */

/** @type {Place} */
const NOWHERE = { kind: "", id: "" };

export class Standing {
  constructor() {
    /** @type {Map<string, {event: DeviceEvent, name: string}[]>} */
    this._about = new Map();
    /** @type {Set<string>} */
    this._corrected = new Set();
    /** @type {{event: DeviceEvent, name: string}[]} */
    this._all = [];
    /** @type {Set<string>} */
    this._names = new Set();
  }

  /** Take in an event, in the order in which the phone came to know them. @param {DeviceEvent} event @param {string} name */
  learn(event, name) {
    if (this._names.has(name)) return;
    this._names.add(name);
    if (event.type === "corrected") {
      for (const one of /** @type {string[]} */ (event.payload.corrects)) this._corrected.add(one);
    }
    const one = { event, name };
    this._all.push(one);
    const about = this._about.get(event.subject);
    if (about) about.push(one);
    else this._about.set(event.subject, [one]);
  }

  /** How many events there are. */
  get size() {
    return this._all.length;
  }

  /** Whether anything about this subject happened at a vehicle or site. @param {string} subject @param {string} place */
  wasAt(subject, place) {
    return (this._about.get(subject) ?? []).some(({ event }) =>
      [event.vehicle, event.site, event.payload.from_vehicle].includes(place),
    );
  }

  /** All subjects of a kind that events tell of. @param {string} kind */
  subjects(kind) {
    const kinds = ({ event }) => TYPES[event.type]?.subject;
    return [...this._about].filter(([, events]) => events.some((one) => kinds(one) === kind)).map(([subject]) => subject);
  }

  /**
   * Return how matters stand with a person.
   *
   * @param {string} person
   * @param {string[]} heads - The latest events about the person.
   * @param {string} device - This one.
   * @returns {State}
   */
  state(person, heads, device) {
    const events = (this._about.get(person) ?? []).filter(({ name }) => !this._corrected.has(name));
    const beside = new Set(
      events.filter(({ event, name }) => event.device !== device && heads.includes(name)).map(({ name }) => name),
    );
    const ours = events.some(({ event }) => event.device === device);
    const apart = ours && heads.length > 1 ? beside : new Set([...beside].slice(1));
    const here = fold(events.filter(({ name }) => !apart.has(name)));
    const differs = events.some(({ event, name }) => apart.has(name) && !same(fold([{ event, name }]), here));
    return { ...here, differs };
  }

  /** Return what this device recorded last and can take back. @param {string} device */
  lastOwn(device) {
    return this._all.findLast(
      ({ event, name }) => event.device === device && event.type !== "corrected" && !this._corrected.has(name),
    );
  }
}

/** @param {{event: DeviceEvent}[]} events @returns {Omit<State, "differs">} */
function fold(events) {
  let place = NOWHERE;
  let missing = false;
  let last = null;
  for (const { event } of events) {
    const after = placeAfter(event);
    if (event.type === "missing") missing = true;
    else if (after) missing = false;
    place = after ?? place;
    last = event.type === "corrected" ? last : event;
  }
  return { place, missing, last };
}

/** @param {Omit<State, "differs">} one @param {Omit<State, "differs">} other */
function same(one, other) {
  if (one.missing || other.missing) return one.missing === other.missing;
  return !one.place.kind || (one.place.kind === other.place.kind && one.place.id === other.place.id);
}

/** @param {DeviceEvent} event @returns {Place | null} Null when the event says nothing of a place. */
function placeAfter(event) {
  const site = /** @type {Place} */ (event.site ? { kind: "site", id: event.site } : NOWHERE);
  switch (event.type) {
    case "boarded":
    case "transferred":
      return { kind: "vehicle", id: event.vehicle };
    case "referred":
      return { kind: "hospital", id: String(event.payload.hospital) };
    case "alighted":
    case "returned":
    case "registered":
    case "walked-in":
      return site;
    case "seen":
    case "found":
      return event.vehicle ? { kind: "vehicle", id: event.vehicle } : site;
    default:
      return null;
  }
}
