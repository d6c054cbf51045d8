#pragma once

#include <string_view>

namespace outrider::ui {

inline constexpr std::string_view incident_style = R"css(
:root{color-scheme:light dark;--ink:#1b2025;--soft:#5a646e;--line:#d7dce1;--page:#fff;--well:#f3f5f7;--bad:#a3201a;--ok:#17663a;--curve:#2a62a8}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaee;--soft:#9aa5b0;--line:#3a424a;--page:#14181c;--well:#1d2329;--bad:#ff8d85;--ok:#7fd6a0;--curve:#8db8f0}}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
main,footer{max-width:76rem;margin:0 auto;padding:1rem 1.25rem}
h1{font-size:1.45rem;line-height:1.25;margin:.2rem 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:1.8rem 0 .5rem;overflow-wrap:anywhere}
p.ok,p.bad{font-weight:700;margin:0}
.ok{color:var(--ok)}.bad{color:var(--bad)}.soft,footer{color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
td{border-top:1px solid var(--line);padding:.2rem .7rem .2rem 0;vertical-align:top;overflow-wrap:anywhere}
td:first-child{white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft)}
pre,code{font:13px/1.45 ui-monospace,"DejaVu Sans Mono",monospace}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
h2+pre{background:var(--well);padding:.7rem;border-radius:6px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem}
figure{margin:0;background:var(--well);border-radius:6px;padding:.6rem}
figcaption{display:flex;justify-content:space-between;gap:1rem}
svg{display:block;width:100%;height:4.5rem}
polyline{fill:none;stroke:var(--curve);stroke-width:1.5;vector-effect:non-scaling-stroke}
@media print{body{font-size:11px}}
)css";

}  // namespace outrider::ui
