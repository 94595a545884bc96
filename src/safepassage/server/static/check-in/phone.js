/** This phone: what it records and for whom, over the device's store; everything that the page shows is asked of it. */

import { PageClock } from "../device/clock.js";
import { signBatch } from "../device/keys.js";
import { Store } from "../device/store.js";
import { Sync } from "../device/sync.js";
import { Standing } from "./standing.js";

/** @typedef {{id: string, name?: string, household?: string, vehicle?: string, site?: string}} Person */
/** @typedef {{id: string, post?: boolean}} Spot - `post`: false where this phone may not record. */
/** @typedef {{vehicles: Spot[], sites: Spot[], hospitals: Spot[], people: Person[]}} List */
/** @typedef {{batch: {device: string, sequence: number, digest: string, signature: string}, events: string[]}} Parcel */
/** @typedef {{device: string, sequence: number, events: number, fresh: number, outcome: string, code: string, what: string}} Taken */
/** @typedef {{kind: "vehicle" | "site", id: string, actor: string, site: string}} Post */

/** @type {List} */
const NO_LIST = { vehicles: [], sites: [], hospitals: [], people: [] };

const OUTBOX = "safepassage-outbox/1";
const RENEWED_MS = 60_000;

/** What is no file that a phone has saved. */
export class NotAnOutboxError extends Error {
  name = "NotAnOutboxError";
}

export class Phone {
  static async open() {
    const clock = new PageClock();
    const standing = new Standing();
    const store = await Store.open(clock, (event, name) => standing.learn(event, name));
    const phone = new Phone(store, clock, standing);
    phone.list = store.begun.list ?? NO_LIST;
    phone.post = store.begun.post ?? null;
    return phone;
  }

  /** @param {Store} store @param {PageClock} clock @param {Standing} standing */
  constructor(store, clock, standing) {
    this.store = store;
    this.standing = standing;
    this.sync = new Sync(store, clock, { log: () => this._log(), before: () => this._renewNowAndThen() });
    this._renewed = Number.NEGATIVE_INFINITY;
    /** @type {List} */
    this.list = NO_LIST;
    /** @type {Post | null} */
    this.post = null;
  }

  /** Become a device of the server. @param {string} code - Works once. */
  async enrol(code) {
    const public_key = await this.store.prepareKey();
    const { device } = await this.sync.ask("api/enrol", { code, public_key });
    await this.store.enrol(device);
    await navigator.storage?.persist?.();
  }

  /** Ask for the list: of places only, or with the people of the post. */
  async renewList() {
    const list = { ...NO_LIST, ...(await this.sync.ask(`api/check-in?${this._post()}`)) };
    const known = new Set(this.list.people.map(({ id }) => id));
    // What happened to who is new here was left out so far: read the log anew.
    if (list.people.some(({ id }) => !known.has(id))) await this.store.put("cursor", 0);
    await this.store.put("list", list);
    this.list = list;
    this._renewed = performance.now();
  }

  async _renewNowAndThen() {
    if (this.post && performance.now() - this._renewed > RENEWED_MS) await this.renewList();
  }

  _post() {
    return this.post ? `${this.post.kind}=${encodeURIComponent(this.post.id)}` : "";
  }

  _log() {
    return this.post ? `api/check-in/log?${this._post()}&` : "";
  }

  /**
   * Record for a vehicle or site from now on; what the phone knew of another one it forgets.
   *
   * @param {Post | null} post
   */
  async take(post) {
    if (!post || post.kind !== this.post?.kind || post.id !== this.post.id) {
      this.list = { ...this.list, people: [] };
      await this.store.forgetOthers();
      await this.store.put("list", this.list);
    }
    await this.store.put("post", post);
    this.post = post;
  }

  /** Whether the post is a vehicle. */
  get inVehicle() {
    return this.post?.kind === "vehicle";
  }

