/** What goes by hand: the outbox saved as a file, and the file that another phone has saved. */

import { Gathering } from "./codes.js";
import { button, element } from "./elements.js";
import { scanSheet, show } from "./sheets.js";
import { say } from "./words.js";

/** Save what is unsent as a file. @param {import("./phone.js").Phone} phone */
export async function save(phone) {
  const address = URL.createObjectURL(await phone.outboxFile());
  element("a", { href: address, download: `outbox-${phone.store.device}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Hand in the file of another phone. @param {import("./phone.js").Phone} phone */
export function bringSheet(phone) {
  const result = element("div", { role: "status" });
  const tell = (/** @type {string[]} */ lines) => result.replaceChildren(...lines.map((line) => element("p", {}, line)));
  const bring = async (/** @type {any} */ event) => {
    const [file] = event.target.files;
    if (!file) return;
    // so that the same file can be chosen again
    event.target.value = "";
    await handIn(await file.text());
  };
  const handIn = async (/** @type {string} */ text) => {
    tell([say("bring.going")]);
    try {
      tell(told(await phone.bring(text)));
    } catch (/** @type {any} */ error) {
      tell([error.name === "NotAnOutboxError" ? say("bring.no-file") : error.status ? say("server-says", { what: error.message }) : say("enrol.away")]);
    }
  };
  const input = element("input", { type: "file", accept: ".json,application/json", onchange: bring });
  const again = () => {
    const codes = button(say("bring.scan"), () => scanCodes((text) => (again(), handIn(text))));
    show(say("bring"), element("p", {}, say("bring.how")), element("label", {}, say("bring.file"), input), codes, result);
  };
  again();
}

/** Read the codes that another phone shows, in any order. @param {(text: string) => void} whole */
function scanCodes(whole) {
  const gathering = new Gathering();
  const line = element("p", { role: "status" });
  const enough = (/** @type {string} */ code) => {
    const text = gathering.take(code);
    line.textContent = gathering.all ? say("bring.read", { n: gathering.read.size, all: gathering.all }) : say("bring.no-code");
    if (text !== null) whole(text);
    return text !== null;
  };
  scanSheet(say("bring.scan"), enough, () => (line.textContent = say("scan.none")), line);
}

/** Say what became of each phone's parcels. @param {import("./phone.js").Taken[]} parcels @returns {string[]} */
function told(parcels) {
  if (!parcels.length) return [say("bring.empty")];
  return parcels.map(({ device, events, fresh, outcome, what }) => {
    if (outcome === "refused") return say("bring.refused", { device, what });
    if (outcome === "held") return say("bring.held", { device, n: events });
    return fresh ? say("bring.taken", { device, n: events, fresh }) : say("bring.known", { device, n: events });
  });
}

/**
 * What is shown when the server does not take what a revoked phone has unsent.
 *
 * @param {import("./phone.js").Phone} phone
 * @param {() => void} gone - What is done when it was erased.
 */
export function revokedView(phone, gone) {
  const erase = async () => {
    await phone.erase();
    gone();
  };
  return [
    element("h2", {}, say("revoked")),
    element("p", {}, say("revoked.refused", { n: phone.store.unsent })),
    element(
      "div",
      { class: "keys" },
      button(say("export"), () => save(phone), { class: "main" }),
      button(say("revoked.erase"), erase, { class: "bad" }),
    ),
  ];
}
