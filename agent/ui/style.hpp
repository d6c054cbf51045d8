// The page's one style sheet. Colours are pairs of light and dark that keep 4.5:1 for text (WCAG 2.2 AA);
// every state has a shape and a word beside its colour.
#pragma once

#include <string_view>

namespace outrider::ui {

inline constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--paper:#f7f6f3;--card:#fffefc;--ink:#1c2126;--soft:#59616a;--line:#dedbd3;
--ok:#17663a;--ok-bg:#e6f2ea;--bad:#a3201a;--bad-bg:#fbe9e7;--warn:#7a4f00;--warn-bg:#faf0da;
--unk:#544a78;--unk-bg:#eceaf5;--link:#1b5a8a}
@media (prefers-color-scheme:dark){:root{--paper:#121518;--card:#191d21;--ink:#e7e5df;--soft:#a2a9b0;
--line:#2d3339;--ok:#86d8a6;--ok-bg:#14291d;--bad:#ffa59b;--bad-bg:#351a18;--warn:#ecc66f;--warn-bg:#2e2614;
--unk:#c3b8ee;--unk-bg:#25213a;--link:#8fc3ec}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.wrap{max-width:68rem;margin:0 auto;padding:1.25rem 1rem 3rem}
header{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline;color:var(--soft);margin-bottom:1rem}
header b{color:var(--ink);font-size:1.05rem}
.tag{border:1px solid var(--line);border-radius:1rem;padding:0 .6rem;font-size:.85rem}
header time{margin-left:auto;font-size:.9rem}
button{font:inherit;font-size:.9rem;color:var(--ink);background:var(--card);border:1px solid var(--soft);
border-radius:.4rem;padding:.2rem .7rem;min-height:1.75rem;cursor:pointer}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.g{width:1em;height:1em;vertical-align:-.12em;fill:currentColor;flex:none}
.ok{color:var(--ok)}.bad{color:var(--bad)}.warn{color:var(--warn)}.unk{color:var(--unk)}.soft{color:var(--soft)}
.verdict{display:flex;gap:1rem;align-items:center;padding:1.25rem 1.4rem;border-radius:.75rem;
border-left:.5rem solid currentColor}
.verdict.ok{background:var(--ok-bg)}.verdict.bad{background:var(--bad-bg)}
.verdict.warn{background:var(--warn-bg)}.verdict.unk{background:var(--unk-bg)}
.verdict .g{width:2.6rem;height:2.6rem}
h1{font-size:1.45rem;line-height:1.3;margin:0;font-weight:600;color:var(--ink)}
.verdict p{margin:.15rem 0 0;font-weight:600}
h2{font-size:1rem;margin:0 0 .6rem;font-weight:600}
section{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1rem 1.2rem;margin-top:1rem}
.two{display:grid;gap:0 1rem;grid-template-columns:1fr 1.15fr;align-items:stretch}
ul,ol{list-style:none;margin:0;padding:0}
.concerns li{display:flex;gap:.6rem;align-items:baseline;padding:.3rem 0}
.concerns .next{display:block;color:var(--soft);font-size:.9rem}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.3rem 1.2rem;margin:0}
dl.wide{grid-template-columns:repeat(2,minmax(8rem,max-content) 1fr)}
dt{color:var(--soft)}dd{margin:0}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:500;color:var(--soft);font-size:.9rem;padding:.2rem .8rem .35rem 0}
td{padding:.4rem .8rem .4rem 0;border-top:1px solid var(--line);vertical-align:top}
td:last-child,th:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap}.now{white-space:nowrap;font-weight:600}
code{font:.88em/1.4 ui-monospace,"DejaVu Sans Mono",Menlo,monospace}
.sub{display:block;color:var(--soft);font-size:.9rem}
.pips{letter-spacing:.12em}
.line li{display:grid;grid-template-columns:5.6rem 1.1rem 1fr;gap:.55rem;padding:.28rem 0;align-items:baseline}
.line time{color:var(--soft);white-space:nowrap}
footer{color:var(--soft);font-size:.9rem;margin-top:1.25rem}
#stale{position:sticky;top:0;background:var(--warn-bg);color:var(--warn);font-weight:600;padding:.6rem 1rem;
text-align:center;border-bottom:2px solid currentColor}
[hidden]{display:none!important}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:44rem){.two{grid-template-columns:1fr}.wrap{padding:.75rem .75rem 2rem}
section{padding:.9rem 1rem}h1{font-size:1.2rem}.verdict{padding:1rem;gap:.8rem}.verdict .g{width:2rem;height:2rem}
header time{margin-left:0;width:100%}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{display:block;border-top:1px solid var(--line);padding:.5rem 0}
td{display:block;border:0;padding:.08rem 0}td.n{text-align:left;display:inline-block;margin-right:1rem}
td[data-l]::before{content:attr(data-l) " ";color:var(--soft);font-weight:400}
dl,dl.wide{grid-template-columns:6.6rem 1fr;gap:.3rem .8rem}
.line li{grid-template-columns:1.2rem 1fr}.line time{grid-column:1/3}}
@media (prefers-reduced-motion:no-preference){.verdict{transition:background-color .4s}}
@media print{:root{color-scheme:light}body{background:#fff;color:#000}button,#stale{display:none}
section,.verdict{break-inside:avoid;background:none!important}.wrap{padding:0;max-width:none}}
)css";

}  // namespace outrider::ui
