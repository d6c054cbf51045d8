#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"

#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/url.hpp>

namespace outrider::cli {
namespace {

constexpr const char* default_role = "outrider";
constexpr core::Duration gate_limit = std::chrono::seconds(10);

int failed(const Setting& setting, const core::Error& error) {
  return report(setting, error, error.code == core::Errc::invalid ? exit_bad_config : exit_unknown);
}

std::string target_of(const core::GateQuestion& question) {
  boost::urls::url url("/api/v1/recovery/check");
  for (const auto& [key, part] : core::gate_question_keys) {
    const std::string& value = question.*part;
    if (!value.empty()) url.params().append({key, value});
  }
  return std::string(url.buffer());
}

core::Task<void> ask_agent(AgentLink& link, std::string target, core::Outcome<core::GateAnswer>& answer) {
  const auto said = co_await link.get(std::move(target), gate_limit);
  if (!said) {
    answer = core::fail(said.error());
    co_return;
  }
  core::GateAnswer read;
  if (const auto* code = said->if_contains("code"); code && code->is_int64()) {
    read.code = static_cast<int>(code->as_int64());
  }
  if (const auto* nagios = said->if_contains("nagios"); nagios && nagios->is_string()) {
    read.nagios = std::string(nagios->as_string());
  }
  if (const auto* result = said->if_contains("result"); result && result->is_object()) {
    boost::json::object with = result->as_object();
    for (const char* key : {"signed", "unsigned_because"}) {
      if (const auto* value = said->if_contains(key)) with[key] = *value;
    }
    read.json = boost::json::serialize(with);
  }
  answer = std::move(read);
}

int setup_elasticsearch(const Setting& setting) {
  const std::string path = config_path_of(setting.line, setting.terminal);
  const auto told = setting.actions.setup_elasticsearch(path, setting.line.flag("failure-store"),
                                                        setting.line.flag("apply"));
  if (!told) return failed(setting, told.error());
  if (setting.line.json()) {
    const boost::json::object answer{{"schema", 1}, {"text", *told}};
    setting.terminal.out() << boost::json::serialize(answer) << "\n" << std::flush;
  } else {
    setting.terminal.out() << *told << std::flush;
  }
  return exit_ok;
}

}  // namespace

core::GateQuestion question_of(const Line& line) {
  core::GateQuestion question;
  question.check = line.argument;
  question.require = line.value("require").value_or("");
  question.expect_wal = line.value("expect-wal").value_or("");
  question.override_by = line.value("override-by").value_or("");
  question.override_reason = line.value("override-reason").value_or("");
  question.override_until = line.value("override-until").value_or("");
  question.nonce = line.value("nonce").value_or("");
  question.audience = line.value("audience").value_or("");
  return question;
}

// Fails closed: whatever keeps the answer from coming is unknown, exit code 3, on the one line that a monitor
// reads.
int gate(const Setting& setting) {
  const core::GateQuestion question = question_of(setting.line);
  core::Outcome<core::GateAnswer> answer = core::fail(core::Errc::unavailable, "no agent was asked");
  if (setting.line.flag("here")) {
    answer = setting.actions.gate_here(config_path_of(setting.line, setting.terminal), question);
  } else {
    const auto reach = agent_reach(setting.line, setting.actions, setting.terminal);
    if (!reach) return report(setting, reach.error(), exit_bad_config);
    with_agent(setting.actions, *reach,
               [&](AgentLink& link) { return ask_agent(link, target_of(question), answer); });
  }
  if (!answer) {
    const core::Error& error = answer.error();
    setting.terminal.out() << "UNKNOWN - " << error.what << (error.hint.empty() ? "" : ": ") << error.hint
                           << "\n"
                           << std::flush;
    return failed(setting, answer.error());
  }
  setting.terminal.out() << (setting.line.json() ? answer->json : answer->nagios) << "\n" << std::flush;
  return answer->code;
}

int drill(const Setting& setting) {
  if (setting.line.flag("alarms")) return drill_alarms(setting);
  if (setting.line.flag("without-notifier") || setting.line.flag("without-restore")) {
    const core::Error error(core::Errc::invalid, "--without-notifier and --without-restore are for --alarms");
    return report(setting, error, exit_usage);
  }
  DrillOptions options;
  options.config_path = config_path_of(setting.line, setting.terminal);
  options.catalog = setting.line.value("catalog").value_or("");
  options.set = setting.line.value("set").value_or("");
  options.to_lsn = setting.line.value("to-lsn").value_or("");
  options.to_time = setting.line.value("to-time").value_or("");
  options.to_point = setting.line.value("to-point").value_or("");
  options.restore_point = setting.line.value("restore-point").value_or("");
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
  if (setting.line.argument == "elasticsearch") return setup_elasticsearch(setting);
  if (setting.line.flag("failure-store")) {
    return report(setting, {core::Errc::invalid, "--failure-store is for elasticsearch"}, exit_usage);
  }
  const std::string role = setting.line.value("role").value_or(default_role);
  SetupChoice choice;
  choice.reading = !setting.line.flag("without-reading");
  choice.restore_points = setting.line.flag("restore-points");
  choice.slot_cap = setting.line.flag("slot-cap");
  const std::vector<std::string> statements = setting.actions.setup_postgres(role, choice);
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
  const auto done = setting.actions.apply_setup(path, setting.line.value("dsn").value_or(""), role, choice);
  if (!done) return failed(setting, done.error());
  setting.terminal.out() << "the database is prepared; " << role << " may write canaries"
                         << (choice.reading ? " and read the tables" : "")
                         << (choice.restore_points ? " and make restore points" : "")
                         << (choice.slot_cap ? " and cap replication slots" : "") << "\n"
                         << std::flush;
  return exit_ok;
}

int fetch_wal(const Setting& setting) {
  return setting.actions.fetch_wal(setting.line.value("order").value_or(""),
                                   setting.line.value("file").value_or(""),
                                   setting.line.value("to").value_or(""));
}

}  // namespace outrider::cli
