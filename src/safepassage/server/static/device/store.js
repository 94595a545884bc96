/**
 * What the phone keeps: its own events, others' events about its people, and how far it has got.
 *
 * Everything is in one IndexedDB. An event is made and kept in one transaction of it, and transactions that write wait
 * for each other, in all tabs and without any help of the network: so two tabs never give one number twice. What an
 * earlier transaction of any tab kept is read first. `record` returns when the browser says that the disk has it.
 *
 * What was acknowledged stays: a phone's events are small, and a server that lost its disk gets them again. Others'
 * events go when the phone goes to another post, and everything goes when it was revoked.
 */

import { decode, reference } from "./event.js";
import { newKey } from "./keys.js";
import { Recorder } from "./recorder.js";

const VERSION = 1;

/** What was to be kept is not on the disk: storage is full, or the browser refuses it. Nothing else was lost. */
export class NotKeptError extends Error {
  name = "NotKeptError";
  code = "not-kept";
}

/** Two different devices, or none, where there must be one. */
export class NotEnrolledError extends Error {
  name = "NotEnrolledError";
  code = "not-enrolled";
}

/** @typedef {{position: number, name: string, text: string, own?: number}} Row */

/** Told of each event that this tab comes to know, in the order in which the phone came to know them.
 * @typedef {(event: import("./event.js").DeviceEvent, name: string) => void} Watcher */

/** The device of this browser. */
export class Store {
  /**
   * Open what the browser keeps, or begin.
   *
   * @param {{look: () => import("./clock.js").Look}} clock
   * @param {Watcher} [watcher] - Is told of every event, from the first that was ever kept.
   * @param {string} [name] - Of the database.
   * @returns {Promise<Store>}
   */
  static async open(clock, watcher = () => {}, name = "safepassage") {
    const opening = indexedDB.open(name, VERSION);
    opening.onupgradeneeded = () => {
      const events = opening.result.createObjectStore("events", { keyPath: "position", autoIncrement: true });
      events.createIndex("name", "name", { unique: true });
      events.createIndex("own", "own", { unique: true });
      opening.result.createObjectStore("state");
    };
    const database = await answer(opening);
    database.onversionchange = () => database.close();
    const store = new Store(database, clock, watcher);
    await store._begin();
    return store;
  }

  /** @param {IDBDatabase} database @param {{look: () => import("./clock.js").Look}} clock @param {Watcher} watcher */
  constructor(database, clock, watcher) {
    this._database = database;
    this._clock = clock;
    this._seen = 0;
    /** The state as it was when this tab began. @type {Readonly<Record<string, any>>} */
    this.begun = {};
    /** @type {Recorder | null} */
    this._recorder = null;
    this._watcher = watcher;
  }

  /** The number of the latest own event. */
  get sequence() {
    return this._recorder?.sequence ?? 0;
  }

  /** Whether this browser is a device already. */
  get isEnrolled() {
    return this._recorder !== null;
  }

  /** The device's id; empty before it is enrolled. */
  get device() {
    return this._recorder?.device ?? "";
  }

  /** How many own events nobody else is known to hold, as far as this tab knows. */
  get unsent() {
    return this._recorder?.unsent ?? 0;
  }

  /** The latest known events about a subject. @param {string} subject */
  heads(subject) {
    return this._recorder?.heads(subject) ?? [];
  }

  /**
   * Make a key for a device that is to be enrolled, and keep it.
   *
   * @returns {Promise<string>} Its public key.
   */
  async prepareKey() {
    const known = await this.get("key");
    if (known) return known.publicKey;
    const key = await newKey();
    await this._write(["state"], async (state) => {
      if (!(await answer(state.get("key")))) state.put(key, "key");
    });
    return (await this.get("key")).publicKey;
  }

  /**
   * Become the device that a server has enrolled.
   *
   * @param {string} device
   * @throws {NotEnrolledError} When this browser is another device already.
   */
  async enrol(device) {
    await this._write(["state"], async (state) => {
      const known = await answer(state.get("device"));
      if (known && known !== device) throw new NotEnrolledError(`this browser is ${known} already, not ${device}`);
      state.put(device, "device");
    });
    await this._begin();
  }

  /**
   * Make the next event and keep it. It is on the disk when this returns.
   *
   * @param {string} type
   * @param {import("./recorder.js").Said} said
   * @returns {Promise<{event: import("./event.js").DeviceEvent, name: string}>}
   * @throws {import("./recorder.js").NotRecordedError} When it is no event.
   * @throws {NotKeptError} When it could not be kept; then it has not happened.
   */
  async record(type, said) {
    /** @type {Row} */
    let row = { position: 0, name: "", text: "" };
    await this._write(["events"], async (events) => {
      const recorder = await this._catchUp(events);
      const text = recorder.make(type, said);
      const fresh = { name: reference(text), text, own: recorder.sequence + 1 };
      row = { ...fresh, position: /** @type {number} */ (await answer(events.add(fresh))) };
    });
    this._take([row]);
    return { event: decode(row.text), name: row.name };
  }

  /**
   * Keep events of other devices, and up to where of the server's log they were read.
   *
   * @param {string[]} texts
   * @param {number} cursor
   * @returns {Promise<number>} How many of them were new.
   */
  async learn(texts, cursor) {
    let fresh = 0;
    await this._write(["events", "state"], async (events, state) => {
      const recorder = await this._catchUp(events);
      fresh = 0;
      for (const text of texts) {
        if (decode(text).device === recorder.device) continue;
        const name = reference(text);
        if ((await answer(events.index("name").count(name))) === 0) {
          events.add({ name, text });
          fresh += 1;
        }
      }
      state.put(cursor, "cursor");
    });
    await this.refresh();
    return fresh;
  }

