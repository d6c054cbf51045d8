#include "agent/ui/sections.hpp"

#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"
#include "agent/ui/html.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::ui {
namespace {

// Where each list stops, so that the whole stays below most_page_bytes whatever it is given.
constexpr std::size_t concerns_end = 24'000;
constexpr std::size_t probes_end = 58'000;
constexpr std::size_t streams_end = 70'000;
constexpr std::size_t scrapes_end = 80'000;
constexpr std::size_t most_events_shown = 10;
constexpr std::size_t timeline_end = 44'000;
constexpr std::size_t incidents_end = 50'000;

void put_rest(Document& page, std::size_t shown, std::size_t all) {
  if (shown < all) page.put("<p class=\"soft\">… and ", number(all - shown), " more: see /api/v1/status</p>");
}

void put_pair(Document& page, std::string_view name, std::string_view html) {
  page.put("<dt>", name, "</dt><dd>", html, "</dd>");
}

std::string or_unknown(std::string_view text) { return text.empty() ? "unknown" : escape(text); }

std::string budget(const core::ServiceStatus& service) {
  if (service.budget == 0) return "none";
  std::string pips;
  if (service.budget <= 10) {
    for (std::uint32_t i = 0; i < service.budget; ++i) pips += i < service.budget_left ? "●" : "○";
  }
  const std::string_view css = service.budget_left == 0 ? "warn" : "soft";
  return fmt::format(R"(<span class="pips {}" aria-hidden="true">{}</span> {} of {} restarts left{})", css,
                     pips, service.budget_left, service.budget,
                     service.budget_text.empty()
                         ? ""
                         : " <span class=\"soft\">(" + escape(service.budget_text) + ")</span>");
}

std::string last_restart(const core::Status& status) {
  const core::ServiceStatus& service = status.service;
  if (!service.last_restart) {
    return service.restarts_total == 0 ? "none since the agent started" : "time unknown";
  }
  std::string html = age_tag(*service.last_restart, status.now);
  if (!service.last_restart_reason.empty()) {
    html += "<span class=\"sub\">" + escape(service.last_restart_reason) + "</span>";
  }
  return html;
}

}  // namespace

void put_verdict(Document& page, const core::Status& status) {
  const Mark mark = mark_of(core::severity_of(status));
  page.put("<div class=\"verdict ", mark.css, "\">", shape(mark), "<div><h1>",
           escape(core::verdict_of(status)), "</h1><p>", mark.word, "</p></div></div>");
  const auto concerns = core::concerns_of(status);
  if (concerns.empty()) return;
  page.put(
      "<section aria-labelledby=\"h-concerns\"><h2 id=\"h-concerns\">What to look at</h2><ul "
      "class=\"concerns\">");
  std::size_t shown = 0;
  for (const core::Concern& concern : concerns) {
    if (!page.has_room(concerns_end)) break;
    const Mark severity = mark_of(concern.severity);
    page.put("<li>", shape(severity), "<div><span class=\"unseen\">", core::name_of(concern.severity),
             ": </span>", escape(concern.sentence));
    if (!concern.next.empty()) page.put("<span class=\"next\">", escape(concern.next), "</span>");
    page.put("</div></li>");
    ++shown;
  }
  page.put("</ul>");
  put_rest(page, shown, concerns.size());
  page.put("</section>");
}

