/** Elements of the page, made in one line each; text is always text. */

/**
 * @param {string} name
 * @param {Record<string, any>} [attributes] - `on...` are listeners; undefined and false are left out.
 * @param {...(Node | string | null | undefined | false)} content
 * @returns {any}
 */
export function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...content.filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

/** A button. @param {string} text @param {() => unknown} does @param {Record<string, any>} [attributes] */
export function button(text, does, attributes = {}) {
  return element("button", { type: "button", onclick: does, ...attributes }, text);
}

/**
 * A choice of one among few or many.
 *
 * @param {string} label
 * @param {[string, string][]} options - Value and text.
 * @param {string} [chosen]
 * @returns {{label: HTMLElement, select: HTMLSelectElement}}
 */
export function choice(label, options, chosen = "") {
  const select = element(
    "select",
    {},
    ...options.map(([value, text]) => element("option", { value, selected: value === chosen }, text)),
  );
  return { label: element("label", {}, label, select), select };
}
