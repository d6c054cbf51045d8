#include "agent/cli/show/show.hpp"

#include "agent/cli/exit_code.hpp"
#include "agent/cli/show/columns.hpp"
#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::cli {
namespace {

// The sign stands before a word or a sentence that says the same.
std::string_view sign_of(core::Severity severity) {
  switch (severity) {
    case core::Severity::fine: return "✓";
    case core::Severity::warning: return "!";
    case core::Severity::critical: return "✗";
    case core::Severity::unknown: break;
  }
  return "?";
}

Paint paint_of(core::Severity severity) {
  switch (severity) {
    case core::Severity::fine: return Paint::good;
    case core::Severity::critical: return Paint::bad;
    case core::Severity::warning:
    case core::Severity::unknown: break;
  }
  return Paint::doubtful;
}

core::Severity of(core::Standing standing) {
  switch (standing) {
    case core::Standing::ok: return core::Severity::fine;
    case core::Standing::not_ok: return core::Severity::critical;
    case core::Standing::unknown: break;
  }
  return core::Severity::unknown;
}

std::string_view word_of(core::Standing standing) {
  return standing == core::Standing::not_ok ? "not ok" : core::name_of(standing);
}

std::string ago(core::WallTime time, core::WallTime now) {
  if (time == core::WallTime{}) return "never";
  return time > now ? "in " + core::show_age(time - now) : core::show_age(now - time) + " ago";
}

Cell standing_cell(core::Standing standing) {
  const core::Severity severity = of(standing);
  return {fmt::format("{} {}", sign_of(severity), word_of(standing)), paint_of(severity)};
}

Cell word_cell(core::State state) {
  const core::Severity severity = state == core::State::healthy ? core::Severity::fine
                                  : state == core::State::sick  ? core::Severity::critical
                                                                : core::Severity::unknown;
  return {fmt::format("{} {}", sign_of(severity), core::name_of(state)), paint_of(severity)};
}

std::vector<Cell> heading(std::initializer_list<const char*> names) {
  std::vector<Cell> cells;
  for (const char* name : names) cells.emplace_back(name, Paint::faint);
  return cells;
}

std::string or_unknown(const std::string& text) { return text.empty() ? "unknown" : text; }

std::string service_part(const core::Status& status, const Terminal& terminal) {
  const core::ServiceStatus& service = status.service;
  std::string phase = or_unknown(service.phase);
  if (service.pid != 0) phase += fmt::format(", pid {}", service.pid);
  if (service.since != core::WallTime{}) phase += ", since " + core::show_age(status.now - service.since);
  if (service.next_attempt) phase += ", next attempt " + ago(*service.next_attempt, status.now);
  std::string restarts = std::to_string(service.restarts_total);
  if (service.last_restart) restarts += "; the last " + ago(*service.last_restart, status.now);
  if (!service.last_restart_reason.empty()) restarts += ": " + service.last_restart_reason;
  std::vector<std::vector<Cell>> rows{{{"service", Paint::faint}, phase},
                                      {{"restarts", Paint::faint}, restarts}};
  if (service.budget > 0) {
    rows.push_back(
        {{"budget", Paint::faint},
         {fmt::format("{} of {} left ({})", service.budget_left, service.budget, service.budget_text),
          service.budget_left == 0 ? Paint::doubtful : Paint::plain}});
  }
  if (!service.last_exit.empty()) rows.push_back({{"last end", Paint::faint}, service.last_exit});
  if (!service.last_decision.empty()) rows.push_back({{"decision", Paint::faint}, service.last_decision});
  return columns(rows, terminal);
}

std::string probes_part(const core::Status& status, const Terminal& terminal) {
  if (status.probes.empty()) return "  no probes are configured\n";
  std::vector<std::vector<Cell>> rows{heading({"PROBE", "NOW", "TOOK", "ASKED", "ANSWER"})};
  for (const core::ProbeStatus& probe : status.probes) {
    const bool asked = probe.asked_total > 0;
    rows.push_back({probe.dependency ? probe.name + " (dependency)" : probe.name, standing_cell(probe.last),
                    asked ? core::show_duration(probe.took) : std::string("-"), ago(probe.asked, status.now),
                    asked ? probe.detail : std::string("not asked yet")});
  }
  return columns(rows, terminal);
}

std::string objectives_part(const core::Status& status, const Terminal& terminal) {
  std::vector<std::vector<Cell>> rows{heading({"PROMISE", "NOW", "BUDGET LEFT", "BURNS", "WHY"})};
  for (const core::ObjectiveStatus& one : status.objectives) {
    rows.push_back({printable(one.name), word_cell(one.state), fmt::format("{:.0f} %", one.budget_left * 100),
                    fmt::format("{:.1f} x", one.fastest_burn), printable(one.why)});
  }
  return columns(rows, terminal);
}

// Those that are open, and the last that is over.
std::string incidents_part(const core::Status& status, const Terminal& terminal) {
  std::vector<std::vector<Cell>> rows;
  for (const core::IncidentStatus& incident : status.incidents) {
    if (incident.closed && !rows.empty()) continue;
    rows.push_back(
        {{"incident", Paint::faint},
         {printable(incident.id), incident.closed ? Paint::plain : Paint::bad},
         fmt::format("{}, {}", incident.closed ? "over" : "open", ago(incident.opened, status.now)),
         printable(incident.title.substr(0, 160))});
  }
  return columns(rows, terminal);
}

std::string streams_part(const core::Status& status, const Terminal& terminal) {
  std::vector<std::vector<Cell>> rows{
      heading({"CARRIED", "READ", "DELIVERED", "DROPPED", "UNDER WAY", "TO"})};
  for (const core::StreamStatus& stream : status.streams) {
    rows.push_back({stream.source,
                    std::to_string(stream.read),
                    std::to_string(stream.delivered),
                    {std::to_string(stream.dropped), stream.dropped > 0 ? Paint::doubtful : Paint::plain},
                    std::to_string(stream.in_flight),
                    stream.sink});
  }
  return columns(rows, terminal);
}

std::string scrapes_part(const core::Status& status, const Terminal& terminal) {
  std::vector<std::vector<Cell>> rows{heading({"SCRAPED", "NOW", "SERIES", "LAST", "ANSWER"})};
  for (const core::ScrapeStatus& scrape : status.scrapes) {
    rows.push_back({scrape.url, standing_cell(scrape.up), std::to_string(scrape.series),
                    ago(scrape.scraped, status.now), scrape.detail});
  }
  return columns(rows, terminal);
}

std::string traces_part(const core::Status& status, const Terminal& terminal) {
  const core::TracesStatus& traces = *status.traces;
  std::vector<std::vector<Cell>> rows{
      heading({"CALLED", "CALLS", "FAILED", "HALF WITHIN", "95 % WITHIN", "BY"})};
  for (const core::OperationStatus& one : traces.operations) {
    rows.push_back({printable(one.name),
                    std::to_string(one.calls),
                    {std::to_string(one.failed), one.failed > 0 ? Paint::doubtful : Paint::plain},
                    core::show_duration(one.half),
                    core::show_duration(one.most),
                    printable(one.service) + ", " + printable(one.kind)});
  }
  std::string text = columns(rows, terminal);
  rows = {heading({"KEPT TRACE", "TOOK", "ENDED", "CAME", "ENTERED BY"})};
  constexpr std::size_t most_shown = 5;
  for (const core::KeptTraceStatus& one : traces.kept) {
    if (rows.size() > most_shown) break;
    rows.push_back({printable(one.id),
                    core::show_duration(one.took),
                    {one.failed ? "failed" : "well", one.failed ? Paint::bad : Paint::plain},
                    ago(one.came, status.now),
                    printable(one.service) + ": " + printable(one.name)});
  }
  return rows.size() > 1 ? text + "\n" + columns(rows, terminal) : text;
}

std::string recovery_part(const core::RecoveryStatus& recovery, const Terminal& terminal) {
  std::vector<std::vector<Cell>> rows{{{"recovery", Paint::faint}, printable(recovery.sentence)}};
  for (const core::RecoveryFigure& figure : recovery.figures) {
    rows.push_back({{printable(figure.name), Paint::faint},
                    fmt::format("{}  ({})", printable(figure.value), printable(figure.how))});
  }
  rows.push_back({{"a restore", Paint::faint}, printable(or_unknown(recovery.forecast))});
  rows.push_back({{"last drill", Paint::faint}, printable(or_unknown(recovery.last_drill))});
  if (!recovery.proof_standby.empty())
    rows.push_back({{"proof standby", Paint::faint}, printable(recovery.proof_standby)});
  return columns(rows, terminal);
}

std::string agent_part(const core::Status& status, const Terminal& terminal) {
  std::string text = or_unknown(status.agent_version);
  if (status.started != core::WallTime{}) text += ", up " + core::show_age(status.now - status.started);
  if (status.agent.resident_bytes > 0) text += ", " + core::show_bytes(status.agent.resident_bytes);
  for (const core::RiverStatus& river : status.rivers) {
    text += fmt::format(", {} {}", river.name, river.turning ? "turns" : "stands still");
  }
  text += fmt::format(", {} audit entries", status.audit_entries);
  return columns({{{"outrider", Paint::faint}, text}}, terminal);
}

std::string concern_lines(const core::Concern& concern, const Terminal& terminal) {
  std::string text =
      fmt::format("  {} {}\n", terminal.paint(paint_of(concern.severity), sign_of(concern.severity)),
                  printable(concern.sentence));
  if (!concern.next.empty()) text += "    " + terminal.paint(Paint::faint, concern.next) + "\n";
  return text;
}

}  // namespace