void put_service(Document& page, const core::Status& status) {
  const core::ServiceStatus& service = status.service;
  page.put("<section aria-labelledby=\"h-service\"><h2 id=\"h-service\">Service</h2><dl>");
  put_pair(page, "Name", or_unknown(service.name.empty() ? status.resource.service : service.name));
  put_pair(page, "Health",
           labelled(mark_of(service.state)) +
               (service.why.empty() ? "" : "<span class=\"sub\">" + escape(service.why) + "</span>"));
  std::string phase = or_unknown(service.phase);
  if (service.pid != 0) phase += fmt::format(" <span class=\"soft\">pid {}</span>", service.pid);
  if (service.since != core::WallTime{}) {
    phase += "<span class=\"sub\">since " + time_tag(service.since, status.now) + ", " +
             age_tag(service.since, status.now) + "</span>";
  }
  put_pair(page, "Phase", phase);
  if (service.next_attempt) put_pair(page, "Next attempt", age_tag(*service.next_attempt, status.now));
  put_pair(page, "Last restart", last_restart(status));
  put_pair(page, "Restarts", number(service.restarts_total) + " since the agent started");
  put_pair(page, "Budget", budget(service));
  if (!service.last_exit.empty()) put_pair(page, "Last end", escape(service.last_exit));
  if (!service.last_decision.empty()) put_pair(page, "Last decision", escape(service.last_decision));
  page.put("</dl></section>");
}

void put_incidents(Document& page, const core::Status& status) {
  if (status.incidents.empty()) return;
  page.put(
      "<section aria-labelledby=\"h-incidents\"><h2 id=\"h-incidents\">Incidents</h2><table><thead><tr>"
      "<th scope=\"col\">Now</th><th scope=\"col\">What</th><th scope=\"col\" class=\"n\">Deaths</th>"
      "<th scope=\"col\" class=\"n\">Opened</th></tr></thead><tbody>");
  std::size_t shown = 0;
  for (const core::IncidentStatus& incident : status.incidents) {
    if (!page.has_room(incidents_end)) break;
    const Mark mark = incident.closed ? Mark{"ok", "s-ok", "over"} : Mark{"bad", "s-bad", "open"};
    page.put("<tr><td>", labelled(mark), "</td><td><a href=\"/incidents/", escape(incident.id, 40), "\">",
             escape(incident.title, 200), "</a><span class=\"sub\">", escape(incident.id, 40), " ",
             escape(incident.conclusion, 200), "</span></td><td class=\"n\" data-l=\"deaths\">",
             number(incident.deaths), "</td><td class=\"n\" data-l=\"opened\">",
             age_tag(incident.opened, status.now), "</td></tr>");
    ++shown;
  }
  page.put("</tbody></table>");
  put_rest(page, shown, status.incidents.size());
  page.put("</section>");
}

void put_probes(Document& page, const core::Status& status) {
  page.put("<section aria-labelledby=\"h-probes\"><h2 id=\"h-probes\">Probes</h2>");
  if (status.probes.empty()) {
    page.put("<p>No probes are configured, so health is unknown.</p></section>");
    return;
  }
  page.put(
      "<table><thead><tr><th scope=\"col\">Now</th><th scope=\"col\">Probe</th><th scope=\"col\">Answer</th>"
      "<th scope=\"col\" class=\"n\">Took</th><th scope=\"col\" class=\"n\">Asked</th></tr></thead><tbody>");
  std::size_t shown = 0;
  for (const core::ProbeStatus& probe : status.probes) {
    if (!page.has_room(probes_end)) break;
    const bool asked = probe.asked_total > 0;
    page.put("<tr><td>", labelled(mark_of(probe.last)), "</td><td>", escape(probe.name, 80),
             probe.dependency ? " <span class=\"tag\">dependency</span>" : "", "<span class=\"sub\">",
             escape(probe.kind, 20), " <code>", escape(probe.target, 160), "</code></span></td>");
    page.put("<td>", asked ? escape(probe.detail, 200) : "not asked yet", "<span class=\"sub\">",
             core::name_of(probe.state), probe.why.empty() ? "" : ": ", escape(probe.why, 200),
             "</span></td>");
    page.put("<td class=\"n\" data-l=\"took\">", asked ? core::show_duration(probe.took) : "–",
             "</td><td class=\"n\" data-l=\"asked\">", age_tag(probe.asked, status.now), "</td></tr>");
    ++shown;
  }
  page.put("</tbody></table>");
  put_rest(page, shown, status.probes.size());
  page.put("</section>");
}

