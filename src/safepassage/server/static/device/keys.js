/**
 * The device's key, and its signature over a batch: ECDSA on P-256 with SHA-256, `r` and `s` end to end.
 *
 * Over HTTPS and on the machine itself the browser holds the key and gives it to nobody, not to this page either. On
 * plain HTTP to another machine browsers have no such thing; then the key is made and used by a library, and is as safe
 * as the phone's storage.
 *
 * References: FIPS 186-5; W3C Web Cryptography API, section 23.
 */

import { utf8 } from "./event.js";

/** First line of what is signed; the same as in the server's `ledger/signing.py`. */
export const CONTEXT = "safepassage batch 1";

/** The same for what a device asks to read. */
export const READING = "safepassage reading 1";

/** @typedef {{kind: "browser", pair: CryptoKeyPair, publicKey: string}} BrowserKey */
/** @typedef {{kind: "library", secret: Uint8Array, publicKey: string}} LibraryKey */
/** @typedef {BrowserKey | LibraryKey} DeviceKey */

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };

/** Tell whether this browser keeps keys here. */
export function browserKeepsKeys() {
  return Boolean(globalThis.crypto?.subtle);
}

/** @returns {Promise<DeviceKey>} */
export async function newKey() {
  if (!browserKeepsKeys()) {
    const { newLibraryKey } = await import("./library_key.js");
    return { kind: "library", ...newLibraryKey() };
  }
  const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]));
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { kind: "browser", pair, publicKey: toBase64(point) };
}

/**
 * Sign a batch.
 *
 * @param {DeviceKey} key
 * @param {string} device
 * @param {number} sequence
 * @param {string} digest
 * @returns {Promise<string>} Base64 of 64 bytes.
 */
export async function signBatch(key, device, sequence, digest) {
  return sign(key, [CONTEXT, device, sequence, digest]);
}

/**
 * Sign what this device asks to read.
 *
 * @param {DeviceKey} key
 * @param {{method: string, target: string, device: string, boot: string, server_ms: number}} asking
 * @returns {Promise<string>} Base64 of 64 bytes.
 */
export async function signAsking(key, { method, target, device, boot, server_ms }) {
  return sign(key, [READING, method, target, device, boot, server_ms]);
}

/** @param {DeviceKey} key @param {(string | number)[]} lines @returns {Promise<string>} */
async function sign(key, lines) {
  const message = utf8(lines.map((line) => `${line}\n`).join(""));
  if (key.kind === "library") {
    const { signWithLibrary } = await import("./library_key.js");
    return toBase64(signWithLibrary(key.secret, message));
  }
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.pair.privateKey, message);
  return toBase64(new Uint8Array(signature));
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}