std::string show_status(const core::Status& status, const Terminal& terminal) {
  const core::Resource& of = status.resource;
  std::string where;
  for (const std::string* part : {&of.namespace_, &of.environment, &of.version}) {
    if (!part->empty()) where += (where.empty() ? "" : " · ") + *part;
  }
  std::string text = terminal.paint(Paint::strong, or_unknown(of.service)) + "  " +
                     terminal.paint(Paint::faint, where) + "  " + core::show_time(status.now).substr(0, 19) +
                     "Z\n\n";
  text += service_part(status, terminal) + "\n" + probes_part(status, terminal) + "\n";
  if (!status.objectives.empty()) text += objectives_part(status, terminal) + "\n";
  if (!status.incidents.empty()) text += incidents_part(status, terminal) + "\n";
  if (!status.streams.empty()) text += streams_part(status, terminal) + "\n";
  if (!status.scrapes.empty()) text += scrapes_part(status, terminal) + "\n";
  if (status.traces) text += traces_part(status, terminal) + "\n";
  if (status.recovery) text += recovery_part(*status.recovery, terminal) + "\n";
  text += agent_part(status, terminal) + "\n";
  const core::Severity severity = core::severity_of(status);
  const std::string verdict = fmt::format("{} {}", sign_of(severity), core::verdict_of(status));
  text += terminal.paint(severity == core::Severity::fine ? Paint::good : paint_of(severity), verdict) + "\n";
  for (const core::Concern& concern : core::concerns_of(status)) text += concern_lines(concern, terminal);
  return text;
}

