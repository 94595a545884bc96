/** The page's words in the language of who holds the phone. */

import arabic from "./ar.json" with { type: "json" };
import english from "./en.json" with { type: "json" };
import french from "./fr.json" with { type: "json" };

/**
 * Languages there are, the one to fall back to first: what each calls itself, and how it is written.
 *
 * @type {Readonly<Record<string, { name: string, direction: "ltr" | "rtl" }>>}
 */
export const LANGUAGES = Object.freeze({
  en: { name: "English", direction: "ltr" },
  fr: { name: "Français", direction: "ltr" },
  ar: { name: "العربية", direction: "rtl" },
});
const FIRST = Object.keys(LANGUAGES)[0];

/** @type {Readonly<Record<string, Record<string, string>>>} */
const WORDS = Object.freeze({ en: english, fr: french, ar: arabic });

let language = FIRST;

/** Return the language that the browser asks for, of those there are. */
export function preferred() {
  const asked = navigator.languages.map((one) => one.split("-")[0]);
  return asked.find((one) => Object.hasOwn(LANGUAGES, one)) ?? FIRST;
}

/** Use a language from here on. @param {string} name */
export function speak(name) {
  language = Object.hasOwn(LANGUAGES, name) ? name : FIRST;
  document.documentElement.lang = language;
  document.documentElement.dir = LANGUAGES[language].direction;
  document.title = say("title");
}

/** The language in use. */
export function spoken() {
  return language;
}

/**
 * Return words, with what they speak of put in as text.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  return (WORDS[language][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => apart(String(values[name])));
}

/** Keep a code from mixing with writing in the other direction. @param {string} text */
function apart(text) {
  return `\u2068${text}\u2069`;
}
