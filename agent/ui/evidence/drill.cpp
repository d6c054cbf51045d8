#include "agent/ui/evidence/drill.hpp"

#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"

#include <fmt/format.h>

namespace outrider::ui {
namespace {

using core::show_age;
using core::Standing;
using recovery::BundleDrill;
using recovery::DrillRecord;
using recovery::Finding;

Mark mark_of_finding(Finding finding) {
  switch (finding) {
    case Finding::proven: return {"ok", "s-ok", "proven"};
    case Finding::disproved: return {"bad", "s-bad", "disproved"};
    case Finding::could_not_verify: break;
  }
  return {"unk", "s-unk", "could not verify"};
}

std::string seconds(core::Duration length) { return fmt::format("{:.1f} s", core::to_seconds(length)); }

void put_restore(Document& page, const DrillRecord& record) {
  put_fact(
      page, "Backup set",
      record.set.empty() ? "none was chosen" : whole(record.set) + ", ended " + when(record.set_stopped));
  put_fact(page, "From", whole(record.catalog));
  put_fact(page, "Recovered to", whole(record.target));
  if (record.reached) {
    std::string reached = record.reached->text();
    if (record.reached_time) reached += ", last commit of " + when(*record.reached_time);
    put_fact(page, "Reached", reached);
  }
  if (record.system_id)
    put_fact(page, "Cluster",
             fmt::format("system identifier {}, timeline {}", *record.system_id, record.timeline));
  if (record.restored_bytes > 0)
    put_fact(page, "Restored",
             fmt::format("{} of data, {} of WAL in {} segments", core::show_bytes(record.restored_bytes),
                         core::show_bytes(record.replayed_bytes), record.replayed_segments));
}

void put_measured(Document& page, const BundleDrill& drill) {
  const DrillRecord& record = drill.record;
  const bool gone = record.finding == Finding::disproved;
  const auto say = [gone](const std::optional<core::Duration>& measured, std::string_view how) {
    if (gone) return std::string("it did not come back, ");
    return measured ? fmt::format("{} {}, ", show_age(*measured), how) : std::string("not measured, ");
  };
  const auto total = record.total.count() > 0 ? std::optional(record.total) : std::nullopt;
  put_fact(page, "Loss of data (RPO)", say(record.proven_rpo, "proven") + met_tag(drill.rpo));
  put_fact(page, "Time to recover (RTO)", say(total, "measured") + met_tag(drill.rto));
  if (const auto& canary = record.canary) {
    std::string text =
        fmt::format("{} of {} acknowledged came back", canary->last_found, canary->last_acknowledged);
    if (canary->first_lost) text += fmt::format("; the first lost is {}", *canary->first_lost);
    put_fact(page, "Canaries", text);
  }
  if (record.lost_commits) put_fact(page, "Commits lost", number(*record.lost_commits));
}

void put_phases(Document& page, const DrillRecord& record) {
  if (record.phases.empty()) return;
  page.put("<h4>Phases</h4><table><thead><tr><th>Phase</th><th class=\"n\">Took</th></tr></thead><tbody>");
  for (const auto& phase : record.phases) {
    page.put("<tr><td>", whole(phase.name), "</td><td class=\"n\">", seconds(phase.took), "</td></tr>");
  }
  page.put("</tbody></table>");
}

void put_witnesses(Document& page, const DrillRecord& record) {
  page.put("<h4>Checks</h4>");
  if (record.witnesses.empty()) {
    page.put("<p>None was reached.</p>");
    return;
  }
  page.put(
      "<table><thead><tr><th>Check</th><th>Result</th><th>What it said</th><th "
      "class=\"n\">Took</th></tr></thead><tbody>");
  for (const auto& witness : record.witnesses) {
    page.put("<tr><td>", whole(witness.name), "</td><td>", labelled(mark_of(witness.standing)), "</td><td>",
             whole(witness.detail), "</td><td class=\"n\">", seconds(witness.took), "</td></tr>");
  }
  page.put("</tbody></table>");
}

void put_list(Document& page, std::string_view heading, const std::vector<std::string>& texts, bool as_code) {
  if (texts.empty()) return;
  page.put("<h4>", heading, "</h4><ul class=\"list\">");
  for (const std::string& text : texts) page.put("<li>", as_code ? code(text) : whole(text), "</li>");
  page.put("</ul>");
}

}  // namespace

std::string code(std::string_view text) { return "<code>" + whole(text) + "</code>"; }

std::string when(core::WallTime time) {
  if (time == core::WallTime{}) return "unknown";
  const std::string text = core::show_time(time);
  return fmt::format(R"(<time datetime="{}">{} {}</time>)", text, text.substr(0, 10), text.substr(11, 8));
}

std::string anchor(std::string_view drill) { return "drill-" + whole(drill); }

std::string link_to(std::string_view drill) {
  return "<a href=\"#" + anchor(drill) + "\">" + whole(drill) + "</a>";
}

std::string finding_tag(Finding finding) { return labelled(mark_of_finding(finding)); }

std::string met_tag(Standing standing) {
  switch (standing) {
    case Standing::ok: return labelled({"ok", "s-ok", "met"});
    case Standing::not_ok: return labelled({"bad", "s-bad", "not met"});
    case Standing::unknown: break;
  }
  return labelled({"unk", "s-unk", "not known"});
}

void put_fact(Document& page, std::string_view name, std::string_view html) {
  page.put("<dt>", name, "</dt><dd>", html, "</dd>");
}

void put_drill(Document& page, const BundleDrill& drill) {
  const DrillRecord& record = drill.record;
  const Mark mark = mark_of_finding(record.finding);
  page.put("<section class=\"drill ", mark.css, "\" id=\"", anchor(record.id), "\"><h3>Drill ",
           whole(record.id), ": ", labelled(mark),
           record.finding == Finding::proven ? ", " + name_of(record.level) : "", "</h3><p>",
           whole(record.sentence), "</p><dl>");
  put_fact(page, "Began", when(record.started) + ", ended " + when(record.ended));
  put_restore(page, record);
  if (record.isolation) put_fact(page, "The restored server was", whole(record.isolation->text()));
  put_measured(page, drill);
  put_fact(page, "SHA-256 of its record", code(drill.sha256));
  put_fact(page, "Link of the manifest", code(drill.link));
  put_fact(page, "Audit journal",
           drill.entry ? fmt::format("entry {} holds that SHA-256", *drill.entry)
                       : "not written in: no agent was there");
  page.put("</dl>");
  put_phases(page, record);
  put_witnesses(page, record);
  put_list(page, "Tools", record.tools, false);
  put_list(page, "Commands", record.commands, true);
  put_list(page, "Notes", record.notes, false);
  page.put("</section>");
}

}  // namespace outrider::ui