std::string show_event(const core::Event& event, const Terminal& terminal) {
  const std::string clock =
      event.wall == core::WallTime{} ? "--:--:--" : core::show_clock(event.wall).substr(0, 12);
  const bool named = event.sentence.find(event.subject) != std::string::npos;
  const std::string sentence = named ? event.sentence : event.subject + ": " + event.sentence;
  Paint paint = Paint::plain;
  if (event.kind == core::EventKind::trouble || event.kind == core::EventKind::incident) paint = Paint::bad;
  if (event.kind == core::EventKind::decision) paint = Paint::doubtful;
  if (event.kind == core::EventKind::action) paint = Paint::good;
  if (event.kind == core::EventKind::operator_command) paint = Paint::strong;
  return terminal.paint(Paint::faint, clock) + "  " + terminal.paint(paint, sentence) + "\n";
}

std::string show_check(const std::vector<core::ProbeStatus>& probes, const Terminal& terminal) {
  const core::Severity severity = severity_of(probes);
  const auto ok = std::count_if(probes.begin(), probes.end(), [](const core::ProbeStatus& probe) {
    return probe.last == core::Standing::ok;
  });
  const std::string_view word = severity == core::Severity::fine       ? "OK"
                                : severity == core::Severity::critical ? "CRITICAL"
                                                                       : "UNKNOWN";
  std::string text = fmt::format("OUTRIDER {} - {} of {} probes ok", word, ok, probes.size());
  if (probes.empty()) text = "OUTRIDER UNKNOWN - no probes are configured";
  std::string figures;
  std::vector<std::vector<Cell>> rows;
  for (const core::ProbeStatus& probe : probes) {
    figures += fmt::format(" {}={:.6f}s", probe.name, core::to_seconds(probe.took));
    rows.push_back({standing_cell(probe.last), probe.dependency ? probe.name + " (dependency)" : probe.name,
                    core::show_duration(probe.took), probe.detail});
  }
  text = terminal.paint(paint_of(severity), text);
  if (!figures.empty()) text += " |" + printable(figures);
  return text + "\n" + columns(rows, terminal);
}

