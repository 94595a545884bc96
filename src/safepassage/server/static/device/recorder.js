/**
 * The device's chain: making events, knowing what came before, and what is not handed in yet.
 *
 * The same as the server's `ledger/recording.py`; tests drive both with the same histories and compare every byte.
 */

import { decode, encode, eventId, NotAnEventError, reference } from "./event.js";
import { TYPES } from "./vocabulary.js";

export const MOST_IN_BASIS = 64;

/** Of one batch. */
export const MOST_EVENTS = 500;

/** Of one batch's events. */
export const MOST_BYTES = 1_000_000;

/** What is to be recorded is no event of the vocabulary, or a device's own events do not form a chain. */
export class NotRecordedError extends Error {
  name = "NotRecordedError";
  code = "not-recorded";
}

/** Which known events about one subject no other known event covers. */
export class Heads {
  constructor() {
    /** @type {Map<string, {device: string, sequence: number}>} */
    this._heads = new Map();
    /** @type {Set<string>} */
    this._covered = new Set();
    /** @type {Map<string, number>} */
    this._reach = new Map();
  }

  /**
   * Take in an event about the subject, in any order, any number of times.
   *
   * @param {import("./event.js").DeviceEvent} event
   * @param {string} name - Its digest.
   */
  learn(event, name) {
    for (const other of event.basis) {
      this._covered.add(other);
      this._heads.delete(other);
    }
    const reached = this._reach.get(event.device) ?? 0;
    if (event.sequence > reached) {
      this._reach.set(event.device, event.sequence);
      for (const [other, { device }] of [...this._heads]) {
        if (device === event.device) this._heads.delete(other);
      }
    }
    // Two events of one number are a fork: neither covers the other.
    if (event.sequence >= reached && !this._covered.has(name)) {
      this._heads.set(name, { device: event.device, sequence: event.sequence });
    }
  }

  /**
   * Return the heads of other devices, those known longest first, at most 64.
   *
   * @param {string} device
   * @returns {string[]}
   */
  basis(device) {
    const names = [...this._heads].filter(([, head]) => head.device !== device).map(([name]) => name);
    return names.slice(0, MOST_IN_BASIS);
  }

  /** Return all heads. */
  names() {
    return [...this._heads.keys()];
  }
}

/**
 * @typedef {object} Said
 * @property {string} subject
 * @property {string} [vehicle]
 * @property {string} [site]
 * @property {string} [actor]
 * @property {Record<string, unknown>} [payload] - Without what has its default value.
 */

/** @typedef {{sequence: number, digest: string, events: string[]}} Unsigned */

/** One device: its chain, what it knows, and what it has not handed in yet. It keeps nothing. */
export class Recorder {
  /**
   * @param {string} device
   * @param {{look: () => import("./clock.js").Look}} clock
   * @param {(count: number) => Uint8Array} [randomness]
   */
  constructor(device, clock, randomness = (count) => crypto.getRandomValues(new Uint8Array(count))) {
    this.device = device;
    this.sequence = 0;
    this.previous = "";
    this._clock = clock;
    this._randomness = randomness;
    /** @type {Map<string, Heads>} */
    this._heads = new Map();
    /** @type {{sequence: number, text: string}[]} */
    this._waiting = [];
  }

  /**
   * Make the device's next event, without going on after it: that is for `take`, once it is kept.
   *
   * @param {string} type
   * @param {Said} said
   * @returns {string} Its text.
   * @throws {NotRecordedError}
   */
  make(type, { subject, vehicle = "", site = "", actor = "", payload = {} }) {
    if (!Object.hasOwn(TYPES, type)) throw new NotRecordedError(`there is no type of event ${type}`);
    if (!subject) throw new NotRecordedError(`${type}: expected the ${TYPES[type].subject} it is about; found none`);
    const { boot, wall_ms, monotonic_ms } = this._clock.look();
    const event = {
      id: eventId(wall_ms, this._randomness(10)),
      device: this.device,
      sequence: this.sequence + 1,
      previous: this.previous,
      basis: this._about(subject).basis(this.device),
      type,
      version: TYPES[type].version,
      wall_ms,
      monotonic_ms,
      boot,
      subject,
      vehicle,
      site,
      actor,
      payload,
    };
    try {
      return encode(event);
    } catch (error) {
      if (!(error instanceof NotAnEventError)) throw error;
      throw new NotRecordedError(`${type} about ${subject}: ${error.message}`);
    }
  }

  /**
   * Go on after a kept event: our own next one, or one of another device.
   *
   * @param {string} text
   * @returns {{event: import("./event.js").DeviceEvent, name: string}}
   * @throws {NotRecordedError} When it is our own and does not follow: another copy of this device has gone on.
   * @throws {NotAnEventError} When it is no event.
   */
  take(text) {
    const event = decode(text);
    const name = reference(text);
    if (event.device === this.device) {
      if (event.sequence !== this.sequence + 1 || event.previous !== this.previous) {
        const found = `${this.device}: event ${event.sequence} does not follow event ${this.sequence}`;
        throw new NotRecordedError(`${found}; enrol this device under a new id`);
      }
      this.sequence = event.sequence;
      this.previous = name;
      this._waiting.push({ sequence: event.sequence, text });
    }
    this._about(event.subject).learn(event, name);
    return { event, name };
  }

  /** Return the latest known events about a subject. @param {string} subject */
  heads(subject) {
    return this._heads.get(subject)?.names() ?? [];
  }

  /** How many of our events nobody else is known to hold. */
  get unsent() {
    return this._waiting.length;
  }

  /**
   * Yield what is not yet acknowledged, in order, in parcels of at most 500 events and a million bytes.
   *
   * @returns {Generator<Unsigned>}
   */
  *outbox() {
    /** @type {string[]} */
    let chosen = [];
    let size = 0;
    let last = 0;
    for (const { sequence, text } of [...this._waiting]) {
      const length = new TextEncoder().encode(text).length;
      if (chosen.length === MOST_EVENTS || (chosen.length && size + length > MOST_BYTES)) {
        yield parcel(last, chosen);
        chosen = [];
        size = 0;
      }
      chosen.push(text);
      size += length;
      last = sequence;
    }
    if (chosen.length) yield parcel(last, chosen);
  }

  /** Drop from the outbox what somebody else holds now. @param {number} sequence */
  acknowledged(sequence) {
    this._waiting = this._waiting.filter((one) => one.sequence > sequence);
  }

  /** @param {string} subject */
  _about(subject) {
    let heads = this._heads.get(subject);
    if (!heads) {
      heads = new Heads();
      this._heads.set(subject, heads);
    }
    return heads;
  }
}

/** @param {number} sequence @param {string[]} events @returns {Unsigned} */
function parcel(sequence, events) {
  return { sequence, digest: reference(events[events.length - 1]), events };
}
