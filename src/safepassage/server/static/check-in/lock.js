/**
 * A PIN before the page, and a second one that opens an empty view.
 *
 * It keeps out who picks up an unlocked phone, and gives something to show to whoever insists. It does not encrypt: what
 * the phone keeps can be read by who can read its storage.
 */

import { sha256 } from "../vendor/noble-hashes/sha2.js";

/** Rounds: slow enough that trying all short PINs takes somebody with the storage in hand a while, not more. */
const ROUNDS = 20_000;

/** Wrong tries that cost nothing. */
const FREE_TRIES = 4;
const LONGEST_WAIT_MS = 300_000;

/** Away from the page for so long, it is locked again. */
export const LOCK_AFTER_MS = 120_000;

/** @typedef {{salt: Uint8Array, pin: string, second: string, tries: number, tried: number}} Lock */
/** @typedef {"all" | "nothing" | "wrong" | "wait"} Opened */

/** @param {string} pin @param {Uint8Array} salt */
function hashed(pin, salt) {
  let digest = sha256(new Uint8Array([...salt, ...new TextEncoder().encode(pin)]));
  for (let round = 0; round < ROUNDS; round += 1) digest = sha256(new Uint8Array([...salt, ...digest]));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Lock the page from now on; an empty PIN takes the lock away.
 *
 * @param {import("../device/store.js").Store} store
 * @param {string} pin
 * @param {string} second - Opens an empty view; empty: there is none.
 */
export async function setLock(store, pin, second) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const lock = { salt, pin: hashed(pin, salt), second: second ? hashed(second, salt) : "", tries: 0, tried: 0 };
  await store.put("lock", pin ? lock : null);
}

/**
 * Try to open.
 *
 * @param {import("../device/store.js").Store} store
 * @param {string} typed
 * @param {number} [now] - Milliseconds.
 * @returns {Promise<Opened>}
 */
export async function open(store, typed, now = Date.now()) {
  /** @type {Lock} */
  const lock = await store.get("lock");
  const wait = lock.tries < FREE_TRIES ? 0 : Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (lock.tries - FREE_TRIES + 2));
  // A clock that was set back does not make anybody wait for ever.
  if (now >= lock.tried && now < lock.tried + wait) return "wait";
  const given = hashed(typed, lock.salt);
  const opened = given === lock.pin ? "all" : lock.second && given === lock.second ? "nothing" : "wrong";
  const tries = opened === "wrong" ? lock.tries + 1 : 0;
  if (tries !== lock.tries) await store.put("lock", { ...lock, tries, tried: now });
  return opened;
}
