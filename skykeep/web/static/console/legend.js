// The legend is the filter: each kind of flight with its sign and count, to show or to hide.
import { CoverageButton } from "./coverage.js";
import { html } from "./dom.js";
import { PermitButton } from "./permits.js";
import { Symbol } from "./symbol.js";
import { t } from "./words.js";

/** @param {{ app: import("./chart.js").Chart }} properties */
export function Kinds({ app }) {
  const counted = app.sky.counts(app.freshness.serverNow());
  return html`${app.told.legend.map(([kind, name]) => html`<button key=${kind} aria-pressed=${!app.ui.hidden.has(kind)} title=${t("Show or hide")} onClick=${() => app.toggle(kind)}>
    <${Symbol} shapes=${app.told.shapes} kind=${kind} /><span class="word">${name}</span> <b class="num" id=${`n-${kind}`}>${counted[kind] ?? 0}</b></button>`)}`;
}

/** What shows and hides layers. @param {{ app: import("./chart.js").Chart }} properties */
export function Layers({ app }) {
  return html`<${PermitButton} app=${app} /><${CoverageButton} app=${app} />`;
}
