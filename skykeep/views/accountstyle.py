"""The style sheet of an account's page and its little script; the page reads the same without either."""

from __future__ import annotations

from skykeep.views import style

_TOKENS = """:root{--said:#0a5a9c;--not:#7d4600;--said-bg:#e2eef8;--not-bg:#f8ecdb;--mk:#dfeaf6;--mk2:#c3d9ef;
--mk3:#a6c6e6;
--figure:#8f5400;--hot:#ffe9a8}
@media screen and (prefers-color-scheme:dark){:root{--said:#7cc4ff;--not:#f2b766;--said-bg:#12304a;--not-bg:#3a2a12;
--mk:#16293b;--mk2:#1d3b57;--mk3:#265075;--figure:#f5b754;--hot:#5a4a12}}
"""
_RULES = """.page{max-width:1320px}
html{scroll-padding-top:12px}
bdi,.out{unicode-bidi:isolate}
.out,td,th,li,dd,blockquote{overflow-wrap:anywhere}
.sg{flex:none;vertical-align:-4px}
.left-out,.matrix .repeated{margin-top:8px}.loud{color:var(--text);font-weight:600}
.letter{display:inline-grid;place-items:center;min-width:24px;height:24px;padding:0 5px;border-radius:6px;
background:var(--text);color:var(--panel);font-size:13px;font-weight:700}
.contents ul{display:flex;flex-wrap:wrap;gap:6px 8px;list-style:none;padding:0;margin:16px 0 0}
.contents a{display:inline-block;padding:4px 12px;border:1px solid var(--line);border-radius:99px;font-size:13.5px;
text-decoration:none;background:var(--panel);color:var(--text)}.contents a:hover{border-color:var(--accent)}
.sources{list-style:none;padding:0;margin:18px 0 0;display:grid;gap:12px;
grid-template-columns:repeat(auto-fit,minmax(300px,1fr))}
.card{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px 14px;font-size:13.5px}
.card-title{display:flex;gap:9px;align-items:flex-start;font-size:15px;font-weight:650;line-height:1.35;
margin-bottom:8px}
.card-title a{color:var(--text);text-decoration-color:var(--line);text-underline-offset:3px}
.card .letter{flex:none}
.card dl{display:grid;grid-template-columns:84px 1fr;gap:2px 10px}.card dt{color:var(--dim)}
.doubts{list-style:none;margin-top:8px;padding:8px 0 0;border-top:1px dashed var(--line)}.doubts li+li{margin-top:3px}
.key-list{display:flex;flex-wrap:wrap;gap:5px 20px;list-style:none;padding:0;margin:12px 0 0;font-size:13px;
color:var(--dim)}.key-list li{display:inline-flex;align-items:center;gap:6px}.key-list b{color:var(--text)}
.wrap{margin-top:14px}.matrix .wrap{overflow:clip}
.scroll{overflow-x:auto;overflow-y:hidden;border-radius:8px}.scroll.railed{scrollbar-width:none}
.rail{position:sticky;bottom:0;z-index:5;overflow-x:auto;overflow-y:hidden}.rail div{height:1px}
.rail[hidden]{display:none}
.scroll:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.grid{border-collapse:separate;border-spacing:0;font-size:13px;width:100%}
.grid caption{position:sticky;left:0}
.grid th,.grid td{padding:8px 9px;border-top:1px solid var(--line);background:var(--panel);min-width:126px}
.grid thead{position:relative;z-index:3;background:var(--raise)}.grid tr[id],.grid td[id]{scroll-margin-top:130px}
.grid thead th{border-top:0;border-bottom:1px solid var(--line);background:var(--raise);vertical-align:bottom;
color:var(--text)}
.grid thead .side{border-bottom:0;padding-bottom:2px;color:var(--dim);font-size:12px}
.grid thead .c-who{padding-top:3px}.grid thead .sub{font-size:12px;line-height:1.3}
.grid .first,.grid .side{border-left:1px solid var(--line)}
.grid .c-what{position:sticky;left:0;z-index:2;min-width:216px;max-width:270px;width:20%;
border-right:1px solid var(--line);
font-size:14px;font-weight:600;line-height:1.35}
.grid .c-measured{position:sticky;right:0;z-index:2;min-width:186px;max-width:230px;border-left:2px solid var(--dim);
background:var(--raise)}
.grid thead .c-what,.grid thead .c-measured{z-index:4;background:var(--raise);font-size:12.5px}
.grid .group th{background:var(--bg);padding:7px 9px;color:var(--dim);font-size:12.5px;font-weight:650}
.grid .group th span{position:sticky;left:9px}
.grid .kept .c-what,.grid .kept td{background:var(--raise)}
.grid .sub{font-size:12px}
.tagged{display:inline-block;border:1px solid var(--dim);border-radius:4px;padding:0 5px;font-size:11.5px;
color:var(--dim);
font-weight:600}
.who,.paper,.fold-b{display:none}
.rest summary{cursor:pointer;list-style:none}.rest summary::-webkit-details-marker{display:none}
.rest .more{color:var(--accent);text-decoration:underline;white-space:nowrap}.rest[open] .more{display:none}
.chip{border:1.5px solid var(--c,var(--dim));border-radius:7px;padding:4px 7px 5px;line-height:1.35}
.chip+.chip{margin-top:5px}.chip.suggested{border-style:dashed}.chip.confirmed{background:var(--cb,var(--raise))}
.chip.affirms{--c:var(--said);--cb:var(--said-bg)}.chip.denies{--c:var(--not);--cb:var(--not-bg)}
.chip.key{display:inline-block;padding:0 7px;color:var(--text);font-size:12.5px}
.stance{display:inline-flex;gap:5px;align-items:flex-start;color:var(--c,var(--text))}.stance b{font-weight:650;
overflow-wrap:normal}
.chip .stance,.c-measured .stance{display:flex}.c-measured .simtag{margin-top:4px}
.chip .refs{display:inline-flex;flex-wrap:wrap;gap:4px;margin:3px 5px 1px 0;vertical-align:middle}
.unsure{font-weight:650;border-bottom:2px dotted currentColor}
.chip .unsure{display:inline-block;font-size:12px}
.chip .to{display:block}.chip .to,.chip .by{color:var(--dim);font-size:12px}
.chip.confirmed .by{color:var(--text)}
a.no,span.no,.no{display:inline-block;flex:none;min-width:24px;text-align:center;border-radius:5px;padding:1px 5px;
font-size:12px;
font-weight:650;line-height:1.5;background:var(--panel);border:1px solid var(--line);color:var(--accent);
text-decoration:none;font-variant-numeric:tabular-nums}
span.no{background:var(--accent);color:var(--onaccent);border-color:var(--accent)}
a.no:hover{border-color:var(--accent)}
.texts{display:grid;grid-template-columns:1fr 1fr;gap:16px;margin-top:14px;align-items:start}
.texts article{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:14px 18px 18px;
min-width:0}
.texts article:only-child{grid-column:1/-1;max-width:84ch}
.texts h3{display:flex;gap:9px;margin:0 0 8px;align-items:flex-start}.texts .letter{flex:none}
.text{white-space:pre-wrap;font-size:15px;line-height:1.75;overflow:hidden}
mark{color:inherit;background:none}
.st{background:var(--mk);box-shadow:inset 0 -2px 0 var(--mk2);padding:1px 0;-webkit-box-decoration-break:clone;
box-decoration-break:clone}
.st.d2{background:var(--mk2);box-shadow:inset 0 -2px 0 var(--mk3)}
.st.d3{background:var(--mk3);box-shadow:inset 0 -2px 0 var(--accent)}
.st.direct{box-shadow:inset 0 -2px 0 var(--accent)}
.sp-who{font-weight:650}.cue{font-style:italic;text-decoration:underline dotted;text-underline-offset:3px}
.fig{outline:1.5px dotted var(--figure);outline-offset:1px;border-radius:2px}
del.back,.entry.back del{text-decoration:line-through;color:var(--dim)}
.text .no{min-width:0;padding:0 4px;font-size:10.5px;line-height:1.4;margin:0 2px;vertical-align:3px;
-webkit-user-select:none;user-select:none}
.text .no::before{content:"";position:absolute;inset:-4px}.text .no{position:relative}
.text .no.more{border-style:dotted}
.on.st,mark.on,.sp-who.on,.cue.on{background:var(--hot)}
.chip.on,.entry.on{outline:2px solid var(--focus);outline-offset:1px}
a.no.on{background:var(--accent);color:var(--onaccent)}
:target{outline:2px solid var(--focus);outline-offset:2px}
.statements h3{margin-top:24px;font-size:16px}.of-source{color:var(--dim);font-weight:400}
.entries{list-style:none;padding:0;margin:10px 0 0;display:grid;gap:10px}
.entry{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:11px 14px 12px;display:grid;
grid-template-columns:minmax(0,5fr) minmax(0,6fr);grid-template-rows:auto 1fr;gap:4px 26px;align-items:start}
.by-line{font-size:14px;display:flex;flex-wrap:wrap;gap:2px 7px;align-items:baseline;grid-column:1}
.role{color:var(--dim)}.by-line>a{font-size:13px;margin-left:auto}
.quoted{grid-column:1}.quoted .sub{margin-top:6px;font-size:12px}
.entry blockquote{margin:3px 0 0;padding-left:12px;border-left:3px solid var(--line);font-size:15px;line-height:1.5;
}
.entry blockquote.direct,.entry blockquote.mixed{border-left-color:var(--accent)}
.entry .told{grid-column:2;grid-row:1/span 2;display:grid;grid-template-columns:92px minmax(0,1fr);gap:2px 10px;
font-size:13px;align-content:start}.told dt{color:var(--dim)}.told ul{margin:0;padding-left:16px}
.matches{grid-column:1/-1;border-top:1px dashed var(--line);margin-top:8px;padding-top:4px;font-size:13px}
.matches summary{cursor:pointer;padding:3px 0;color:var(--dim);width:fit-content}
.matches ol{margin:2px 0 0;padding:0;list-style:none;display:grid;gap:7px}
.matches li{display:grid;grid-template-columns:minmax(0,5fr) minmax(0,6fr);gap:3px 26px;align-items:start}
.matches .stance{margin-right:2px}.matches code{background:var(--raise);border:1px solid var(--line);
border-radius:5px;
padding:4px 7px;font-size:11.5px;overflow-wrap:anywhere;color:var(--text)}
.points{list-style:none;padding:0;margin:10px 0 0;display:grid;gap:10px;
grid-template-columns:repeat(auto-fill,minmax(min(100%,360px),1fr))}
.points li{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:11px 14px}
.points li p+p{margin-top:4px}.point-head{display:flex;gap:9px;align-items:center;margin-bottom:4px;font-size:13px}
.outcome{font-weight:650;border:1.5px solid var(--text);border-radius:5px;padding:0 7px}
.outcome.differs{background:var(--text);color:var(--panel)}.outcome.cannot_check{border-style:dashed}
.kind{color:var(--dim)}.numbers{font-weight:620}
.unplaced{list-style:none;padding:0;margin:10px 0 0;columns:2;column-gap:26px;font-size:14px}
.unplaced li{break-inside:avoid;padding:3px 0;display:flex;gap:8px;align-items:baseline}
.only{list-style:none;padding:0;margin:8px 0 0;columns:2;column-gap:26px;font-size:14px}
.only li{break-inside:avoid;padding:5px 0;border-top:1px solid var(--line)}.only .sub{margin-top:1px}
.people{table-layout:fixed}.people th:first-child{width:28%}.people .refs{display:inline-flex;flex-wrap:wrap;gap:4px}
@media (max-width:719px){
.texts,.entry,.points,.matches li,.sources{grid-template-columns:minmax(0,1fr)}.entry .told{grid-column:1;
grid-row:auto;margin-top:8px}
.unplaced,.only{columns:1}.texts article{padding:12px 14px}
.scroll{overflow:visible}.sideways,.rail{display:none}
.grid,.grid tbody,.grid tr,.grid th,.grid td,.grid caption{display:block;width:auto!important;min-width:0!important;
max-width:none!important;position:static!important}
.grid thead{position:absolute!important;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.grid tr{border-top:1px solid var(--line);padding:8px 0 10px}.grid tr.group{padding:0}
.grid th,.grid td{border:0!important;padding:4px 14px}.grid .none{display:none}
.grid .c-what{font-size:15px}.grid .c-measured{background:var(--raise);margin:8px 14px 0;padding:7px 10px;
border-radius:7px}
.grid thead{transform:none!important}.grid tr[id],.grid td[id]{scroll-margin-top:12px}
.who{display:block;color:var(--dim);font-size:12.5px;margin:3px 0 2px}
.c-measured .who,.c-measured .stance,.c-measured .simtag{display:inline-flex;margin:0 8px 0 0;vertical-align:middle}
.chip{display:flex;flex-wrap:wrap;align-items:center;gap:0 8px}.chip .refs{margin:0}
.chip.key{display:inline-block}
a.no{min-width:28px;padding:3px 6px}.text a.no{min-width:0;padding:0 5px}
.contents a{padding:9px 14px}
}
@media screen and (max-width:719px){
.fold-b{display:block;width:100%;margin:8px 0 0;padding:9px 12px;text-align:left;font:inherit;font-size:14px;
color:var(--accent);background:var(--panel);border:1px solid var(--line);border-radius:8px;cursor:pointer}
.fold-b::before{content:"\\25B8\\A0"}.fold-b[aria-expanded=true]::before{content:"\\25BE\\A0"}
.fold-b:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.entry .fold-b,.texts .fold-b{background:var(--bg)}
.grid .fold-at{display:flex!important;align-items:center;justify-content:space-between;gap:10px}
.grid .fold-b{width:auto;margin:0;padding:5px 10px;font-size:13px}
.shut:not(tbody,.entry),tbody.shut tr:not(.group),.entry.shut>.told,.entry.shut>.matches,
.entry.shut .quoted .sub{display:none}
}
@media print{
@page{size:A4;margin:12mm 11mm}@page wide{size:A4 landscape;margin:10mm}
.matrix{page:wide}.scroll{overflow:visible}.rail,.rest .more{display:none}.grid thead{transform:none!important}
.rest,.matches{display:block}details::details-content{content-visibility:visible;display:block}
.wrap{overflow:visible;border:0}
.contents{display:none}.sources{grid-template-columns:1fr 1fr}
.grid{font-size:8pt}.grid th,.grid td{min-width:0!important;padding:4px 5px}
.grid .c-what,.grid .c-measured,.grid thead,.grid caption,.grid .group th span{position:static}
.grid .c-what{font-size:8.5pt;min-width:38mm!important;width:18%}.grid .c-measured{min-width:24mm!important;width:19%}
.chip{padding:2px 4px}.chip .by,.grid .sub{font-size:7.5pt}.sg{zoom:.75}
.grid .c-who a,.grid .c-who .sub{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:4;overflow:hidden}
.group{break-after:avoid}
.grid tbody tr:first-child{break-before:auto}.grid{table-layout:fixed}
.grid tr,.chip,.card,.points li{break-inside:avoid}
.entry{break-inside:avoid-page}.texts{gap:10px}.text{font-size:9pt;line-height:1.6;overflow:visible}
.text .no{font-size:7pt}
.texts article{padding:8px 10px}.entry blockquote{font-size:9.5pt}.entry .told,.matches,.matches code{font-size:8pt}
.by-line>a{display:none}
.st,.chip,.letter,.outcome{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.many{display:none}.paper{display:block}.paper table{margin-top:6mm}.sideways{display:none}
.paper table+table{break-before:page}
}
@media (forced-colors:active){.chip,.st,.no,.outcome{border:1px solid CanvasText}.st{text-decoration:underline}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
"""

