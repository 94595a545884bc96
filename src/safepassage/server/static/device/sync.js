/**
 * Handing in and learning: time, parcels, acknowledgement, others' events; again and again, whenever there is a network.
 *
 * Only what the server has acknowledged leaves the outbox. An answer that is lost makes us send again; the server knows
 * events by their digest, and counts none twice.
 *
 * The server's side of it:
 *   GET  api/time            {boot, server_ms}
 *   POST api/parcels         {batch: {device, sequence, digest, signature}, events: [text], server_boot, reading}
 *                            -> {acknowledged: sequence, checkpoint}
 *   GET  api/log?since=N     {since, size, events: [text]}
 */

import { decode } from "./event.js";
import { signBatch } from "./keys.js";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const PAUSE_WHEN_IDLE_MS = 20_000;
const PATIENCE_MS = 30_000;

/** The server has an objection; what it said is in `fault`. Sending the same again will not help by itself. */
export class RefusedError extends Error {
  name = "RefusedError";

  /** @param {number} status @param {any} fault - {code, title, what, remedy}, if it said so. */
  constructor(status, fault) {
    super(fault?.what ?? fault?.title ?? `status ${status}`);
    this.status = status;
    this.fault = fault;
    this.code = fault?.code ?? "refused";
  }
}

/** @typedef {"idle" | "sending" | "sent" | "away" | "refused" | "not-kept"} SyncState */

export class Sync {
  /**
   * @param {import("./store.js").Store} store
   * @param {{look: () => import("./clock.js").Look}} clock
   * @param {object} [options]
   * @param {string} [options.address] - Of the server; where this page is from when empty.
   * @param {(event: import("./event.js").DeviceEvent) => boolean} [options.wanted] - Which of others' events to keep.
   * @param {typeof fetch} [options.fetch]
   */
  constructor(store, clock, { address = "/", wanted = () => true, fetch: net = (...all) => fetch(...all) } = {}) {
    this._store = store;
    this._clock = clock;
    this._address = address;
    this._wanted = wanted;
    this._fetch = net;
    this._failures = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    this._busy = false;
    this._again = false;
    /** @type {SyncState} */
    this.state = "idle";
    /** @type {Error | null} */
    this.error = null;
    /** Why the server does not let this device read its log, if so; handing in goes on. @type {Error | null} */
    this.unread = null;
    /** @type {(() => void)[]} */
    this.watchers = [];
  }

  /**
   * Hand in all there is and learn all there is, once.
   *
   * @returns {Promise<{sent: number, learned: number}>} Events of ours acknowledged, events of others that were new.
   * @throws {TypeError} When the server is away.
   * @throws {RefusedError} When it does not take what we send.
   */
  async once() {
    const sent = await this._handIn();
    this.unread = null;
    try {
      return { sent, learned: await this._learn() };
    } catch (error) {
      if (!(error instanceof RefusedError) || ![401, 403].includes(error.status)) throw error;
      this.unread = error;
      return { sent, learned: 0 };
    }
  }

  /** Go on by itself: now, when the network comes back, when the phone is taken out of the pocket, and now and then. */
  start() {
    globalThis.addEventListener("online", () => this.soon());
    document.addEventListener("visibilitychange", () => document.hidden || this.soon());
    this.soon();
  }

  /** Try now, or once more after the try that is going on; somebody is there, so do not wait long after that. */
  soon() {
    this._failures = 0;
    this._again = this._busy;
    if (!this._busy) void this._try();
  }

  async _try() {
    clearTimeout(this._timer);
    this._busy = true;
    this._say("sending", null);
    try {
      await alone(() => this.once());
      this._failures = 0;
      this._say("sent", null);
    } catch (error) {
      this._failures += 1;
      this._say(stateOf(error), /** @type {Error} */ (error));
    } finally {
      this._busy = false;
    }
    const again = this._again;
    this._again = false;
    this._timer = setTimeout(() => void this._try(), again ? 0 : this.pause(Math.random()));
  }

  /**
   * Return how long to wait before the next try: after failures twice as long each time, and never in step with others.
   *
   * @param {number} chance - From 0 to 1.
   * @returns {number} Milliseconds.
   */
  pause(chance) {
    if (this._failures === 0) return PAUSE_WHEN_IDLE_MS;
    const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this._failures - 1));
    return most / 2 + (chance * most) / 2;
  }

  /** @param {SyncState} state @param {Error | null} error */
  _say(state, error) {
    this.state = state;
    this.error = error;
    for (const watcher of this.watchers) watcher();
  }

  async _handIn() {
    await this._store.refresh();
    if (this._store.unsent === 0) return 0;
    const key = await this._store.get("key");
    const clocks = await this._readClocks();
    let sent = 0;
    for (const { sequence, digest, events } of await this._store.outbox()) {
      const device = this._store.device;
      const signature = key ? await signBatch(key, device, sequence, digest) : "";
      const batch = { device, sequence, digest, signature };
      const receipt = await this.ask("api/parcels", { batch, events, ...clocks });
      // Never more than was sent: what a faulty server says must not empty the outbox.
      const upTo = Math.min(sequence, Number(receipt.acknowledged) || 0);
      await this._store.acknowledged(upTo, receipt.checkpoint);
      if (upTo < sequence) throw new RefusedError(200, { code: "not-acknowledged", what: `only up to ${upTo}` });
      sent += events.length;
    }
    return sent;
  }

  /** Read our clock beside the server's; nothing when a boot of ours ended in between. */
  async _readClocks() {
    const asked = this._clock.look();
    const { boot, server_ms } = await this.ask("api/time");
    const answered = this._clock.look();
    if (asked.boot !== answered.boot) return {};
    const reading = {
      boot: asked.boot,
      asked_ms: asked.monotonic_ms,
      answered_ms: answered.monotonic_ms,
      server_ms,
      wall_ms: answered.wall_ms,
    };
    return { server_boot: boot, reading };
  }

  async _learn() {
    let learned = 0;
    for (;;) {
      const since = (await this._store.get("cursor")) ?? 0;
      const page = await this.ask(`api/log?since=${since}`);
      if (!page.events.length) return learned;
      const wanted = page.events.filter((/** @type {string} */ text) => this._wanted(decode(text)));
      learned += await this._store.learn(wanted, since + page.events.length);
    }
  }

  /**
   * Ask the server.
   *
   * @param {string} path
   * @param {unknown} [body] - Of a POST; without one it is a GET.
   * @returns {Promise<any>}
   * @throws {TypeError} When the server is away.
   * @throws {RefusedError} When it has an objection.
   */
  async ask(path, body) {
    const answer = await this._fetch(this._address + path, {
      method: body === undefined ? "GET" : "POST",
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok) throw new RefusedError(answer.status, await answer.json().catch(() => null));
    return answer.json();
  }
}

/** @param {unknown} error @returns {SyncState} */
function stateOf(error) {
  if (error instanceof RefusedError) return error.status >= 500 ? "away" : "refused";
  return error instanceof Error && error.name === "NotKeptError" ? "not-kept" : "away";
}

/** Let one tab talk to the server at a time, where browsers can; to send twice does no harm. @param {() => Promise<unknown>} what */
async function alone(what) {
  if (!navigator.locks) return what();
  return navigator.locks.request("safepassage-sync", what);
}
