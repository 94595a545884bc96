"use strict";
(() => {
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];
  const button = (id) => document.getElementById(id);

  const retitle = () => {
    for (const element of document.querySelectorAll("[data-en]")) {
      element.textContent = element.getAttribute("data-" + root.lang);
    }
    for (const element of document.querySelectorAll("[data-label-en]")) {
      element.setAttribute("aria-label", element.getAttribute("data-label-" + root.lang));
    }
  };

  button("language").addEventListener("click", () => {
    root.lang = root.lang === "ar" ? "en" : "ar";
    root.dir = root.lang === "ar" ? "rtl" : "ltr";
    retitle();
  });

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
