// Dark for the duty room, light elsewhere: follows the system until somebody pins it (the menu of wishes, skykeep/web/wishes.py, which
// keeps it in a cookie, so that every page follows from its first paint).

const KEPT = "skykeep_theme";
const system = matchMedia("(prefers-color-scheme: light)");

/** @returns {string} what is pinned, if anything is */
const pinned = () => new RegExp(`(?:^|; )${KEPT}=(dark|light)`).exec(document.cookie)?.[1] ?? "";

/** @returns {"dark" | "light"} */
export function now() {
  const kept = pinned();
  return kept === "dark" || kept === "light" ? kept : system.matches ? "light" : "dark";
}

export function apply() {
  document.documentElement.classList.toggle("light", now() === "light");
  document.documentElement.classList.toggle("dark", now() === "dark");
}

/** @param {() => void} call when the system turns */
export function onChange(call) {
  system.addEventListener("change", call);
}