CSS = style.CSS + _TOKENS + _RULES

_MARKS = """(()=>{const all=(n)=>document.querySelectorAll('[data-s~="'+n+'"]');let held=[];
const set=(ns,on)=>ns.forEach(n=>all(n).forEach(e=>e.classList.toggle('on',on)));
const of=(e)=>{const f=e.target.closest&&e.target.closest('[data-s]');
if(!f)return [];const ns=f.getAttribute('data-s').split(' ').filter(n=>/^R?[0-9]+$/.test(n));
return f.matches('mark,.text *')?ns.slice(-1):ns};
document.addEventListener('mouseover',e=>set(of(e),true));
document.addEventListener('mouseout',e=>{set(of(e),false);set(held,true)});
document.addEventListener('click',e=>{const ns=of(e),same=ns.join()===held.join();set(held,false);
held=same?[]:ns;set(held,true)});
document.addEventListener('keydown',e=>{if(e.key==='Escape'){set(held,false);held=[]}});})();"""

# What repeats is folded where the style sheet says so: on a narrow screen, never on paper. A link opens its target.
_FOLDS = """(()=>{const shut=(e,on)=>{e.classList.toggle('shut',on);e.fold.setAttribute('aria-expanded',String(!on))};
document.querySelectorAll('[data-fold]').forEach(e=>{const b=e.fold=document.createElement('button');b.type='button';
b.className='fold-b';b.textContent=e.dataset.fold;b.onclick=()=>shut(e,!e.classList.contains('shut'));
const at=e.querySelector(e.matches('tbody')?'.fold-at':':scope>.fold-at');if(at)at.append(b);else e.before(b);
shut(e,e.dataset.first!=='open')});
const open=(id)=>{const to=id&&document.getElementById(id);
for(let e=to;e;e=e.parentElement)if(e.fold)shut(e,false);return to};
const here=()=>{const to=open(location.hash.slice(1));if(to)to.scrollIntoView()};
document.addEventListener('click',e=>{const a=e.target.closest&&e.target.closest('a[href^="#"]');
if(a)open(a.getAttribute('href').slice(1))});
addEventListener('hashchange',here);if(location.hash)here();let opened=[];
addEventListener('beforeprint',()=>{opened=[...document.querySelectorAll('details:not([open])')];
opened.forEach(e=>{e.open=true})});
addEventListener('afterprint',()=>opened.forEach(e=>{e.open=false}));})();"""

