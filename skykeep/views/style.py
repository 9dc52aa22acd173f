"""The report page's style sheet and its little script; the page reads the same without either."""

from __future__ import annotations

_LIGHT = """--bg:#f1f4f7;--panel:#fff;--raise:#f4f7fa;--line:#d5dde5;--text:#16212c;--dim:#4d5d6b;--focus:#0b62b0;
--permit:#0a6fb3;--unknown:#806500;--unpermit:#c22a10;--state:#00735a;--manned:#27333f;--norule:#5a6875;
--amber:#8f5400;
--accent:#0b62b0;--onaccent:#fff;--ground:#f6f5f2;--grat:#dfe1e0;--halo:#f6f5f2;--onred:#fff;--mark:#fff;
--sim:#7a2e8e;
--bar-permit:#d3e6f4;--bar-exempt:#dbe6e2;--bad:#fdebe7"""
_DARK = """--bg:#0b1016;--panel:#111923;--raise:#182330;--line:#263546;--text:#e3ebf2;--dim:#9fb0c0;--focus:#7cc4ff;
--permit:#56b4e9;--unknown:#f0e442;--unpermit:#ff5a3c;--state:#2fc39a;--manned:#f2f5f8;--norule:#93a5b6;
--amber:#f5a524;
--accent:#7cc4ff;--onaccent:#06131f;--ground:#0d141c;--grat:#1d2a37;--halo:#0d141c;--onred:#1b0602;--mark:#1b0602;
--sim:#d9a2ea;
--bar-permit:#17364a;--bar-exempt:#1b3631;--bad:#3a1712"""

