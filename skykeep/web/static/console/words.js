// Every sentence of the console goes through `t`: it looks up the page's language and puts values in.
// The English sentence is its own key, so that a sentence without a translation is still a sentence. Sentences stand in
// the call itself: scripts/translations.py finds them there.

/** @type {Record<string, string | string[]>} */
let spoken = {};
let language = "en";
let plurals = new Intl.PluralRules("en");
const ORDER = ["zero", "one", "two", "few", "many", "other"]; // as gettext numbers the forms of a language

/** @param {Record<string, string | string[]>} words of what is counted, all forms @param {string} tag language of the page, BCP 47 */
export function speak(words, tag) {
  spoken = words;
  language = tag;
  plurals = new Intl.PluralRules(tag);
}

/** @param {string} said @param {Record<string, string | number>} values */
const filled = (said, values) => said.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

/**
 * @param {string} sentence in English, with {names} for values
 * @param {Record<string, string | number>} [values]
 */
export function t(sentence, values = {}) {
  const said = spoken[sentence] ?? sentence;
  return filled(typeof said === "string" ? said : said[0], values);
}

/** @param {number} count @param {string} one sentence for one, with {n} @param {string} many sentence for others */
export function tn(count, one, many) {
  const said = spoken[one], n = new Intl.NumberFormat(language).format(count);
  if (!Array.isArray(said)) return filled(count === 1 ? one : many, { n });
  const there = plurals.resolvedOptions().pluralCategories, kinds = ORDER.filter((each) => there.includes(/** @type {any} */ (each)));
  return filled(said[Math.min(kinds.indexOf(plurals.select(count)), said.length - 1)], { n });
}

/**
 * Why the station said no. What it says of this one case is in English; its title says the kind of it in the page's language.
 * @param {{ title?: string, detail?: string, remedy?: string }} said
 */
export const problem = (said) => [language === "en" && said.detail ? "" : said.title, said.detail, said.remedy].filter(Boolean).join(". ");

/** @returns {string} the page's language */
export function tag() {
  return language;
}