# The head of a matrix stays in sight while the page is moved, and what moves it sideways stays at the window's edge: no
# style sheet can do both for a table that is wider than the window.
_HEAD = """(()=>{const box=document.querySelector('.scroll');if(!box)return;const table=box.firstElementChild,
head=table.tHead,rail=document.createElement('div'),inside=document.createElement('div');
rail.className='rail';rail.tabIndex=-1;rail.setAttribute('aria-hidden','true');rail.append(inside);box.after(rail);
const stay=()=>{const top=table.getBoundingClientRect().top+table.caption.offsetHeight,
room=table.offsetHeight-table.caption.offsetHeight-head.offsetHeight-90,down=Math.max(0,Math.min(-top,room));
head.style.transform=down>0?'translateY('+down+'px)':''};
const fit=()=>{const wide=box.scrollWidth>box.clientWidth+1&&getComputedStyle(box).overflowX==='auto';
rail.hidden=!wide;box.classList.toggle('railed',wide);inside.style.width=box.scrollWidth+'px';stay()};
box.addEventListener('scroll',()=>{rail.scrollLeft=box.scrollLeft});
rail.addEventListener('scroll',()=>{box.scrollLeft=rail.scrollLeft});
addEventListener('scroll',stay,{passive:true});addEventListener('resize',fit);fit();})();"""

SCRIPT = f"{_MARKS}\n{_FOLDS}\n{_HEAD}"
