// Dark for the duty room, light elsewhere: follows the system until somebody pins it. What is pinned is kept in a cookie,
// so that the pages that the server makes follow too, from their first paint.

const KEPT = "skykeep_theme";
const KEPT_S = 365 * 86_400;
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

export function turn() {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${KEPT}=${now() === "dark" ? "light" : "dark"}; Path=/; Max-Age=${KEPT_S}; SameSite=Lax${secure}`;
}

/** @param {() => void} call when the system turns */
export function onChange(call) {
  system.addEventListener("change", call);
}