std::string show_findings(const std::vector<Finding>& findings, const Terminal& terminal) {
  std::string text;
  std::size_t worrying = 0;
  for (const Finding& finding : findings) {
    const core::Severity severity = severity_of(std::vector<Finding>{finding});
    text += fmt::format("{}  {}: {}\n", terminal.paint(paint_of(severity), sign_of(severity)),
                        terminal.paint(Paint::strong, finding.about), printable(finding.what));
    if (!finding.hint.empty()) text += "   " + terminal.paint(Paint::faint, "→ " + finding.hint) + "\n";
    if (finding.health != Health::ok) ++worrying;
  }
  const core::Severity severity = severity_of(findings);
  const std::string verdict =
      severity == core::Severity::fine
          ? fmt::format("✓ nothing is in the way: {} things looked at", findings.size())
          : fmt::format("{} {} of {} things want a look", sign_of(severity), worrying, findings.size());
  return text + "\n" + terminal.paint(paint_of(severity), verdict) + "\n";
}

namespace {

// A report on a configuration has lines of its own; each is made safe, and they stay lines.
std::string lines_of(std::string_view text) {
  std::string lines;
  const std::string_view all = text.substr(0, text.find_last_not_of('\n') + 1);
  for (std::size_t from = 0; from <= all.size();) {
    const std::size_t end = std::min(all.find('\n', from), all.size());
    lines += printable(all.substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return lines;
}

bool is_report(const std::string& text) { return text.find('\n') != std::string::npos; }

}  // namespace

std::string show_error(const core::Error& error, const Terminal& terminal) {
  std::string text = (is_report(error.what) ? "" : "outrider: ") + lines_of(error.what);
  if (is_report(error.hint)) return text + lines_of(error.hint);
  if (!error.hint.empty()) text += terminal.paint(Paint::faint, "hint: " + error.hint) + "\n";
  return text;
}

int exit_code_of(core::Severity severity) {
  switch (severity) {
    case core::Severity::fine: return exit_ok;
    case core::Severity::warning: return exit_warning;
    case core::Severity::critical: return exit_critical;
    case core::Severity::unknown: break;
  }
  return exit_unknown;
}

core::Severity severity_of(const std::vector<core::ProbeStatus>& probes) {
  core::Severity worst = probes.empty() ? core::Severity::unknown : core::Severity::fine;
  for (const core::ProbeStatus& probe : probes) worst = std::max(worst, of(probe.last));
  return worst;
}

core::Severity severity_of(const std::vector<Finding>& findings) {
  core::Severity worst = core::Severity::fine;
  for (const Finding& finding : findings) {
    switch (finding.health) {
      case Health::ok: break;
      case Health::warn: worst = std::max(worst, core::Severity::warning); break;
      case Health::unknown: worst = std::max(worst, core::Severity::unknown); break;
      case Health::bad: worst = core::Severity::critical; break;
    }
  }
  return worst;
}

}  // namespace outrider::cli
