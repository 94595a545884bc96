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
 *   GET  api/log?since=N     {since, next, size, events: [text]}
 *
 * What a device asks to read it signs, with the time by the server's own clock: it reads that clock once and counts on
 * by its own. The server answers 401 `proof-stale` when it was started anew since; then the clock is read again.
 */

import { signAsking, signBatch } from "./keys.js";

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

/** @typedef {"idle" | "sending" | "sent" | "away" | "refused" | "not-kept" | "revoked"} SyncState */

export class Sync {
  /**
   * @param {import("./store.js").Store} store
   * @param {{look: () => import("./clock.js").Look}} clock
   * @param {object} [options]
   * @param {string} [options.address] - Of the server; where this page is from when empty.
   * @param {() => string} [options.log] - Where others' events are asked for, up to `since`; empty: nowhere yet.
   * @param {() => Promise<unknown>} [options.before] - Done before they are.
   * @param {typeof fetch} [options.fetch]
   */
  constructor(store, clock, options = {}) {
    const { address = "/", log = () => "api/log?", before = async () => {}, fetch: net = (...all) => fetch(...all) } = options;
    this._store = store;
    this._clock = clock;
    this._address = address;
    this._log = log;
    this._before = before;
    /** The server's clock when it was read last, and ours then. @type {{boot: string, server_ms: number, ours: string, at_ms: number} | null} */
    this._server = null;
    this._fetch = net;
    this._failures = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    this._busy = false;
    this._again = false;
    this._stopped = false;
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
      await this._before();
      return { sent, learned: await this._learn() };
    } catch (error) {
      if (!(error instanceof RefusedError) || ![401, 403].includes(error.status) || isRevoked(error)) throw error;
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

  /** Go on no more. */
  stop() {
    this._stopped = true;
    clearTimeout(this._timer);
  }

  /** Try now, or once more after the try that is going on; somebody is there, so do not wait long after that. */
  soon() {
    this._failures = 0;
    this._again = this._busy;
    if (!this._busy) void this._try();
  }

  async _try() {
    clearTimeout(this._timer);
    if (this._stopped) return;
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
    if (!this._stopped) this._timer = setTimeout(() => void this._try(), again ? 0 : this.pause(Math.random()));
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
    this._server = { boot, server_ms, ours: answered.boot, at_ms: answered.monotonic_ms };
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
      const log = this._log();
      const since = (await this._store.get("cursor")) ?? 0;
      const page = log ? await this.ask(`${log}since=${since}`) : { next: since };
      if (page.next <= since) return learned;
      learned += await this._store.learn(page.events, page.next);
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
    try {
      return await this._ask(path, body);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code !== "proof-stale") throw error;
      this._server = null;
      return this._ask(path, body);
    }
  }

  /** @param {string} path @param {unknown} body */
  async _ask(path, body) {
    const answer = await this._fetch(this._address + path, {
      method: body === undefined ? "GET" : "POST",
      headers: body === undefined ? await this._proof(path) : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok) throw new RefusedError(answer.status, await answer.json().catch(() => null));
    return answer.json();
  }

  /** Say which device asks, signed; nothing before there is one. @param {string} path @returns {Promise<Record<string, string>>} */
  async _proof(path) {
    const { device } = this._store;
    const key = path === "api/time" || !device ? null : await this._store.get("key");
    if (!key) return {};
    if (this._server?.ours !== this._clock.look().boot) await this._readClocks();
    const { boot, server_ms: read, at_ms } = /** @type {NonNullable<Sync["_server"]>} */ (this._server);
    const server_ms = read + Math.max(0, this._clock.look().monotonic_ms - at_ms);
    const { pathname, search } = new URL(this._address + path, location.href);
    const signature = await signAsking(key, { method: "GET", target: pathname + search, device, boot, server_ms });
    return { authorization: `Safepassage ${device} ${boot} ${server_ms} ${signature}` };
  }
}

/** Whether the server says that this device was revoked. @param {unknown} error */
function isRevoked(error) {
  return error instanceof RefusedError && error.code === "device-revoked";
}

/** @param {unknown} error @returns {SyncState} */
function stateOf(error) {
  if (isRevoked(error)) return "revoked";
  if (error instanceof RefusedError) return error.status >= 500 ? "away" : "refused";
  return error instanceof Error && error.name === "NotKeptError" ? "not-kept" : "away";
}

/** Let one tab talk to the server at a time, where browsers can; to send twice does no harm. @param {() => Promise<unknown>} what */
async function alone(what) {
  if (!navigator.locks) return what();
  return navigator.locks.request("safepassage-sync", what);
}
