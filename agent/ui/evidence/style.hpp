// What the auditor's page needs beyond the status page's style.
#pragma once

#include <string_view>

namespace outrider::ui {

inline constexpr std::string_view evidence_style = R"css(
h3{font-size:1rem;margin:0 0 .3rem;font-weight:600}h4{font-size:.9rem;margin:.9rem 0 .2rem;font-weight:500;color:var(--soft)}
section p{margin:.2rem 0 .6rem}.drill{border-left:.35rem solid var(--line)}
.drill.ok{border-left-color:var(--ok)}.drill.bad{border-left-color:var(--bad)}.drill.unk{border-left-color:var(--unk)}
section.ok,section.bad,section.unk,section.warn{color:var(--ink)}.verdict h1{margin:0}.verdict p{color:var(--ink);font-weight:400}
.days{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.8rem,1fr));gap:.3rem}
.days li{border:1px solid var(--line);border-radius:.4rem;padding:.15rem .45rem;font-size:.85rem}
.days time{color:var(--soft)}a{color:var(--link)}.hash{font-size:.8em}
pre{margin:.3rem 0;white-space:pre-wrap;font:.82em/1.5 ui-monospace,"DejaVu Sans Mono",Menlo,monospace}
.list li{padding:.1rem 0}
@media print{a{color:inherit;text-decoration:none}section{break-inside:auto;padding:.4rem 0;border:0;border-top:1px solid #999;
border-radius:0}.drill{break-inside:avoid-page}h2,h3,h4,thead{break-after:avoid}tr,.days li{break-inside:avoid}body{font-size:10pt}
@page{margin:1.6cm}}
)css";

}  // namespace outrider::ui