  /** Everybody this phone lists: those expected here, and those who were recorded here besides. @returns {Person[]} */
  people() {
    const listed = new Set(this.list.people.map(({ id }) => id));
    const post = this.post?.id ?? "";
    const others = this.standing.subjects("person").filter((id) => !listed.has(id) && this.standing.wasAt(id, post));
    return [...this.list.people, ...others.map((id) => ({ id }))];
  }

  /** @param {string} person */
  state(person) {
    return this.standing.state(person, this.store.heads(person), this.store.device);
  }

  /** Whether a person is, as far as this phone knows, where it records. @param {string} person */
  isHere(person) {
    const { place, missing } = this.state(person);
    return !missing && place.kind === this.post?.kind && place.id === this.post.id;
  }

  /** How many are here. */
  here() {
    return this.people().filter(({ id }) => this.isHere(id)).length;
  }

  /**
   * Record something here, now.
   *
   * @param {string} type
   * @param {string} subject
   * @param {{vehicle?: string, site?: string, payload?: Record<string, unknown>}} [more]
   */
  async record(type, subject, { vehicle, site, payload = {} } = {}) {
    const post = /** @type {Post} */ (this.post);
    const done = await this.store.record(type, {
      subject,
      vehicle: vehicle ?? (this.inVehicle ? post.id : ""),
      site: site ?? (this.inVehicle ? post.site : post.id),
      actor: post.actor,
      payload,
    });
    this.sync.soon();
    return done;
  }

  /** Take back what this phone recorded last. @returns {Promise<import("../device/event.js").DeviceEvent | null>} */
  async undo() {
    const last = this.standing.lastOwn(this.store.device);
    if (!last) return null;
    await this.record("corrected", last.event.subject, { payload: { corrects: [last.name], reason: "undo" } });
    return last.event;
  }

  /** Return what is unsent as a file: signed parcels that any device can hand in. @returns {Promise<Blob>} */
  async outboxFile() {
    return new Blob([JSON.stringify({ format: OUTBOX, parcels: await this._parcels() })], { type: "application/json" });
  }

  /** @returns {Promise<Parcel[]>} */
  async _parcels() {
    const key = await this.store.get("key");
    const device = this.store.device;
    const parcels = [];
    for (const { sequence, digest, events } of await this.store.outbox()) {
      const signature = key ? await signBatch(key, device, sequence, digest) : "";
      parcels.push({ batch: { device, sequence, digest, signature }, events });
    }
    return parcels;
  }

  /**
   * Hand in what another phone has saved.
   *
   * @param {string} text - Of the file.
   * @returns {Promise<Taken[]>} What became of each parcel.
   * @throws {NotAnOutboxError} When it is something else.
   */
  async bring(text) {
    let file;
    try {
      file = JSON.parse(text);
    } catch {
      throw new NotAnOutboxError("no JSON");
    }
    if (file?.format !== OUTBOX || !Array.isArray(file.parcels)) throw new NotAnOutboxError("not of this format");
    return this._bring(file.parcels);
  }

  /** One by one: each is small enough for a request. @param {Parcel[]} parcels @returns {Promise<Taken[]>} */
  async _bring(parcels) {
    const taken = [];
    for (const parcel of parcels) {
      const answer = await this.sync.ask("api/outbox", { format: OUTBOX, parcels: [parcel] });
      taken.push(...answer.parcels);
    }
    return taken;
  }

  /**
   * Leave, after this phone was revoked: give what is unsent to the server, to be looked at there, and erase everything.
   *
   * @returns {Promise<boolean>} Whether it is done; not when the server refuses what is unsent.
   * @throws {TypeError} When the server is away: then everything stays, until the next time.
   */
  async leave() {
    const brought = await this._bring(await this._parcels());
    if (brought.some(({ outcome }) => outcome === "refused")) return false;
    await this.erase();
    return true;
  }

  /** Erase all that this browser keeps of the page. */
  async erase() {
    this.sync.stop();
    await this.store.erase();
    for (const name of (await globalThis.caches?.keys()) ?? []) await caches.delete(name);
    for (const worker of (await navigator.serviceWorker?.getRegistrations()) ?? []) await worker.unregister();
  }
}
