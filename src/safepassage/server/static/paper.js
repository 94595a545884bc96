// Typing a sheet by the keyboard alone: Enter goes to the next line, Ctrl+D copies the line above, Ctrl+Enter checks, who
// is meant is asked as soon as somebody is named, and what was typed is kept at every line. Without this the page does the same by Check.
const form = document.getElementById("sheet");
const kept = document.getElementById("kept");
const COPIED = ["act", "time", "where", "note"];
const PAUSE_MS = 1500;

const at = (name, row) => form.elements.namedItem(`${name}.${row}`);
const rowOf = (element) => Number(element.closest("tr[data-row]")?.dataset.row || 0);
const known = new Map();

// who is meant

async function found(text) {
  if (!known.has(text)) {
    const answer = await fetch(`/paper/who?text=${encodeURIComponent(text)}`, { cache: "no-store" });
    if (!answer.ok) return null;
    known.set(text, await answer.json());
  }
  return known.get(text);
}

async function meant(row) {
  const who = at("who", row);
  const choice = at("choice", row);
  const told = who.closest("td").querySelector(".meant");
  const text = who.value.trim();
  told.textContent = "";
  if (text.length < 2 || !/[^\d"'?؟]/u.test(text)) {
    choice.value = "";
    choice.hidden = true;
    return;
  }
  const people = await found(text).catch(() => null);
  if (people === null || who.value.trim() !== text) return;
  const exact = people.length === 1 && people[0].code.toLowerCase() === text.toLowerCase();
  const before = choice.value;
  for (const option of choice.querySelectorAll("option[data-found]")) option.remove();
  for (const { code, name } of people.toReversed()) {
    if ([...choice.options].some((option) => option.value === code)) continue;
    const option = new Option(name ? `${code} · ${name}` : code, code);
    option.dataset.found = "";
    choice.options[0].after(option);
  }
  choice.value = [...choice.options].some((option) => option.value === before) ? before : "";
  choice.hidden = exact;
  told.textContent = exact ? [people[0].code, people[0].name].filter(Boolean).join(" · ") : "";
}

// keys

function copyAbove(row) {
  const filled = (name) => at(name, row).value.trim();
  for (const name of COPIED) if (row > 1 && !filled(name)) at(name, row).value = at(name, row - 1).value;
}

function added(row) {
  const last = form.querySelector("tr[data-row]:last-child");
  if (row < Number(last.dataset.row)) return;
  const next = last.cloneNode(true);
  next.dataset.row = row + 1;
  next.classList.remove("differs");
  next.querySelector("th").textContent = row + 1;
  for (const one of next.querySelectorAll(".says-so, td p:not(.meant)")) one.remove();
  for (const one of next.querySelectorAll("input, select")) {
    one.name = one.name.replace(/\d+$/, row + 1);
    one.value = "";
    one.removeAttribute("aria-invalid");
    one.removeAttribute("aria-describedby");
    one.setAttribute("aria-label", one.getAttribute("aria-label").replace(String(row), row + 1));
    if (one.name.startsWith("choice.")) one.hidden = true;
  }
  next.querySelector(".meant").textContent = "";
  last.after(next);
}

form.addEventListener("keydown", (event) => {
  const row = rowOf(event.target);
  if (!row || event.isComposing) return;
  if (event.key === "Enter" && event.ctrlKey) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[value=check]"));
  } else if (event.key === "Enter" && event.target.matches("input, select")) {
    event.preventDefault();
    const choice = at("choice", row);
    if (event.target.name === `who.${row}` && event.target.value.trim()) {
      // who is meant is chosen before the next line, where a name alone does not say it
      meant(row).then(() => {
        if (choice.hidden || choice.value) onwards(row);
        else choice.focus();
      });
    } else onwards(row);
  } else if (event.key === "d" && event.ctrlKey && !event.altKey) {
    event.preventDefault();
    copyAbove(row);
    changed();
  }
});

function onwards(row) {
  added(row);
  at("who", row + 1)?.focus();
  keep();
}

form.addEventListener("change", (event) => {
  if (event.target.name?.startsWith("who.")) meant(rowOf(event.target));
});

// totals, and what is kept

const nextTurn = () => {
  const turn = form.elements.namedItem("turn");
  turn.value = String(Number(turn.value) + 1);
  return turn.value;
};

let waits = 0;
let dirty = false;
let sending = false;

function changed() {
  dirty = true;
  kept.textContent = "";
  // what was looked at is another sheet now
  document.querySelector("button[value=keep]")?.setAttribute("hidden", "");
  const rows = [...form.querySelectorAll("tr[data-row]")].map((row) => Number(row.dataset.row));
  const cells = ["who", "act", "time", "where", "note"];
  const full = rows.filter((row) => cells.some((name) => at(name, row).value.trim()));
  document.getElementById("filled").value = String(full.length);
  clearTimeout(waits);
  waits = setTimeout(keep, PAUSE_MS);
}

function send() {
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "save");
  body.set("turn", nextTurn());
  return fetch(form.getAttribute("action"), {
    method: "POST", body, headers: { accept: "application/json" }, keepalive: body.toString().length < 60000,
  });
}

async function keep() {
  clearTimeout(waits);
  if (!dirty || sending) return;
  sending = true;
  dirty = false;
  try {
    const answer = await send();
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    kept.textContent = dirty ? "" : form.dataset.kept;
    kept.className = "quiet";
    waits = setTimeout(keep, dirty ? 0 : PAUSE_MS);
  } catch {
    kept.textContent = form.dataset.notKept;
    kept.className = "notice";
    dirty = true;
    waits = setTimeout(keep, 3 * PAUSE_MS);
  } finally {
    sending = false;
  }
}

let leaving = false;

form.addEventListener("input", changed);
form.addEventListener("submit", () => {
  clearTimeout(waits);
  leaving = true;
  nextTurn();
});
// what no answer has said to be kept is sent once more: the server takes the latest turn
addEventListener("pagehide", () => {
  if (!leaving && (dirty || sending)) send().catch(() => {});
});

const wrong = form.querySelector("[aria-invalid=true]");
const start = [...form.querySelectorAll("tr[data-row] input[name^='who.']")].find((one) => !one.value);
const looked = document.getElementById("looked");
if (wrong) wrong.focus();
else (looked || start)?.focus();
