/** What is unsent as a series of codes on the screen, for another phone to read: without a network and without files. */

import { button, element } from "./elements.js";
import { show } from "./sheets.js";
import { say } from "./words.js";

/** Characters in one code: more are hard to read off a scratched screen. */
export const PIECE = 600;

const EVERY_MS = 700;
const QUIET = 4;
const FORM = /^SPO1 (\d{1,4}) (\d{1,4}) ([0-9a-f]{8}) ([\s\S]*)$/;

/** Cut a text into what stands in each code; all of it is ASCII. @param {string} text @returns {string[]} */
export function pieces(text) {
  const ascii = text.replace(/[^\x20-\x7e]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const all = Math.max(1, Math.ceil(ascii.length / PIECE));
  const tag = tagOf(ascii);
  return Array.from({ length: all }, (_, at) => `SPO1 ${at + 1} ${all} ${tag} ${ascii.slice(at * PIECE, (at + 1) * PIECE)}`);
}

/** Puts together what is read, in any order; a code of another series begins anew. */
export class Gathering {
  constructor() {
    this.tag = "";
    this.all = 0;
    /** @type {Map<number, string>} */
    this.read = new Map();
  }

  /** Take what was read. @param {string} code @returns {string | null} The whole text, once it is there. */
  take(code) {
    const found = FORM.exec(code);
    if (!found) return null;
    const [, at, all, tag, piece] = found;
    if (tag !== this.tag || Number(all) !== this.all) {
      this.read.clear();
      this.tag = tag;
      this.all = Number(all);
    }
    this.read.set(Number(at), piece);
    if (this.read.size < this.all) return null;
    const whole = Array.from({ length: this.all }, (_, index) => this.read.get(index + 1) ?? "").join("");
    if (tagOf(whole) === this.tag) return whole;
    this.read.clear();
    return null;
  }
}

/** Tell series apart, and one that was put together wrongly: FNV-1a. The events in it prove themselves. @param {string} text */
function tagOf(text) {
  let tag = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) tag = Math.imul(tag ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return tag.toString(16).padStart(8, "0");
}

/** Show what is unsent as codes. @param {import("./phone.js").Phone} phone */
export async function codesSheet(phone) {
  const { qrcode } = await import("../vendor/qrcode-generator/qrcode.js");
  const told = pieces(await (await phone.outboxFile()).text());
  const canvas = element("canvas", { class: "code", role: "img" });
  const line = element("p", { class: "number-of" });
  let at = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let running;
  const turn = (/** @type {number} */ by) => {
    at = (at + by + told.length) % told.length;
    line.textContent = say("codes.of", { i: at + 1, n: told.length });
    canvas.setAttribute("aria-label", line.textContent);
    draw(canvas, qrcode, told[at]);
  };
  const stop = () => {
    clearInterval(running);
    running = undefined;
    runs.textContent = say("codes.run");
  };
  const runs = button(say("codes.run"), () => {
    if (running) return stop();
    running = setInterval(() => turn(1), EVERY_MS);
    runs.textContent = say("codes.stop");
    return undefined;
  }, { class: "main" });
  const step = () => {
    stop();
    turn(1);
  };
  const many = told.length > 1 && element("div", { class: "keys" }, runs, button(say("codes.next"), step));
  show(say("codes"), element("p", {}, say("codes.how")), canvas, line, many);
  document.getElementById("sheet")?.addEventListener("close", stop, { once: true });
  turn(0);
}

/** @param {HTMLCanvasElement} canvas @param {any} qrcode - The library. @param {string} text */
function draw(canvas, qrcode, text) {
  const code = qrcode(0, "L");
  code.addData(text, "Byte");
  code.make();
  const size = code.getModuleCount();
  const dot = Math.max(2, Math.floor(360 / (size + 2 * QUIET)));
  canvas.width = (size + 2 * QUIET) * dot;
  canvas.height = canvas.width;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  // dark on light, whatever the theme: that is what readers look for
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000000";
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (code.isDark(row, column)) context.fillRect((column + QUIET) * dot, (row + QUIET) * dot, dot, dot);
    }
  }
}
