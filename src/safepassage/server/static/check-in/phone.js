/** This phone: what it records and for whom, over the device's store; everything that the page shows is asked of it. */

import { PageClock } from "../device/clock.js";
import { signBatch } from "../device/keys.js";
import { Store } from "../device/store.js";
import { Sync } from "../device/sync.js";
import { Standing } from "./standing.js";

/** @typedef {{id: string, name?: string, household?: string, vehicle?: string, site?: string}} Person */
/** @typedef {{vehicles: {id: string}[], sites: {id: string}[], hospitals: {id: string}[], people: Person[]}} List */
/** @typedef {{kind: "vehicle" | "site", id: string, actor: string, site: string}} Post */

/** @type {List} */
const NO_LIST = { vehicles: [], sites: [], hospitals: [], people: [] };

export class Phone {
  static async open() {
    const clock = new PageClock();
    const standing = new Standing();
    const store = await Store.open(clock, (event, name) => standing.learn(event, name));
    const phone = new Phone(store, clock, standing);
    phone.list = (await store.get("list")) ?? NO_LIST;
    phone.post = (await store.get("post")) ?? null;
    return phone;
  }

  /** @param {Store} store @param {PageClock} clock @param {Standing} standing */
  constructor(store, clock, standing) {
    this.store = store;
    this.standing = standing;
    this.sync = new Sync(store, clock, { wanted: (event) => this._concerns(event) });
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
    const of = this.post ? `?${this.post.kind}=${encodeURIComponent(this.post.id)}` : "";
    const list = { ...NO_LIST, ...(await this.sync.ask(`api/check-in${of}`)) };
    await this.store.put("list", list);
    this.list = list;
  }

  /** Record for a vehicle or site from now on. @param {Post | null} post */
  async take(post) {
    await this.store.put("post", post);
    this.post = post;
  }

  /** @param {import("../device/event.js").DeviceEvent} event */
  _concerns(event) {
    const subject = event.subject;
    return subject === this.post?.id || this.standing.knows(subject) || this.list.people.some(({ id }) => id === subject);
  }

  /** Whether the post is a vehicle. */
  get inVehicle() {
    return this.post?.kind === "vehicle";
  }

  /** Everybody this phone lists: those expected here, and those it recorded besides. @returns {Person[]} */
  people() {
    const listed = new Set(this.list.people.map(({ id }) => id));
    const others = this.standing.subjects("person").filter((id) => !listed.has(id));
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
    const key = await this.store.get("key");
    const device = this.store.device;
    const parcels = [];
    for (const { sequence, digest, events } of await this.store.outbox()) {
      const signature = key ? await signBatch(key, device, sequence, digest) : "";
      parcels.push({ batch: { device, sequence, digest, signature }, events });
    }
    return new Blob([JSON.stringify({ format: "safepassage-outbox/1", parcels })], { type: "application/json" });
  }
}
