#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"

#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace outrider::cli {
namespace {

constexpr const char* default_role = "outrider";

int failed(const Setting& setting, const core::Error& error) {
  return report(setting, error, error.code == core::Errc::invalid ? exit_bad_config : exit_unknown);
}

}  // namespace

int drill(const Setting& setting) {
  DrillOptions options;
  options.config_path = config_path_of(setting.line, setting.terminal);
  options.set = setting.line.value("set").value_or("");
  options.to_lsn = setting.line.value("to-lsn").value_or("");
  options.to_time = setting.line.value("to-time").value_or("");
  options.to_point = setting.line.value("to-point").value_or("");
  options.keep = setting.line.flag("keep");
  // A line a phase, and where a person looks on, how far it is on the last line.
  std::string last;
  const DrillProgress progress = [&](const std::string& phase, const std::string& what) {
    if (what == last) return;
    last = what;
    setting.terminal.err() << "  " << phase << ": " << what << "\n" << std::flush;
  };
  const auto answer = setting.actions.drill(options, progress);
  if (!answer) return failed(setting, answer.error());
  setting.terminal.out() << (setting.line.json() ? answer->json + "\n" : answer->text) << std::flush;
  return answer->code;
}

int setup(const Setting& setting) {
  const std::string role = setting.line.value("role").value_or(default_role);
  const std::vector<std::string> statements = setting.actions.setup_postgres(role);
  if (!setting.line.flag("apply")) {
    if (setting.line.json()) {
      boost::json::array list(statements.begin(), statements.end());
      setting.terminal.out() << boost::json::serialize(
                                    boost::json::object{{"schema", 1}, {"statements", std::move(list)}})
                             << "\n"
                             << std::flush;
      return exit_ok;
    }
    for (const auto& statement : statements) setting.terminal.out() << statement << ";\n";
    setting.terminal.out() << std::flush;
    return exit_ok;
  }
  const std::string path = config_path_of(setting.line, setting.terminal);
  const auto done = setting.actions.apply_setup(path, setting.line.value("dsn").value_or(""), role);
  if (!done) return failed(setting, done.error());
  setting.terminal.out() << "the database is prepared; " << role << " may write canaries\n" << std::flush;
  return exit_ok;
}

int fetch_wal(const Setting& setting) {
  return setting.actions.fetch_wal(setting.line.value("order").value_or(""),
                                   setting.line.value("file").value_or(""),
                                   setting.line.value("to").value_or(""));
}

}  // namespace outrider::cli