void put_timeline(Document& page, const core::Status& status) {
  page.put(
      "<section aria-labelledby=\"h-timeline\"><h2 id=\"h-timeline\">What happened "
      "<span class=\"soft\">newest first, UTC</span></h2>");
  if (status.timeline.empty()) {
    page.put("<p>Nothing has happened yet.</p></section>");
    return;
  }
  page.put("<ol class=\"line\">");
  std::size_t shown = 0;
  for (auto event = status.timeline.rbegin(); event != status.timeline.rend(); ++event) {
    if (shown == most_events_shown || !page.has_room(timeline_end)) break;
    const Mark mark = mark_of(event->kind);
    page.put("<li>", time_tag(event->wall, status.now), shape(mark), "<span><span class=\"unseen\">",
             mark.word, ": </span>", escape(event->sentence), "</span></li>");
    ++shown;
  }
  page.put("</ol>");
  put_rest(page, shown, status.timeline.size());
  page.put("</section>");
}

void put_objectives(Document& page, const core::Status& status) {
  if (status.objectives.empty()) return;
  page.put(
      "<section aria-labelledby=\"h-promises\"><h2 id=\"h-promises\">Promises</h2><table><thead><tr>"
      "<th scope=\"col\">Now</th><th scope=\"col\">Promise</th><th scope=\"col\" class=\"n\">Budget left</th>"
      "<th scope=\"col\" class=\"n\">Burns</th></tr></thead><tbody>");
  std::size_t shown = 0;
  for (const core::ObjectiveStatus& one : status.objectives) {
    if (!page.has_room(probes_end)) break;
    page.put("<tr><td>", labelled(mark_of(one.state)), "</td><td>", escape(one.name, 120),
             "<span class=\"sub\">", escape(one.why, 300), "</span></td><td class=\"n",
             one.budget_left < 0 ? " warn" : "", "\" data-l=\"budget left\">",
             fmt::format("{:.0f} %", one.budget_left * 100), "</td><td class=\"n\" data-l=\"burns\">",
             fmt::format("{:.1f} ×", one.fastest_burn), "</td></tr>");
    ++shown;
  }
  page.put("</tbody></table>");
  put_rest(page, shown, status.objectives.size());
  page.put("</section>");
}

void put_streams(Document& page, const core::Status& status) {
  if (status.streams.empty()) return;
  page.put(
      "<section aria-labelledby=\"h-streams\"><h2 id=\"h-streams\">Logs carried</h2><table><thead><tr>"
      "<th scope=\"col\">From → to</th><th scope=\"col\" class=\"n\">Read</th>"
      "<th scope=\"col\" class=\"n\">Delivered</th><th scope=\"col\" class=\"n\">Dropped</th>"
      "<th scope=\"col\" class=\"n\">Under way</th></tr></thead><tbody>");
  std::size_t shown = 0;
  for (const core::StreamStatus& stream : status.streams) {
    if (!page.has_room(streams_end)) break;
    page.put("<tr><td>", escape(stream.source, 120), " → ", escape(stream.sink, 160));
    if (!stream.trouble.empty()) {
      page.put("<span class=\"sub warn\">", shape(mark_of(core::Severity::warning)), " ",
               escape(stream.trouble, 200), "</span>");
    }
    page.put("</td><td class=\"n\" data-l=\"read\">", number(stream.read),
             "</td><td class=\"n\" data-l=\"delivered\">", number(stream.delivered), "</td><td class=\"n",
             stream.dropped > 0 ? " warn" : "", "\" data-l=\"dropped\">", number(stream.dropped),
             "</td><td class=\"n\" data-l=\"under way\">", number(stream.in_flight), "</td></tr>");
    ++shown;
  }
  page.put("</tbody></table>");
  put_rest(page, shown, status.streams.size());
  page.put("</section>");
}

