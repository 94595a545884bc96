"use strict";
(() => {
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];
  const button = (id) => document.getElementById(id);

  const retitle = () => {
    for (const element of document.querySelectorAll(`[data-${root.lang}]`)) {
      element.textContent = element.getAttribute("data-" + root.lang);
    }
    for (const element of document.querySelectorAll(`[data-label-${root.lang}]`)) {
      element.setAttribute("aria-label", element.getAttribute("data-label-" + root.lang));
    }
  };

  const languages = document.querySelectorAll("button.language");
  for (const chosen of languages) {
    chosen.addEventListener("click", () => {
      root.lang = chosen.lang;
      root.dir = chosen.dir;
      for (const other of languages) other.setAttribute("aria-pressed", String(other === chosen));
      retitle();
    });
  }

  button("theme").addEventListener("click", () => {
    root.dataset.theme = themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length];
  });

  button("print").addEventListener("click", () => window.print());

  const unfold = button("unfold");
  if (unfold) {
    unfold.addEventListener("click", () => {
      const open = unfold.getAttribute("aria-pressed") !== "true";
      unfold.setAttribute("aria-pressed", String(open));
      for (const sheet of document.querySelectorAll("details.sheet")) sheet.open = open;
    });
  }

  // On paper nothing can be unfolded: everything is open while printing, and as it was afterwards.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
    folded = [];
  });
})();