_TOKENS = f""":root{{color-scheme:light;{_LIGHT}}}
@media screen and (prefers-color-scheme:dark){{:root:not(.light){{color-scheme:dark;{_DARK}}}}}
@media screen{{:root.dark{{color-scheme:dark;{_DARK}}}}}
"""
"""Light, or dark as the system is, until a page pins one by its class; paper is always light."""
_RULES = """*{box-sizing:border-box}
body{margin:0;font:15px/1.5 "Inter","Noto Sans",sans-serif;background:var(--bg);color:var(--text);
font-feature-settings:"tnum"}
h1,h2,h3,p,ol,ul,dl,dd,figure{margin:0}
.page{max-width:1080px;margin:0 auto;padding:0 20px 40px}
a{color:var(--accent)}a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--focus);
outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:12px;top:12px;background:var(--panel);padding:8px;z-index:2}
.top{display:flex;flex-wrap:wrap;align-items:center;gap:8px 14px;padding:14px 0;border-bottom:1px solid var(--line)}
.brand{display:flex;align-items:center;gap:8px;font-weight:650;font-size:15px}.brand svg{color:var(--accent)}
.sp{flex:1}
.pill{display:inline-flex;align-items:center;gap:6px;padding:3px 11px;border-radius:99px;font-size:13px;
font-weight:650;white-space:nowrap}
.pill.rec{background:var(--accent);color:var(--onaccent)}
.simtag{display:inline-block;font-size:11px;font-weight:750;letter-spacing:.05em;color:var(--sim);
border:1.5px solid var(--sim);border-radius:4px;padding:0 5px;white-space:nowrap}
header.answer{padding:26px 0 8px}
h1{font-size:15px;font-weight:600;color:var(--dim);overflow-wrap:anywhere}
.lead{font-size:30px;line-height:1.22;font-weight:680;letter-spacing:-.018em;margin:6px 0 12px}
.lead.more{font-size:21px;display:flex;flex-wrap:wrap;gap:4px 10px;align-items:center;letter-spacing:-.01em}
.intro{max-width:70ch;color:var(--dim)}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:16px 0 4px;font-size:14px}
.facts dt{color:var(--dim)}.facts dd{overflow-wrap:anywhere}
.failed{background:var(--bad);border:2px solid var(--unpermit);border-radius:8px;padding:10px 14px;font-weight:650;
margin:0 0 14px;overflow-wrap:anywhere}
section{margin-top:34px}
h2{font-size:20px;font-weight:660;letter-spacing:-.01em;margin-bottom:4px}
h3{font-size:15px;font-weight:650;margin:18px 0 4px}
.note{color:var(--dim);font-size:14px;max-width:92ch}
figure{margin-top:12px;background:var(--panel);border:1px solid var(--line);border-radius:8px;overflow:hidden}
figure.lined{padding:10px 0 4px}
figcaption{padding:9px 14px;font-size:13.5px;color:var(--dim);border-bottom:1px solid var(--line)}
figcaption b{color:var(--text);font-weight:620}
figure.lined figcaption{padding-top:0}
svg.map,svg.time{display:block;width:100%;height:auto}
svg.narrow{display:none}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;padding:9px 14px;font-size:13px;
border-top:1px solid var(--line)}
.legend li{display:inline-flex;align-items:center;gap:6px}.legend b{font-weight:650}
.ic{flex:none;vertical-align:-6px}
.sym.permit{--c:var(--permit)}.sym.unknown{--c:var(--unknown)}.sym.unpermit{--c:var(--unpermit)}
.sym.state{--c:var(--state)}.sym.manned{--c:var(--manned)}.sym.norule{--c:var(--norule)}
.s-fill{fill:color-mix(in srgb,var(--c) 22%,var(--ground))}.s-line{fill:none;stroke:var(--c);stroke-width:2}
.s-round{stroke-linecap:round;stroke-linejoin:round}
.s-solid{fill:var(--c);stroke:#fff;stroke-width:1.6;stroke-linejoin:round}.s-mark{stroke:var(--mark);
stroke-width:2.6;stroke-linecap:round}.s-markdot{fill:var(--mark)}
.s-craft{fill:var(--c);stroke:var(--ground);stroke-width:1.4;paint-order:stroke}
.ground{fill:var(--ground)}.grid line{stroke:var(--grat);stroke-width:1}
.map text,.time text{font-family:"Inter","Noto Sans",sans-serif}
.grid text{font-size:10.5px;fill:var(--dim)}
.scale{fill:none;stroke:var(--text);stroke-width:1.6}.scale-text{font-size:11px;font-weight:600;fill:var(--text);
paint-order:stroke;stroke:var(--halo);stroke-width:3px}.north{fill:var(--text)}
.pill-rec{fill:var(--accent)}.pilltext-rec{font-size:11px;font-weight:700;fill:var(--onaccent)}
.pill-sim{fill:var(--panel);stroke:var(--sim);stroke-width:1.5}.pilltext-sim{font-size:11px;font-weight:700;
fill:var(--sim)}
.edge{fill:none;stroke-width:2}
.hatch{stroke:var(--unpermit);stroke-width:1.5;opacity:.3}.dots{fill:var(--permit);opacity:.5}
.no-drone .edge{stroke:var(--unpermit)}.permit-only .edge,.conditional .edge{stroke:var(--permit);
stroke-dasharray:12 3.2 2 3.2}
.allowed .edge{stroke:var(--norule)}.area.timed .edge{stroke-dasharray:8 5}.area.gone{opacity:.45}
.area.later .edge{stroke:var(--dim);stroke-dasharray:7 5;stroke-width:1.4}.lab.later .l1{fill:var(--dim)}
.site .edge{stroke:var(--text);stroke-dasharray:10 3 2 3;stroke-width:1.6}
.presence .edge{stroke:var(--dim);stroke-dasharray:3 6;fill:var(--dim);fill-opacity:.05}
.permit-area .edge{stroke:var(--permit);stroke-dasharray:2 4;stroke-linecap:round;fill:var(--permit);fill-opacity:.07}
.lab .l1{font-size:12px;font-weight:650;fill:var(--text)}.lab .l2{font-size:11.5px;fill:var(--dim)}
.lab text{paint-order:stroke;stroke:var(--halo);stroke-width:3.4px;stroke-linejoin:round}
.lab.no-drone .l1{fill:var(--unpermit)}.lab.permit-only .l1,.lab.conditional .l1,.lab.permit-area .l1{
fill:var(--permit)}
.simbox{fill:var(--panel);stroke:var(--sim);stroke-width:1.2}.lab .simtext,.simtext{font-size:8.5px;font-weight:750;
letter-spacing:.04em;fill:var(--sim);stroke:none}
.w-not_permitted,.lab .w-not_permitted{fill:var(--unpermit);font-weight:600}
.w-cannot_tell,.lab .w-cannot_tell{fill:var(--unknown);font-weight:600}
.w-permitted,.lab .w-permitted{fill:var(--permit);font-weight:600}.w-exempt,.lab .w-exempt{fill:var(--state);
font-weight:600}
.path{fill:none;stroke-linejoin:round;stroke-linecap:round;stroke:var(--norule);stroke-width:1.8}
.v-not_permitted{stroke:var(--unpermit);stroke-width:3.2}.v-cannot_tell{stroke:var(--unknown);stroke-width:2.6;
stroke-dasharray:7 5}.v-permitted{stroke:var(--permit);stroke-width:2.2}.v-exempt{stroke:var(--state);
stroke-width:2.2}.v-no_rule{stroke-dasharray:1.5 4}
.flight.manned .path{stroke:var(--manned)}
.dot{fill:var(--dim);stroke:var(--ground);stroke-width:.8}
.course{fill:none;stroke:var(--dim);stroke-width:1.4}
.accuracy{fill:var(--dim);fill-opacity:.08;stroke:var(--dim);stroke-width:1}.accuracy.assumed{stroke-dasharray:2 4}
.ring{fill:none;stroke:none}.leader{stroke:var(--dim);stroke-width:1}
.axis line{stroke:var(--grat)}.axis text{font-size:11px;fill:var(--dim)}
.lane .l1{font-size:12.5px;font-weight:650;fill:var(--text)}.lane .l2{font-size:11.5px;fill:var(--dim)}
.base{stroke:var(--line);stroke-width:1}.under{fill:var(--panel)}.seat{fill:var(--panel)}
.cross{stroke:var(--unknown);stroke-width:2;opacity:.55}
.b-not_permitted{fill:var(--unpermit)}.b-cannot_tell{stroke:var(--unknown);stroke-width:1.4}
.b-permitted{fill:var(--bar-permit);stroke:var(--permit);stroke-width:1.4}.b-exempt{fill:var(--bar-exempt);
stroke:var(--state);stroke-width:1.4}.b-no_rule{fill:var(--norule)}
.barword{font-size:11px;font-weight:650;fill:var(--text)}.bw-not_permitted{fill:var(--onred)}
.bw-cannot_tell,.bw-no_rule{paint-order:stroke;stroke:var(--panel);stroke-width:5px}
.gone{font-size:10px;fill:var(--dim);paint-order:stroke;stroke:var(--panel);stroke-width:3px}
.lostmark{stroke:var(--text);stroke-width:2}
.alarm{fill:var(--unpermit);stroke:var(--panel);stroke-width:1.2;stroke-linejoin:round}.alarmno{font-size:9.5px;
font-weight:800;fill:var(--mark)}
.law line{stroke:var(--text);stroke-width:1.2;stroke-dasharray:4 3}.law text{paint-order:stroke;stroke:var(--panel);
stroke-width:4px;font-size:11.5px;font-weight:600;
fill:var(--text)}
table{border-collapse:collapse;width:100%;font-size:14px}
.wrap{margin-top:12px;background:var(--panel);border:1px solid var(--line);border-radius:8px;overflow:hidden}
caption{text-align:left;padding:9px 14px;color:var(--dim);font-size:13.5px}
th{font-weight:600;text-align:left;color:var(--dim);font-size:12.5px}
th,td{padding:10px 12px;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
thead th{border-top:0;padding-bottom:6px}
tbody th{color:var(--text);font-size:14px;font-weight:650;overflow-wrap:normal}
.verdicts .c-track{width:12%}.verdicts .c-verdict{width:14%}.verdicts .c-why{width:34%}.verdicts .c-id{width:15%}
.verdicts .c-seen{width:13%}.verdicts .c-margin{width:12%}
td p+p,td .sub,th .sub{margin-top:4px}td .sub+p{margin-top:7px}
.sub{display:block;color:var(--dim);font-size:13px;font-weight:400}
.vw{display:flex;gap:6px;font-weight:650}.vw .ic{margin-top:-1px}
.nw{white-space:nowrap}
code,pre{font-family:ui-monospace,"Noto Sans Mono","DejaVu Sans Mono",monospace;font-size:12.5px}
code{color:var(--dim)}
pre{background:var(--raise);border:1px solid var(--line);border-radius:6px;padding:10px 12px;margin:8px 0 0;
white-space:pre-wrap;overflow-wrap:anywhere}
ul.plain{padding-left:20px;margin-top:8px}ul.plain li{margin-top:5px;max-width:82ch}
footer{margin-top:40px;padding-top:16px;border-top:1px solid var(--line);color:var(--dim);font-size:13.5px}
footer p{max-width:82ch}footer p+p{margin-top:6px}
.quiet{padding:44px 20px;text-align:center;font-size:20px;font-weight:600;background:var(--panel);
border:1px dashed var(--line);border-radius:8px;margin-top:12px}
.flight,.lane,.of,tbody tr[data-track]{cursor:default}
.on .ring{stroke:var(--text);stroke-width:2}.on .path{stroke-width:4.5}
tr.on>*{background:color-mix(in srgb,var(--accent) 12%,transparent)}.lane.on .l1,.of.on .l1{text-decoration:underline}
@media (max-width:719px){
.page{padding:0 14px 32px}.lead{font-size:25px}.lead.more{font-size:19px}svg.wide{display:none}
svg.narrow{display:block}
.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:7px}
.cards,.cards tbody,.cards tr,.cards th,.cards td,.cards caption{display:block;width:auto!important}
.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.cards tr{border-top:1px solid var(--line);padding:10px 0}
.cards tbody tr:first-child{border-top:1px solid var(--line)}
.cards th,.cards td{border:0;padding:3px 14px}.cards td[data-label]{display:grid;grid-template-columns:92px 1fr;
gap:8px}
.cards td[data-label]::before{content:attr(data-label);color:var(--dim);font-size:12.5px}
.cards th .sub,.cards th .simtag{margin-left:8px;display:inline}
}
@media print{
@page{margin:14mm 12mm}
body{font-size:10.5pt;background:#fff;print-color-adjust:exact;-webkit-print-color-adjust:exact}
:root{--bg:#fff;--ground:#fbfaf8;--halo:#fbfaf8}
.page{max-width:none;padding:0}.skip{display:none}.lead{font-size:17pt}.lead.more{font-size:13pt}
svg.wide{display:block}svg.narrow{display:none}
figure,tr,.legend,pre,.facts{break-inside:avoid}h2,h3,figcaption,caption,h2+.note,thead{break-after:avoid}
tbody tr:first-child{break-before:avoid}
.facts{font-size:8.5pt;margin:8px 0 0;gap:1px 14px}header.answer{padding:12px 0 0}.legend{font-size:8pt;
padding:5px 10px}
figcaption{padding:6px 10px}.note{font-size:9pt}svg.ic{zoom:.8}
thead{display:table-header-group}
table{font-size:8.5pt}th,td{padding:6px 7px}.sub{font-size:8pt}section{margin-top:12pt}
a{color:inherit;text-decoration:none}
}
@media (forced-colors:active){.edge,.path,.s-line,.s-solid{stroke:CanvasText}}
"""

CSS = _TOKENS + _RULES

SCRIPT = """(()=>{const all=(t)=>document.querySelectorAll('[data-track="'+t+'"]');let held=null;
const set=(t,on)=>{if(t!==null)all(t).forEach(e=>e.classList.toggle('on',on))};
const of=(e)=>{const f=e.target.closest&&e.target.closest('[data-track]');return f?f.getAttribute('data-track'):null};
document.addEventListener('mouseover',e=>{const t=of(e);if(t!==null)set(t,true)});
document.addEventListener('mouseout',e=>{const t=of(e);if(t!==null&&t!==held)set(t,false)});
document.addEventListener('click',e=>{const t=of(e);set(held,false);held=t===held?null:t;set(held,true)});
document.addEventListener('keydown',e=>{if(e.key==='Escape'){set(held,false);held=null}});})();"""