void put_scrapes(Document& page, const core::Status& status) {
  if (status.scrapes.empty()) return;
  page.put(
      "<section aria-labelledby=\"h-scrapes\"><h2 id=\"h-scrapes\">Metrics scraped</h2><table><thead><tr>"
      "<th scope=\"col\">Now</th><th scope=\"col\">Target</th><th scope=\"col\" class=\"n\">Series</th>"
      "<th scope=\"col\" class=\"n\">Scraped</th></tr></thead><tbody>");
  std::size_t shown = 0;
  for (const core::ScrapeStatus& scrape : status.scrapes) {
    if (!page.has_room(scrapes_end)) break;
    page.put("<tr><td>", labelled(mark_of(scrape.up)), "</td><td><code>", escape(scrape.url, 200),
             "</code><span class=\"sub\">", escape(scrape.detail, 200),
             "</span></td><td class=\"n\" data-l=\"series\">", number(scrape.series),
             "</td><td class=\"n\" data-l=\"scraped\">", age_tag(scrape.scraped, status.now), "</td></tr>");
    ++shown;
  }
  page.put("</tbody></table>");
  put_rest(page, shown, status.scrapes.size());
  page.put("</section>");
}

void put_recovery(Document& page, const core::Status& status) {
  if (!status.recovery) return;
  const core::RecoveryStatus& known = *status.recovery;
  page.put("<section aria-labelledby=\"h-recovery\"><h2 id=\"h-recovery\">Recovery of ",
           escape(known.cluster, 80), "</h2><p>", escape(known.sentence, 600), "</p><dl>");
  for (const core::RecoveryFigure& figure : known.figures) {
    put_pair(
        page, escape(figure.name, 60),
        "<b>" + escape(figure.value, 60) + "</b><span class=\"sub\">" + escape(figure.how, 200) + "</span>");
  }
  put_pair(page, "A restore", or_unknown(known.forecast.substr(0, 400)));
  put_pair(page, "Last drill", or_unknown(known.last_drill.substr(0, 400)));
  if (!known.proof_standby.empty())
    put_pair(page, "Proof standby", or_unknown(known.proof_standby.substr(0, 400)));
  page.put(
      "</dl><p class=\"soft\">All of it: <a href=\"/api/v1/recovery\">/api/v1/recovery</a></p></section>");
}

void put_agent(Document& page, const core::Status& status) {
  page.put("<section aria-labelledby=\"h-agent\"><h2 id=\"h-agent\">Outrider itself</h2><dl class=\"wide\">");
  put_pair(page, "Version", or_unknown(status.agent_version));
  put_pair(
      page, "Running",
      status.started == core::WallTime{} ? "unknown" : "for " + core::show_age(status.now - status.started));
  put_pair(page, "Ready", status.ready ? "yes" : "no: " + or_unknown(status.not_ready_because));
  for (const core::RiverStatus& river : status.rivers) {
    const Mark mark = mark_of(river.turning ? core::Standing::ok : core::Standing::not_ok);
    put_pair(page, "River " + escape(river.name, 40),
             shape(mark) + (river.turning ? " turning, " : " stands still, ") +
                 core::show_duration(river.lag) + " late");
  }
  const core::AgentStatus& agent = status.agent;
  put_pair(page, "Memory", agent.resident_bytes == 0 ? "unknown" : core::show_bytes(agent.resident_bytes));
  put_pair(page, "CPU used", agent.cpu_seconds == 0 ? "unknown" : fmt::format("{:.1f} s", agent.cpu_seconds));
  put_pair(page, "Descriptors", agent.open_descriptors == 0 ? "unknown" : number(agent.open_descriptors));
  std::string audit = number(status.audit_entries) + " entries";
  if (!status.audit_trouble.empty()) {
    audit += "<span class=\"sub bad\">" + shape(mark_of(core::Standing::not_ok)) + " " +
             escape(status.audit_trouble) + "</span>";
  }
  put_pair(page, "Audit journal", audit);
  put_pair(page, "Configuration",
           "<code>" + or_unknown(status.config_path) + "</code>" +
               (status.config_hash.empty()
                    ? ""
                    : "<span class=\"sub\"><code>" + escape(status.config_hash, 64) + "</code></span>"));
  page.put("</dl></section>");
}

}  // namespace outrider::ui
