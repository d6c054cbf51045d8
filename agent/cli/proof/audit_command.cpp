#include "agent/audit/carried.hpp"
#include "agent/audit/verify.hpp"
#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/show/columns.hpp"
#include "agent/cli/show/show.hpp"
#include "agent/core/text.hpp"
#include "agent/os/files.hpp"

#include <algorithm>
#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;
using core::Errc;
using core::Outcome;

constexpr std::uint64_t longest_file_bytes = std::uint64_t{64} << 20U;

Outcome<std::string> trail_directory(const Setting& setting) {
  if (const auto state = setting.line.value("state")) return *state + "/audit";
  const auto premises = setting.actions.premises(config_path_of(setting.line, setting.terminal));
  if (!premises) return core::fail(premises.error());
  return premises->state_directory + "/audit";
}

// What had left the machine by then must be here still.
Outcome<> hold_against(const Setting& setting, os::Files& files, const std::string& directory,
                       audit::Report& found) {
  const auto path = setting.line.value("against");
  if (!path) return {};
  const auto carried = files.read_all(*path, longest_file_bytes);
  if (!carried) return core::fail("what was carried away", carried.error());
  auto compared = audit::compare(files, directory, *carried);
  if (!compared) return core::fail(compared.error());
  if (compared->compared == 0)
    return core::fail(Errc::invalid, "cannot compare with " + *path + ": no line of it names an entry",
                      "a JSON object a line, with seq and hash, as the journal's own lines have them");
  found.remarks.push_back(fmt::format("compared with {} entries that were carried away, up to number {}",
                                      compared->compared, compared->newest));
  for (audit::Fault& fault : compared->faults) {
    fault.file = *path;
    found.faults.push_back(std::move(fault));
  }
  return {};
}

int verify_trail(const Setting& setting, os::Files& files, const std::string& directory) {
  auto found = audit::verify(files, directory);
  if (!found) return report(setting, found.error(), exit_unknown);
  if (const auto held = hold_against(setting, files, directory, *found); !held)
    return report(setting, held.error(), exit_unknown);
  Terminal& terminal = setting.terminal;
  const int code = found->intact() ? exit_ok : exit_critical;
  if (setting.line.json()) {
    json::array faults;
    for (const audit::Fault& fault : found->faults) {
      faults.push_back(json::object{{"file", core::clean_utf8(fault.file)},
                                    {"line", fault.line},
                                    {"sentence", core::clean_utf8(fault.sentence)}});
    }
    json::array remarks;
    for (const std::string& remark : found->remarks)
      remarks.push_back(json::string(core::clean_utf8(remark)));
    const json::object body{{"schema", 1},
                            {"intact", found->intact()},
                            {"entries", found->entries},
                            {"files", found->files},
                            {"last_hash", found->last_hash},
                            {"faults", std::move(faults)},
                            {"remarks", std::move(remarks)}};
    terminal.out() << json::serialize(body) << "\n" << std::flush;
    return code;
  }
  for (const std::string& remark : found->remarks) terminal.out() << "  " << printable(remark) << "\n";
  for (const audit::Fault& fault : found->faults) {
    terminal.out() << terminal.paint(Paint::bad,
                                     fmt::format("  {}:{}: {}", fault.file, fault.line, fault.sentence))
                   << "\n";
  }
  const std::string verdict = (found->intact() ? "✓ " : "✗ ") + found->sentence();
  terminal.out() << terminal.paint(found->intact() ? Paint::good : Paint::bad, verdict) << "\n";
  if (!found->last_hash.empty()) {
    terminal.out() << terminal.paint(Paint::faint, "  last hash " + found->last_hash +
                                                       " (keep it elsewhere: a later run must still hold it)")
                   << "\n";
  }
  terminal.out() << std::flush;
  return code;
}

