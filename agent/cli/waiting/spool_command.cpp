// outrider spool: what waits on the disk for the sinks, and whether the disk can be trusted.
#include "agent/cli/agent_link.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/show/columns.hpp"
#include "agent/cli/waiting/book_here.hpp"
#include "agent/core/text.hpp"
#include "agent/durable/damage/repair.hpp"
#include "agent/os/lock.hpp"
#include "agent/pipeline/spool/spool_store.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::cli {

namespace json = boost::json;

core::Outcome<std::string> book_path(const Setting& setting) {
  if (const auto state = setting.line.value("state")) return *state + "/book";
  const auto premises = setting.actions.premises(config_path_of(setting.line, setting.terminal));
  if (!premises) return core::fail(premises.error());
  return premises->state_directory + "/book";
}

core::Outcome<std::unique_ptr<durable::Book>> book_here(const Setting& setting) {
  const auto path = book_path(setting);
  if (!path) return core::fail(path.error());
  return durable::open_book(*path, {.read_only = true});
}

namespace {

json::object as_json(const pipeline::SpoolStore::State& state) {
  json::object sinks;
  for (const auto& [sink, at] : state.cursors)
    sinks[core::clean_utf8(sink)] = state.next - std::min(state.next, at);
  return {{"records", state.records},
          {"bytes", state.bytes},
          {"missing", state.missing},
          {"behind", std::move(sinks)}};
}

// Spans and samples lie there in requests of many; what lags behind is counted in those.
void print(const Setting& setting, const pipeline::SpoolStore::State& state, std::string_view what,
           std::string_view unit) {
  std::ostream& out = setting.terminal.out();
  out << fmt::format("{} {} wait, {} on the disk\n", state.records, what, core::show_bytes(state.bytes));
  std::vector<std::vector<Cell>> rows;
  for (const auto& [sink, at] : state.cursors) {
    rows.push_back(
        {printable(sink), fmt::format("{} {} behind", state.next - std::min(state.next, at), unit)});
  }
  out << columns(rows, setting.terminal);
  if (state.missing == 0) return;
  out << setting.terminal.paint(Paint::bad,
                                fmt::format("✗ {} {} are missing: the disk lost them", state.missing, unit))
      << "\n";
}

// What lies there beside the lines: where there never was any, nothing is said of it.
struct Shown {
  const pipeline::SpoolKind& kind;
  const char* key;
  std::string_view what, unit;
};
constexpr std::array<Shown, 4> beside_lines{
    Shown{pipeline::held_log_spool, "held_logs", "lines that wait for their trace", "records"},
    Shown{pipeline::trace_spool, "traces", "spans", "requests"},
    Shown{pipeline::kept_trace_spool, "kept_traces", "spans of kept traces", "requests"},
    Shown{pipeline::sample_spool, "metrics", "samples", "requests"}};

int inspect(const Setting& setting) {
  const auto book = book_here(setting);
  if (!book) return report(setting, book.error(), exit_unknown);
  const auto lines = pipeline::SpoolStore(**book, pipeline::log_spool).look();
  if (!lines) return report(setting, lines.error(), exit_unknown);
  json::object body = as_json(*lines);
  body["schema"] = 1;
  if (!setting.line.json()) print(setting, *lines, "records", "records");
  std::uint64_t missing = lines->missing;
  for (const Shown& shown : beside_lines) {
    const auto state = pipeline::SpoolStore(**book, shown.kind).look();
    if (!state) return report(setting, state.error(), exit_unknown);
    if (state->cursors.empty() && state->records == 0) continue;
    missing += state->missing;
    body[shown.key] = as_json(*state);
    if (!setting.line.json()) print(setting, *state, shown.what, shown.unit);
  }
  if (setting.line.json()) setting.terminal.out() << json::serialize(body) << "\n";
  setting.terminal.out() << std::flush;
  return missing == 0 ? exit_ok : exit_critical;
}

int tell(const Setting& setting, const durable::Examined& found, const std::string& kept) {
  std::ostream& out = setting.terminal.out();
  const int code = found.sound() ? exit_ok : (kept.empty() ? exit_critical : exit_warning);
  if (setting.line.json()) {
    json::array damage;
    for (const std::string& sentence : found.damage) damage.push_back(json::string(sentence));
    const json::object body{{"schema", 1},
                            {"sound", found.sound()},
                            {"damaged_pages", found.damaged_pages},
                            {"good_entries", found.good_entries},
                            {"lost_entries", found.lost_entries},
                            {"damage", std::move(damage)},
                            {"kept", core::clean_utf8(kept)}};
    out << json::serialize(body) << "\n" << std::flush;
    return code;
  }
  for (const std::string& sentence : found.damage) out << "  " << printable(sentence) << "\n";
  if (found.sound()) {
    out << setting.terminal.paint(Paint::good, fmt::format("✓ sound: {} entries", found.good_entries))
        << "\n";
  } else {
    const std::string summary = fmt::format("✗ {} damaged pages, {} entries are good, {} are lost",
                                            found.damaged_pages, found.good_entries, found.lost_entries);
    out << setting.terminal.paint(Paint::bad, summary) << "\n";
  }
  if (!kept.empty()) out << "what is good was saved; the damaged file is " << printable(kept) << "\n";
  out << std::flush;
  return code;
}

int fsck(const Setting& setting) {
  const auto path = book_path(setting);
  if (!path) return report(setting, path.error(), exit_bad_config);
  const auto found = durable::examine_book(*path);
  if (!found) return report(setting, found.error(), exit_unknown);
  if (found->sound() || !setting.line.flag("repair")) return tell(setting, *found, {});
  // Whoever runs there has it open.
  const auto lock = os::lock_file(path->substr(0, path->rfind('/')) + "/lock");
  if (!lock)
    return report(setting, lock.error().during("the agent must be stopped before a repair"), exit_unknown);
  const auto repaired = durable::repair_book(*path, setting.actions.clock->wall());
  if (!repaired) return report(setting, repaired.error(), exit_unknown);
  return tell(setting, repaired->found, repaired->kept);
}

}  // namespace

int spool(const Setting& setting) {
  return setting.line.argument == "fsck" ? fsck(setting) : inspect(setting);
}

}  // namespace outrider::cli
