/**
 * The event: its fields, its canonical text, and the digest that names it.
 *
 * The same as the server's `ledger/envelope.py`; tests hold the two together byte by byte. An event is kept and sent as
 * its text; its bytes are that text in UTF-8.
 */

import { canonical, checkDepth, NotAnEventError } from "./canonical.js";
import { sha256 } from "../vendor/noble-hashes/sha2.js";

export { NotAnEventError };

/** Bytes. An event is a note, not a file. */
export const LARGEST_EVENT = 16_384;

/**
 * @typedef {object} DeviceEvent
 * @property {string} id
 * @property {string} device
 * @property {number} sequence
 * @property {string} previous
 * @property {string[]} basis
 * @property {string} type
 * @property {number} version
 * @property {number} wall_ms
 * @property {number} monotonic_ms
 * @property {string} boot
 * @property {string} subject
 * @property {string} vehicle
 * @property {string} site
 * @property {string} actor
 * @property {Record<string, unknown>} payload
 */

const REFERENCE = /^[0-9a-f]{64}$/;
const MOST = Number.MAX_SAFE_INTEGER;

/** @param {number} least @param {number} most */
const number = (least, most) => (/** @type {unknown} */ value) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;

/** Lengths are counted in characters, not in halves of them. @param {number} least @param {number} most */
const words = (least, most) => (/** @type {unknown} */ value) => {
  if (typeof value !== "string") return false;
  const length = [...value].length;
  return length >= least && length <= most;
};

/** @type {Record<keyof DeviceEvent, (value: any) => boolean>} */
const FIELDS = {
  id: words(36, 36),
  device: words(1, 64),
  sequence: number(1, MOST),
  previous: (value) => value === "" || (typeof value === "string" && REFERENCE.test(value)),
  basis: (value) => Array.isArray(value) && value.length <= 64 && value.every((one) => REFERENCE.test(one)),
  type: words(1, 64),
  version: number(1, 1_000_000),
  wall_ms: number(-MOST, MOST),
  monotonic_ms: number(0, MOST),
  boot: words(0, 64),
  subject: words(0, 64),
  vehicle: words(0, 64),
  site: words(0, 64),
  actor: words(0, 64),
  payload: (value) => value !== null && typeof value === "object" && !Array.isArray(value),
};

/**
 * Return the canonical text of an event.
 *
 * @param {DeviceEvent} event
 * @returns {string}
 * @throws {NotAnEventError} When a field is missing, too many, or breaks its limits.
 */
export function encode(event) {
  for (const [name, fits] of Object.entries(FIELDS)) {
    if (!fits(event[name])) throw new NotAnEventError(`${name}: not what an event has there`);
  }
  if (Object.keys(event).length !== Object.keys(FIELDS).length) throw new NotAnEventError("a field too many");
  checkDepth(event.payload);
  const text = canonical(event);
  const size = utf8(text).length;
  if (size > LARGEST_EVENT) throw new NotAnEventError(`${size} bytes; an event has at most ${LARGEST_EVENT}`);
  return text;
}

/**
 * Read an event from its canonical text.
 *
 * @param {string} text
 * @returns {DeviceEvent}
 * @throws {NotAnEventError} When the text is no event, or not the canonical form of what it says.
 */
export function decode(text) {
  let event;
  try {
    event = JSON.parse(text);
  } catch (error) {
    throw new NotAnEventError(String(error));
  }
  if (event === null || typeof event !== "object") throw new NotAnEventError("no object");
  if (encode(event) !== text) throw new NotAnEventError("not in canonical form");
  return event;
}

/**
 * Name an event by its text: SHA-256 over a zero byte and the bytes, as 64 hexadecimal digits.
 *
 * @param {string} text
 * @returns {string}
 */
export function reference(text) {
  const bytes = utf8(text);
  const leaf = new Uint8Array(bytes.length + 1);
  leaf.set(bytes, 1);
  return Array.from(sha256(leaf), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Return a UUID of version 7 (RFC 9562, section 5.7).
 *
 * @param {number} wallMs - Milliseconds since 1970.
 * @param {Uint8Array} randomness - Ten bytes.
 * @returns {string}
 */
export function eventId(wallMs, randomness) {
  const bytes = new Uint8Array(16);
  let rest = ((wallMs % 2 ** 48) + 2 ** 48) % 2 ** 48;
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.set(randomness.subarray(0, 10), 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** @param {string} text */
export function utf8(text) {
  return new TextEncoder().encode(text);
}
