#include "agent/ui/evidence/page.hpp"

#include "agent/core/text.hpp"
#include "agent/recovery/bundle/statement.hpp"
#include "agent/seal/digest.hpp"
#include "agent/ui/evidence/drill.hpp"
#include "agent/ui/evidence/style.hpp"
#include "agent/ui/style.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace outrider::ui {
namespace {

using core::show_age;
using core::show_time;
using core::Standing;
using recovery::Bundle;
using recovery::Due;
using recovery::DueState;

std::string_view heading_of(core::Severity severity) {
  switch (severity) {
    case core::Severity::fine: return "Recovery was proven";
    case core::Severity::warning: return "Recovery was proven, with exceptions that were closed";
    case core::Severity::critical: return "There are open exceptions";
    case core::Severity::unknown: break;
  }
  return "Not everything is known";
}

void put_head(Document& page, const Bundle& bundle) {
  const std::string whole_style = std::string(style) + std::string(evidence_style);
  page.put(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" "
      "content=\"noindex\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-",
      seal::encode(seal::sha256_bytes(whole_style), seal::Letters::base64),
      "'; base-uri 'none'; form-action 'none'\"><title>Recovery evidence · ",
      escape(bundle.facts.cluster, 80), " · ", show_time(bundle.facts.until).substr(0, 10), "</title><style>",
      whole_style, "</style></head>");
}

void put_verdict(Document& page, const Bundle& bundle) {
  const Mark mark = mark_of(bundle.summary.severity);
  page.put("<div class=\"verdict ", mark.css, "\">", shape(mark), "<div><h1>",
           heading_of(bundle.summary.severity), "</h1><p>", whole(bundle.summary.sentence),
           "</p></div></div>");
}

void put_facts(Document& page, const Bundle& bundle) {
  const auto& facts = bundle.facts;
  page.put("<section><h2>This bundle</h2><dl>");
  put_fact(page, "Database", whole(facts.cluster) + ", watched from " + whole(facts.instance));
  put_fact(page, "Period", when(facts.since) + " to " + when(facts.until) + " (UTC)");
  if (!facts.drill.empty()) put_fact(page, "Of one drill", whole(facts.drill));
  put_fact(page, "Made", when(facts.made) + " by " + whole(facts.maker));
  put_fact(page, "Known since", facts.known_since ? when(*facts.known_since) : "nothing was ever written");
  put_fact(page, "Signed by the key", code(facts.key_name));
  put_fact(page, "Head of the manifest", code(bundle.head));
  put_fact(page, "Audit journal",
           labelled(mark_of(facts.journal.intact)) + " " + whole(facts.journal.sentence));
  if (facts.journal.head) {
    put_fact(page, "Its head",
             fmt::format("entry {} of {}, {}", facts.journal.head->sequence, when(facts.journal.head->time),
                         code(facts.journal.head->hash)));
  }
  page.put("</dl></section>");
}

std::string verdict(const std::optional<core::Duration>& measured, core::Duration objective) {
  if (!measured) return labelled(mark_of(Standing::unknown));
  return labelled(mark_of(*measured <= objective ? Standing::ok : Standing::not_ok));
}

void put_objectives(Document& page, const Bundle& bundle) {
  struct Row {
    std::string_view what;
    core::Duration promised;
    const std::optional<core::Duration>& measured;
  };
  page.put(
      "<section><h2>Objectives, and what was "
      "measured</h2><table><thead><tr><th>Objective</th><th>Promised</th>"
      "<th>Worst of the proven drills</th><th></th></tr></thead><tbody>");
  for (const Row& row :
       {Row{"Loss of data (RPO)", bundle.facts.rpo, bundle.summary.worst_rpo},
        Row{"Time to recover (RTO)", bundle.facts.rto, bundle.summary.worst_rto},
        Row{"Time without a proof", bundle.facts.fresh_for, bundle.summary.longest_without_proof}}) {
    if (!row.measured && &row.measured == &bundle.summary.longest_without_proof) continue;
    page.put("<tr><td>", row.what, "</td><td data-l=\"Promised\">", show_age(row.promised),
             "</td><td data-l=\"Measured\">", row.measured ? show_age(*row.measured) : "not measured",
             "</td><td>", verdict(row.measured, row.promised), "</td></tr>");
  }
  page.put(
      "</tbody></table><p class=\"sub\">The objectives are those that were configured when this was "
      "made.</p></section>");
}

void put_controls(Document& page) {
  page.put("<section><h2>What this is evidence for</h2><dl>");
  for (const auto& control : recovery::controls) {
    put_fact(page, control.name,
             whole(control.asks) + ".<span class=\"sub\">Shown: " + whole(control.shown) + ".</span>");
  }
  page.put("</dl></section>");
}

void put_lapses(Document& page, const Bundle& bundle) {
  page.put("<section><h2>Exceptions</h2>");
  if (bundle.lapses.empty()) page.put("<p>None.</p>");
  if (!bundle.lapses.empty())
    page.put("<table><thead><tr><th>When</th><th>What</th><th>Closed by</th></tr></thead><tbody>");
  for (const auto& lapse : bundle.lapses) {
    page.put("<tr><td>", when(lapse.time), "</td><td>", shape(mark_of(lapse.severity)), " ",
             whole(lapse.sentence), "</td><td data-l=\"Closed by\">",
             lapse.closed_by.empty() ? "<b>open</b>" : "drill " + link_to(lapse.closed_by), "</td></tr>");
  }
  if (!bundle.lapses.empty()) page.put("</tbody></table>");
  page.put("</section>");
}

Mark mark_of_due(const Due& due) {
  switch (due.state) {
    case DueState::held: return mark_of(Standing::ok);
    case DueState::missed: return mark_of(Standing::not_ok);
    case DueState::not_known: break;
  }
  return mark_of(Standing::unknown);
}

void put_schedule(Document& page, const Bundle& bundle) {
  if (!bundle.facts.drill.empty()) return;
  page.put("<section><h2>Schedule</h2>");
  if (!bundle.facts.after_backup.empty())
    page.put("<p>After each backup (", whole(bundle.facts.after_backup), "), soon after it has ended.</p>");
  if (!bundle.facts.daily_at) {
    page.put("<p>Nothing is due by the clock (recovery.drill.at is not configured).</p></section>");
    return;
  }
  const auto& summary = bundle.summary;
  page.put("<p>Daily at ", core::show_clock(core::WallTime(*bundle.facts.daily_at)).substr(0, 5),
           " UTC, as configured when this was made. ",
           fmt::format("Of {} that were due {} were held and {} missed", summary.held + summary.missed,
                       summary.held, summary.missed),
           summary.not_known == 0 ? std::string()
                                  : fmt::format("; of {} more, before anything was written, nothing is known",
                                                summary.not_known),
           fmt::format(". Held means that a drill began within {}; what it found is below.",
                       show_age(recovery::held_within)),
           "</p><ol class=\"days\">");
  for (const Due& due : bundle.schedule) {
    page.put("<li>", shape(mark_of_due(due)), " <time datetime=\"", show_time(due.at), "\">",
             show_time(due.at).substr(5, 5), "</time> ",
             due.drill.empty() ? std::string(name_of(due.state))
                               : "<a href=\"#" + anchor(due.drill) + "\">held</a>",
             "</li>");
  }
  page.put("</ol></section>");
}

void put_index(Document& page, const Bundle& bundle) {
  page.put("<section><h2>Drills</h2>");
  if (bundle.drills.empty()) {
    page.put("<p>None.</p></section>");
    return;
  }
  page.put(
      "<table><thead><tr><th>Drill</th><th>Found</th><th>Level</th><th>Set</th><th>RPO</th><th>RTO</th>"
      "<th class=\"n\">Journal entry</th></tr></thead><tbody>");
  for (const auto& drill : bundle.drills) {
    page.put("<tr><td>", link_to(drill.record.id), "</td><td>", finding_tag(drill.record.finding),
             "</td><td data-l=\"Level\">", name_of(drill.record.level), "</td><td data-l=\"Set\">",
             whole(drill.record.set), "</td><td data-l=\"RPO\">", met_tag(drill.rpo),
             "</td><td data-l=\"RTO\">", met_tag(drill.rto), "</td><td class=\"n\" data-l=\"Journal entry\">",
             drill.entry ? std::to_string(*drill.entry) : "none", "</td></tr>");
  }
  page.put("</tbody></table></section>");
}

void put_unreadable(Document& page, const Bundle& bundle) {
  if (bundle.facts.unreadable.empty()) return;
  page.put("<section><h2>Lines that cannot be read</h2><ul class=\"list\">");
  for (const auto& line : bundle.facts.unreadable) {
    page.put("<li>line ", std::to_string(line.number), " of drills.jsonl, ", std::to_string(line.bytes),
             " bytes, SHA-256 ", code(line.sha256), "</li>");
  }
  page.put("</ul></section>");
}

// What a line of the journal says, in one line for people; the line itself is in bundle.json.
std::string say(const std::string& line) {
  boost::json::error_code problem;
  const auto value = boost::json::parse(line, problem);
  const auto* object = problem ? nullptr : value.if_object();
  if (object == nullptr) return "<td></td><td></td><td>" + whole(line) + "</td>";
  const auto text = [&](std::string_view name) {
    const auto* member = object->if_contains(name);
    const auto* words = member == nullptr ? nullptr : member->if_string();
    return words == nullptr ? std::string() : std::string(*words);
  };
  const auto number = [&](std::string_view name) {
    const auto* member = object->if_contains(name);
    return member == nullptr || !member->is_int64() ? std::string("?") : std::to_string(member->as_int64());
  };
  const std::string words =
      text("phase") == "result"
          ? "result of " + number("intent") + ": " + text("result")
          : text("actor") + ": " + text("action") + " " + text("target") + ": " + text("reason");
  return "<td class=\"n\">" + number("seq") + "</td><td>" + whole(text("time")) + "</td><td>" + whole(words) +
         "<span class=\"sub hash\">" + code(text("hash")) + "</span></td>";
}

void put_journal(Document& page, const Bundle& bundle) {
  const auto& journal = bundle.facts.journal;
  page.put("<section><h2>What the audit journal has of it</h2><p>",
           fmt::format("{} of the {} entries of this time concern recovery; the others are left out.",
                       journal.lines.size(), journal.entries),
           "</p>");
  if (!journal.lines.empty())
    page.put(
        "<table><thead><tr><th class=\"n\">Entry</th><th>When</th><th>What, and its "
        "hash</th></tr></thead><tbody>");
  for (const std::string& line : journal.lines) page.put("<tr>", say(line), "</tr>");
  if (!journal.lines.empty()) page.put("</tbody></table>");
  page.put("</section>");
}

void put_how(Document& page) {
  page.put(R"html(<section><h2>How to check it</h2>
<p>Get the public key, or its name, from whoever runs the database, by another way than this bundle. Then, on any machine:</p>
<pre>outrider evidence verify bundle.json --key outrider.pub</pre>
<p>It says the first thing that does not hold, and ends with 0 (holds), 2 (altered) or 3 (cannot tell). Without Outrider,
bundle.json is a DSSE envelope with an in-toto statement:</p>
<pre>jq -r .payload bundle.json | base64 -d &gt; statement.json
jq -r .signatures[0].sig bundle.json | base64 -d &gt; signature
{ printf 'DSSEv1 28 application/vnd.in-toto+json %s ' "$(stat -c %s statement.json)"; cat statement.json; } &gt; signed
openssl pkeyutl -verify -pubin -inkey outrider.pub -rawin -in signed -sigfile signature</pre>
<p>This page is one of the statement's subjects: its SHA-256 stands there.</p></section>)html");
}

}  // namespace

std::string evidence_page(const recovery::Bundle& bundle) {
  Document page;
  put_head(page, bundle);
  page.put("<body>", symbols(), "<div class=\"wrap\"><header><b>Recovery evidence</b><span class=\"tag\">",
           escape(bundle.facts.cluster, 80), "</span></header><main>");
  put_verdict(page, bundle);
  put_facts(page, bundle);
  put_objectives(page, bundle);
  put_lapses(page, bundle);
  put_schedule(page, bundle);
  put_index(page, bundle);
  for (const auto& drill : bundle.drills) put_drill(page, drill);
  put_unreadable(page, bundle);
  put_journal(page, bundle);
  put_controls(page);
  put_how(page);
  page.put("</main><footer><p>All times are UTC.</p></footer></div></body></html>\n");
  return page.take();
}

}  // namespace outrider::ui
