/**
 * The clocks of this page.
 *
 * A browser's monotonic clock may stand still while the phone sleeps, and a phone sleeps most of the time. Whenever the
 * wall clock and the monotonic one have gone apart since the last look, the phone slept or somebody set its clock;
 * which, nobody can tell. A new boot then begins, so that nothing is concluded from a count that stood still.
 */

/** Milliseconds by which the two clocks may differ between two looks. */
export const APART_MS = 2000;

/** @typedef {{boot: string, wall_ms: number, monotonic_ms: number}} Look */

export class PageClock {
  /**
   * @param {{now?: () => number, count?: () => number, newBoot?: () => string}} [sources] - For tests.
   */
  constructor({ now = () => Date.now(), count = () => performance.now(), newBoot = randomName } = {}) {
    this._now = now;
    this._count = count;
    this._newBoot = newBoot;
    this._boot = newBoot();
    this._start = count();
    this._apart = now() - this._start;
  }

  /**
   * Read all clocks at once.
   *
   * @returns {Look}
   */
  look() {
    const wall = this._now();
    const count = this._count();
    if (Math.abs(wall - count - this._apart) > APART_MS) {
      this._boot = this._newBoot();
      this._start = count;
    }
    this._apart = wall - count;
    return { boot: this._boot, wall_ms: Math.floor(wall), monotonic_ms: Math.max(0, Math.floor(count - this._start)) };
  }
}

/** Return 32 random hexadecimal digits; `crypto.randomUUID` is missing on plain HTTP. */
export function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
