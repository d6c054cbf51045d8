#include "agent/core/text.hpp"
#include "agent/ui/html.hpp"
#include "agent/ui/sections.hpp"

#include <fmt/core.h>

namespace outrider::ui {
namespace {

constexpr std::size_t traces_end = 82'000;

void put_operation(Document& page, const core::OperationStatus& one, double seconds) {
  const double failing =
      one.calls == 0 ? 0 : static_cast<double>(one.failed) / static_cast<double>(one.calls);
  page.put("<tr><td>", escape(one.name, 120), "<span class=\"sub\">", escape(one.service, 80), ", ",
           escape(one.kind, 20), "</span></td><td class=\"n\" data-l=\"calls a second\">",
           fmt::format("{:.2f}", seconds > 0 ? static_cast<double>(one.calls) / seconds : 0.0),
           "</td><td class=\"n", one.failed > 0 ? " warn" : "", "\" data-l=\"failed\">",
           fmt::format("{:.1f} %", failing * 100), "</td><td class=\"n\" data-l=\"half within\">",
           core::show_duration(one.half), "</td><td class=\"n\" data-l=\"95 % within\">",
           core::show_duration(one.most), "</td></tr>");
}

std::string with_link(const core::KeptTraceStatus& one, const std::string& link) {
  constexpr std::string_view place = "{trace_id}";
  const std::string id = "<code>" + escape(one.id, 40) + "</code>";
  const std::size_t at = link.find(place);
  if (at == std::string::npos) return id;
  std::string there = link;
  there.replace(at, place.size(), one.id);
  return "<a href=\"" + escape(there, 500) + "\">" + id + "</a>";
}

void put_kept(Document& page, const core::TracesStatus& traces, core::WallTime now) {
  page.put(
      "<table><thead><tr><th scope=\"col\">Kept trace</th><th scope=\"col\">Ended</th>"
      "<th scope=\"col\" class=\"n\">Took</th><th scope=\"col\" class=\"n\">Came</th></tr></thead><tbody>");
  for (const core::KeptTraceStatus& one : traces.kept) {
    if (!page.has_room(traces_end)) break;
    const Mark mark = mark_of(one.failed ? core::Standing::not_ok : core::Standing::ok);
    page.put("<tr><td>", with_link(one, traces.link), "<span class=\"sub\">", escape(one.service, 80), ": ",
             escape(one.name, 120), "</span></td><td>", shape(mark), one.failed ? " failed" : " well",
             "</td><td class=\"n\" data-l=\"took\">", core::show_duration(one.took),
             "</td><td class=\"n\" data-l=\"came\">", age_tag(one.came, now), "</td></tr>");
  }
  page.put("</tbody></table>");
}

}  // namespace

void put_traces(Document& page, const core::Status& status) {
  if (!status.traces) return;
  const core::TracesStatus& traces = *status.traces;
  page.put("<section aria-labelledby=\"h-traces\"><h2 id=\"h-traces\">Requests traced</h2><p class=\"soft\">",
           "Of the last ", core::show_age(traces.covers), "; ", number(traces.waiting),
           traces.waiting == 1 ? " trace waits" : " traces wait", " for the judgement.</p>");
  if (traces.operations.empty()) page.put("<p>No calls.</p>");
  if (!traces.operations.empty()) {
    page.put(
        "<table><thead><tr><th scope=\"col\">Operation</th><th scope=\"col\" class=\"n\">A second</th>"
        "<th scope=\"col\" class=\"n\">Failed</th><th scope=\"col\" class=\"n\">Half within</th>"
        "<th scope=\"col\" class=\"n\">95 % within</th></tr></thead><tbody>");
    const double seconds = std::chrono::duration<double>(traces.covers).count();
    for (const core::OperationStatus& one : traces.operations) {
      if (!page.has_room(traces_end)) break;
      put_operation(page, one, seconds);
    }
    page.put("</tbody></table>");
  }
  if (!traces.kept.empty()) put_kept(page, traces, status.now);
  page.put("</section>");
}

}  // namespace outrider::ui
