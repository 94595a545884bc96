/** A P-256 key by a library, where the browser keeps none: on plain HTTP. Loaded only there. */

import { ecdsa, weierstrass } from "../vendor/noble-curves/abstract/weierstrass.js";
import { sha256 } from "../vendor/noble-hashes/sha2.js";
import { toBase64 } from "./keys.js";

/** The curve's parameters as published: NIST SP 800-186, section 3.2.1.3. */
const P256 = ecdsa(
  weierstrass({
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    h: 1n,
    a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  }),
  sha256,
);

/** @returns {{secret: Uint8Array, publicKey: string}} */
export function newLibraryKey() {
  const { secretKey } = P256.keygen();
  return { secret: secretKey, publicKey: toBase64(P256.getPublicKey(secretKey, false)) };
}

/** @param {Uint8Array} secret @param {Uint8Array} message */
export function signWithLibrary(secret, message) {
  return P256.sign(message, secret);
}
