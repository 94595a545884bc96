/**
 * The one canonical form of what an event says: JSON by RFC 8785, with whole numbers only.
 *
 * Written out by hand, because objects of a browser put keys like "10" before all others, whatever one sorts.
 */

/** What is no event, or can have no canonical form; the message says what is wrong with it. */
export class NotAnEventError extends Error {
  name = "NotAnEventError";
}

/** Levels of lists and objects in a payload. */
export const DEEPEST = 8;

/**
 * Return the canonical text of a value.
 *
 * @param {unknown} value - Text, whole number, boolean, null, or a list or plain object of such.
 * @returns {string}
 * @throws {NotAnEventError} When other readers would not read the same: fractions, numbers from 2^53 on, half a
 *   character, names that are not ASCII, other kinds of objects.
 */
export function canonical(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return wholeNumber(value);
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return `[${Array.from(value, canonical).join(",")}]`;
  if (isPlain(value)) {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${key(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  throw new NotAnEventError(`a value that JSON does not have: ${typeof value}`);
}

/**
 * Refuse a payload of more levels than readers take.
 *
 * @param {unknown} value
 * @param {number} [level] - Of the value itself.
 * @throws {NotAnEventError}
 */
export function checkDepth(value, level = 1) {
  if (value === null || typeof value !== "object") return;
  if (level > DEEPEST) throw new NotAnEventError(`a payload deeper than ${DEEPEST} levels`);
  for (const part of Object.values(value)) checkDepth(part, level + 1);
}

/** @param {number} value */
function wholeNumber(value) {
  if (!Number.isSafeInteger(value)) throw new NotAnEventError(`the number ${value}; only whole ones below 2^53`);
  return value === 0 ? "0" : String(value);
}

/** @param {string} value */
function text(value) {
  if (/\p{Surrogate}/u.test(value)) throw new NotAnEventError("half a character: a surrogate without its other half");
  return JSON.stringify(value);
}

/** @param {string} name */
function key(name) {
  if (/[^\x00-\x7f]/.test(name)) throw new NotAnEventError("a name that is not ASCII; others would sort it elsewhere");
  return JSON.stringify(name);
}

/** @param {unknown} value */
function isPlain(value) {
  if (typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