  /**
   * Note up to which of our events somebody else holds them.
   *
   * @param {number} sequence
   * @param {string} [checkpoint] - The server's signed word for it.
   */
  async acknowledged(sequence, checkpoint) {
    await this._write(["state"], async (state) => {
      const before = (await answer(state.get("acknowledged"))) ?? 0;
      state.put(Math.max(before, sequence), "acknowledged");
      if (checkpoint) state.put(checkpoint, "checkpoint");
    });
    await this.refresh();
  }

  /** Read what other tabs have kept since. */
  async refresh() {
    const transaction = this._database.transaction(["events", "state"], "readonly");
    const recorder = await this._catchUp(transaction.objectStore("events"));
    recorder.acknowledged((await answer(transaction.objectStore("state").get("acknowledged"))) ?? 0);
  }

  /**
   * Return what is not acknowledged yet, in parcels.
   *
   * @returns {Promise<import("./recorder.js").Unsigned[]>}
   */
  async outbox() {
    await this.refresh();
    return [...this._known().outbox()];
  }

  /**
   * Read a value of the state: `key`, `cursor`, `checkpoint`, or what a page keeps.
   *
   * @param {string} name
   * @returns {Promise<any>}
   */
  async get(name) {
    return answer(this._database.transaction(["state"], "readonly").objectStore("state").get(name));
  }

  /** Keep a value of the state. @param {string} name @param {unknown} value */
  async put(name, value) {
    await this._write(["state"], async (state) => {
      state.put(value, name);
    });
  }

  /** Return all events there are, in the order in which this phone came to know them. @returns {Promise<string[]>} */
  async texts() {
    const rows = await answer(this._database.transaction(["events"], "readonly").objectStore("events").getAll());
    return rows.map((/** @type {Row} */ row) => row.text);
  }

  /** Drop what others recorded, and read it anew from the beginning; a tab that is open forgets when it is loaded anew. */
  async forgetOthers() {
    await this._write(["events", "state"], async (events, state) => {
      for (const row of /** @type {Row[]} */ (await answer(events.getAll()))) {
        if (row.own === undefined) events.delete(row.position);
      }
      state.put(0, "cursor");
    });
  }

  /** Erase everything, in all tabs. */
  async erase() {
    const { name } = this._database;
    this.close();
    await answer(indexedDB.deleteDatabase(name));
  }

  close() {
    this._database.close();
  }

  async _begin() {
    // All is asked for at once: every question of its own is a way through the browser and back, and a page waits here.
    const transaction = this._database.transaction(["events", "state"], "readonly");
    const state = transaction.objectStore("state");
    const asked = [state.getAllKeys(), state.getAll(), transaction.objectStore("events").getAll()];
    const [names, values, rows] = await Promise.all(asked.map((/** @type {IDBRequest<any[]>} */ one) => answer(one)));
    this.begun = Object.fromEntries(names.map((name, at) => [name, values[at]]));
    if (!this.begun.device || this._recorder) return;
    this._recorder = new Recorder(this.begun.device, this._clock);
    this._take(rows);
    this._recorder.acknowledged(this.begun.acknowledged ?? 0);
  }

  _known() {
    if (!this._recorder) throw new NotEnrolledError("this browser is no device yet");
    return this._recorder;
  }

  /** Take in what was kept since the last look, here or in another tab. @param {IDBObjectStore} events */
  async _catchUp(events) {
    const recorder = this._known();
    // Asked for in full before anything is taken: between two questions another look of this tab may come in.
    this._take(await answer(events.getAll(IDBKeyRange.lowerBound(this._seen, true))));
    return recorder;
  }

  /** Go on after what was kept; what another look of this tab has taken in meanwhile is left out. @param {Row[]} rows */
  _take(rows) {
    for (const row of rows) {
      if (row.position <= this._seen) continue;
      const { event, name } = this._known().take(row.text);
      this._seen = row.position;
      this._watcher(event, name);
    }
  }

  /**
   * Do something in a transaction, all of it or none, and return when it is on the disk.
   *
   * @param {string[]} names - Of the object stores.
   * @param {(...stores: IDBObjectStore[]) => Promise<void>} what - Awaits nothing but answers of this transaction.
   */
  async _write(names, what) {
    let transaction;
    try {
      transaction = this._database.transaction(names, "readwrite", { durability: "strict" });
    } catch (error) {
      throw notKept(error);
    }
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => reject(notKept(transaction.error));
    });
    // Whoever fails first is told of; the other promise must not be left without somebody who listens.
    done.catch(() => {});
    try {
      await what(...names.map((name) => transaction.objectStore(name)));
    } catch (error) {
      const failed = transaction.error;
      try {
        transaction.abort();
      } catch {
        // It has ended by itself.
      }
      throw error instanceof DOMException ? notKept(failed ?? error) : error;
    }
    await done;
  }
}

/** @param {unknown} error */
function notKept(error) {
  const why = error instanceof DOMException ? error.name : String(error);
  return new NotKeptError(`not on the disk: ${why}`, { cause: error });
}

/**
 * Await the answer to a question to the database.
 *
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
