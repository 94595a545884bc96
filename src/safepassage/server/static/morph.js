/**
 * Make one part of a page like another of the same kind, and leave alone what somebody is at: the focus, what is typed
 * or ticked, what was opened.
 *
 * Children are matched by their `id`; those without one by their order and name. A form that somebody has begun stays as
 * it is until it is sent; when its place in the page is gone, it stays where it was, and says so.
 */

/** @type {WeakSet<HTMLFormElement>} */
const begun = new WeakSet();

/**
 * Note the forms that somebody begins.
 *
 * @param {HTMLElement} within
 */
export function watch(within) {
  for (const kind of ["input", "change"]) {
    within.addEventListener(kind, (event) => {
      const form = event.target instanceof Element ? event.target.closest("form") : null;
      if (form) begun.add(form);
    });
  }
}

/**
 * @param {Element} element
 * @returns {boolean} Whether somebody is at a form in it.
 */
function inUse(element) {
  const forms = element.matches("form") ? [element] : [...element.querySelectorAll("form")];
  return forms.some((form) => begun.has(form) || form.contains(document.activeElement));
}

/**
 * Make the children of an element like those of another.
 *
 * @param {Element} old
 * @param {Element} fresh
 */
export function morph(old, fresh) {
  const named = new Map([...old.childNodes].filter(idOf).map((one) => [idOf(one), one]));
  const wantedIds = new Set([...fresh.childNodes].map(idOf).filter(Boolean));
  const stays = (node) => wantedIds.has(idOf(node));
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    while (place && !fits(place, wanted) && !stays(place)) place = leave(place);
    const found = idOf(wanted) ? named.get(idOf(wanted)) : place && fits(place, wanted) ? place : undefined;
    if (!found) {
      old.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    if (found === place) {
      place = place.nextSibling;
    } else if (found.parentNode === old && found.contains(document.activeElement)) {
      // a node that is moved loses the focus; what stands before it is moved instead, and comes back by its id
      while (place !== found) place = remove(place);
      place = place.nextSibling;
    } else {
      old.insertBefore(found, place);
    }
    update(found, wanted);
  }
  while (place) place = leave(place);
}

/** Return a node's id. A form's `id`, `children` and the like are its fields of these names, if it has such. */
function idOf(node) {
  return node instanceof Element ? node.getAttribute("id") : null;
}

/** Tell whether a node stands for a wanted one. */
function fits(node, wanted) {
  return node.nodeName === wanted.nodeName && idOf(node) === idOf(wanted);
}

/** Make one node like another, in place. */
function update(node, wanted) {
  if (!(node instanceof Element)) {
    if (node.nodeValue !== wanted.nodeValue) node.nodeValue = wanted.nodeValue;
    return;
  }
  if (node.matches("form") && inUse(node)) return;
  for (const { name } of [...node.attributes]) {
    if (!wanted.hasAttribute(name) && !(name === "open" && node.matches("details"))) node.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  morph(node, wanted);
}

/** Take a node away that has no place any more, unless somebody is at a form in it; return what comes after it. */
function leave(node) {
  if (!(node instanceof Element && inUse(node))) return remove(node);
  for (const one of node.querySelectorAll(".changed")) one.hidden = false;
  return node.nextSibling;
}

/** Take a node away; return what comes after it. */
function remove(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}