// Every line of the trail, oldest file first: names come sorted, rotated files before the one that grows.
Outcome<std::vector<std::string>> read_lines(os::Files& files, const std::string& directory) {
  auto names = files.list(directory);
  if (!names) {
    if (names.error().code == Errc::not_found) return std::vector<std::string>{};
    return core::fail(names.error());
  }
  std::erase_if(*names, [](const std::string& name) {
    return !name.starts_with("audit") || !name.ends_with(".jsonl");
  });
  std::vector<std::string> lines;
  for (const std::string& name : *names) {
    auto content = files.read_all(directory + "/" + name, longest_file_bytes);
    if (!content) return core::fail(content.error());
    for (std::size_t at = 0; at < content->size();) {
      const std::size_t end = std::min(content->find('\n', at), content->size());
      if (end > at) lines.push_back(content->substr(at, end - at));
      at = end + 1;
    }
  }
  return lines;
}

std::string member(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  if (value == nullptr || value->is_null()) return {};
  if (const auto* const string = value->if_string()) return {string->data(), string->size()};
  return std::string(json::serialize(*value));
}

// "12:00:03.120  #7 supervise means to restart tests-api: it died", and the result under its intent's number.
std::string show_entry(const std::string& line, const Terminal& terminal) {
  boost::json::error_code problem;
  const auto document = json::parse(line, problem);
  const auto* const entry = problem ? nullptr : document.if_object();
  if (entry == nullptr) return terminal.paint(Paint::bad, "not an entry: " + line.substr(0, 120)) + "\n";
  const std::string phase = member(*entry, "phase");
  std::string sentence = "#" + member(*entry, "seq") + " ";
  Paint paint = Paint::plain;
  if (phase == "result") {
    const bool succeeded = member(*entry, "succeeded") == "true";
    paint = succeeded ? Paint::good : Paint::bad;
    sentence += fmt::format("of #{}: {}: {}", member(*entry, "intent"), succeeded ? "succeeded" : "failed",
                            member(*entry, "result"));
  } else {
    sentence +=
        fmt::format("{} {} {} {}: {}", member(*entry, "actor"), phase == "intent" ? "means to" : "notes",
                    member(*entry, "action"), member(*entry, "target"), member(*entry, "reason"));
  }
  return terminal.paint(Paint::faint, member(*entry, "time")) + "  " + terminal.paint(paint, sentence) + "\n";
}

int show_trail(const Setting& setting, os::Files& files, const std::string& directory) {
  const auto most = count_of(setting.line, 50);
  if (!most) return report(setting, most.error(), exit_usage);
  const auto lines = read_lines(files, directory);
  if (!lines) return report(setting, lines.error(), exit_unknown);
  const std::size_t first = lines->size() > *most ? lines->size() - *most : 0;
  for (std::size_t i = first; i < lines->size(); ++i) {
    const std::string& line = (*lines)[i];
    setting.terminal.out() << (setting.line.json() ? core::clean_utf8(line) + "\n"
                                                   : show_entry(line, setting.terminal));
  }
  if (lines->empty() && !setting.line.json())
    setting.terminal.out() << "no entries yet in " << directory << "\n";
  setting.terminal.out() << std::flush;
  return exit_ok;
}

}  // namespace

int audit(const Setting& setting) {
  const auto directory = trail_directory(setting);
  if (!directory) {
    const core::Error error(directory.error().code, directory.error().what,
                            "name the state directory with --state, or the configuration with --config");
    return report(setting, error, exit_bad_config);
  }
  const auto files = os::make_files();
  if (!files->exists(*directory)) {
    // Nothing found is nothing proven: a mistyped path must not look like an intact chain.
    const core::Error error(Errc::not_found, "cannot find an audit journal at " + *directory,
                            "name the state directory with --state; or has the agent never run?");
    return report(setting, error, exit_unknown);
  }
  if (setting.line.argument == "show") return show_trail(setting, *files, *directory);
  return verify_trail(setting, *files, *directory);
}

}  // namespace outrider::cli
