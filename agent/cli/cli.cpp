#include "agent/cli/cli.hpp"

#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/show/show.hpp"
#include "agent/cli/words/command_line.hpp"
#include "agent/core/number.hpp"

#include <array>
#include <ostream>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace outrider::cli {
namespace {

struct Entry {
  std::string_view name;
  int (*command)(const Setting&);
};

constexpr std::array<Entry, 27> entries{{{"run", run_agent},
                                         {"validate", validate},
                                         {"check", check},
                                         {"status", status},
                                         {"timeline", timeline},
                                         {"tap", tap},
                                         {"restart", restart},
                                         {"reload", reload},
                                         {"audit", audit},
                                         {"alert", alert},
                                         {"notify", notify},
                                         {"parked", parked},
                                         {"spool", spool},
                                         {"drill", drill},
                                         {"setup", setup},
                                         {"evidence", evidence},
                                         {"fetch-wal", fetch_wal},
                                         {"explain", explain},
                                         {"selftest", selftest},
                                         {"test", test},
                                         {"token", token},
                                         {"whoami", whoami},
                                         {"schema", schema},
                                         {"doctor", doctor},
                                         {"completion", print_completion},
                                         {"maintenance", maintenance},
                                         {"incident", incident}}};

}  // namespace

core::Outcome<std::size_t> count_of(const Line& line, std::size_t usual) {
  const auto word = line.value("count");
  if (!word) return usual;
  if (const auto count = core::read_number<std::size_t>(*word)) return *count;
  return core::fail(core::Errc::invalid, "cannot take --count " + *word, "it is a whole number");
}

int report(const Setting& setting, const core::Error& error, int code) {
  if (setting.line.json()) {
    const boost::json::object body{{"schema", 1}, {"error", error.what}, {"hint", error.hint}};
    setting.terminal.out() << boost::json::serialize(body) << "\n" << std::flush;
  }
  setting.terminal.err() << show_error(error, setting.terminal) << std::flush;
  return code;
}

int run(int argc, const char* const* argv, const Actions& actions, Terminal& terminal) {
  const Parsed parsed = parse(argc, argv, actions.version);
  if (!parsed.line) {
    (parsed.code == exit_ok ? terminal.out() : terminal.err()) << parsed.message << std::flush;
    return parsed.code;
  }
  const auto colour = parsed.line->value("color");
  if (colour == "always") terminal.set_colour(true);
  if (colour == "never") terminal.set_colour(false);
  const Setting setting{*parsed.line, actions, terminal};
  for (const Entry& entry : entries) {
    if (entry.name == parsed.line->command) return entry.command(setting);
  }
  return exit_usage;
}

}  // namespace outrider::cli
