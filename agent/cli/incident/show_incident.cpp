#include "agent/cli/incident/show_incident.hpp"

#include "agent/cli/show/columns.hpp"
#include "agent/core/lines.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <optional>

#include <fmt/core.h>

namespace outrider::cli {
namespace {

using incident::Incident;
using incident::Remark;

constexpr std::size_t lines_shown = 40;
constexpr std::size_t longest_line = 2000;

std::string words(std::string_view name) { return core::replaced(std::string(name), "_", " "); }

Cell state_of(const std::optional<core::WallTime>& closed) {
  return closed ? Cell("over", Paint::faint) : Cell("open", Paint::bad);
}

std::string heading(const std::string& text, const Terminal& terminal) {
  return "\n" + terminal.paint(Paint::strong, text) + "\n";
}

std::string remarks(const std::string& title, const std::vector<Remark>& some, const Terminal& terminal) {
  if (some.empty()) return {};
  std::vector<std::vector<Cell>> rows;
  for (const Remark& remark : some)
    rows.push_back(
        {{core::show_clock(remark.at), Paint::faint}, words(remark.kind), printable(remark.sentence)});
  return heading(title, terminal) + columns(rows, terminal);
}

std::string facts(const Incident& of, const Terminal& terminal) {
  std::vector<std::vector<Cell>> rows;
  const auto put = [&rows](const char* name, const std::string& value) {
    if (!value.empty()) rows.push_back({{name, Paint::faint}, printable(value)});
  };
  put("kind", words(incident::name_of(of.kind)));
  put("opened", core::show_time(of.opened));
  put("well again", of.closed ? core::show_time(*of.closed) : "not yet");
  put("how it ended", of.conclusion);
  put("version", of.version);
  put("verdict", of.verdict);
  put("explained by", of.root_cause);
  put("deaths", of.deaths_total == 0 ? "" : std::to_string(of.deaths_total));
  put("last words", of.last_words);
  return columns(rows, terminal);
}

std::string last_sample(const Incident& of, const Terminal& terminal) {
  if (of.samples.empty()) return {};
  const auto& last = of.samples.back();
  std::string text = core::show_clock(last.at) + ":";
  if (last.cpu) text += fmt::format(" {:.2f} cores,", *last.cpu);
  if (last.resident_bytes) text += " " + core::show_bytes(*last.resident_bytes) + ",";
  if (last.descriptors) text += fmt::format(" {} descriptors,", *last.descriptors);
  if (last.threads) text += fmt::format(" {} threads,", *last.threads);
  text.pop_back();
  return heading("How the process was, last", terminal) + "  " + text + "\n";
}

std::string findings(const Incident& of, const Terminal& terminal) {
  std::string text;
  for (const auto& finding : of.findings) {
    text += heading(printable(finding.name), terminal);
    std::string_view rest = finding.text;
    while (!rest.empty()) text += "  " + printable(core::take_line(rest)) + "\n";
  }
  return text;
}

std::string lines(const Incident& of, const Terminal& terminal) {
  std::string text = heading("What it wrote last", terminal);
  if (of.withheld) return text + "  not shown over this connection\n";
  if (of.lines.empty())
    return text + "  nothing was recorded: does logs.read read what the service writes?\n";
  const std::size_t first = of.lines.size() > lines_shown ? of.lines.size() - lines_shown : 0;
  if (first > 0) text += fmt::format("  … {} lines before these: --output json, or export\n", first);
  for (std::size_t i = first; i < of.lines.size(); ++i) {
    const auto& line = of.lines[i];
    const bool bad = line.level == "error" || line.level == "fatal";
    text += "  " + terminal.paint(Paint::faint, core::show_clock(line.at)) + "  " +
            terminal.paint(bad ? Paint::bad : Paint::plain, printable(line.text.substr(0, longest_line))) +
            (line.unterminated ? terminal.paint(Paint::doubtful, "  (the line never ended)") : "") + "\n";
  }
  return text;
}

}  // namespace

std::string show_incidents(const std::vector<incident::Brief>& incidents, const Terminal& terminal) {
  if (incidents.empty()) return "no incidents\n";
  std::vector<std::vector<Cell>> rows{{{"INCIDENT", Paint::faint},
                                       {"NOW", Paint::faint},
                                       {"OPENED", Paint::faint},
                                       {"LASTED", Paint::faint},
                                       {"DEATHS", Paint::faint},
                                       {"WHAT", Paint::faint}}};
  for (const auto& one : incidents) {
    rows.push_back(
        {one.id, state_of(one.closed), core::show_time(one.opened).substr(0, 19) + "Z",
         one.closed ? core::show_age(std::max(core::Duration::zero(), *one.closed - one.opened)) : "",
         std::to_string(one.deaths), printable(one.title.substr(0, 160))});
  }
  return columns(rows, terminal);
}

std::string show_incident(const Incident& of, const Terminal& terminal) {
  const Cell state = state_of(of.closed);
  std::string text = terminal.paint(Paint::strong, of.id) + "  " + terminal.paint(state.paint, state.text) +
                     "\n" + printable(of.title) + "\n\n" + facts(of, terminal);
  text += remarks("Changed in the quarter of an hour before", of.changes, terminal);
  text += remarks("What happened", of.timeline, terminal);
  text += last_sample(of, terminal) + findings(of, terminal) + lines(of, terminal);
  return text;
}

}  // namespace outrider::cli
