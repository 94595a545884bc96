// Drag somebody onto another trip: ticks them, chooses the trip, and asks what that would break. Nothing is kept by it.
// Whoever has no pointer ticks and chooses in the form, which does the same.
const form = document.getElementById("moving");
const drops = document.getElementById("drops");

if (form && drops && matchMedia("(pointer: fine)").matches) {
  let dragged = null;
  drops.hidden = false;
  for (const row of form.querySelectorAll("tr[data-person]")) {
    row.draggable = true;
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.person);
      drops.classList.add("ready");
    });
    row.addEventListener("dragend", () => {
      dragged = null;
      drops.classList.remove("ready");
    });
  }
  for (const target of drops.children) {
    target.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      target.classList.add("over");
    });
    target.addEventListener("dragleave", () => target.classList.remove("over"));
    target.addEventListener("drop", (event) => {
      event.preventDefault();
      target.classList.remove("over");
      if (!dragged) return;
      dragged.querySelector("input[type=checkbox]").checked = true;
      form.elements.namedItem("to").value = target.dataset.trip;
      form.requestSubmit();
    });
  }
}

document.getElementById("tried")?.focus();
