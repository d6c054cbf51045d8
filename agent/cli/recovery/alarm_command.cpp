// drill --alarms: the running agent is asked to, since it is its alarms that are drilled, and followed.
#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/core/clock.hpp"

#include <array>
#include <ostream>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/url.hpp>

namespace outrider::cli {
namespace {

namespace json = boost::json;
using core::Task;
using namespace std::chrono_literals;

constexpr core::Duration answer_limit = 10s;
constexpr core::Duration between_questions = 500ms;
constexpr const char* place = "/api/v1/recovery/alarms";
// They choose what is restored; here the agent's own configuration does.
constexpr std::array<std::string_view, 4> of_a_restore{"set", "to-lsn", "to-time", "to-point"};

std::string text_in(const json::object& object, const char* key) {
  const auto* const value = object.if_contains(key);
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::string target_of(const Line& line) {
  boost::urls::url url(std::string(place) + "/drill");
  if (const auto catalog = line.value("catalog")) url.params().append({"catalog", *catalog});
  if (line.flag("without-notifier")) url.params().append({"without", "notifier"});
  if (line.flag("without-restore")) url.params().append({"without", "restore"});
  return std::string(url.buffer());
}

// Prints the steps that were not printed yet.
void tell_steps(const Setting& setting, const json::object& answer, std::size_t& told) {
  const auto* const steps = answer.if_contains("steps");
  if (steps == nullptr || !steps->is_array()) return;
  const json::array& list = steps->get_array();
  for (; told < list.size(); ++told) {
    if (const auto* const step = list[told].if_string())
      setting.terminal.err() << "  " << std::string(step->data(), step->size()) << "\n" << std::flush;
  }
}

// The code that the drill of this id ends with; it may be that another one came after it, or none.
int tell_end(const Setting& setting, const json::object& answer, const std::string& id) {
  const auto* const last = answer.if_contains("last");
  const auto* const code = answer.if_contains("code");
  const bool ours = last != nullptr && last->is_object() && text_in(last->get_object(), "id") == id;
  if (!ours || code == nullptr || !code->is_int64()) {
    const core::Error error(core::Errc::unavailable, "alarm drill " + id + " did not end well",
                            "outrider timeline, and the agent's log, say why");
    return report(setting, error, exit_unknown);
  }
  setting.terminal.out() << (setting.line.json() ? json::serialize(*last) + "\n" : text_in(answer, "text"))
                         << std::flush;
  return static_cast<int>(code->get_int64());
}

Task<void> drill_and_follow(const Setting& setting, AgentLink& link, int& code) {
  json::object body{{"reason", "outrider drill --alarms"}};
  const auto begun =
      co_await link.post(target_of(setting.line), std::move(body), operator_name(setting.terminal));
  if (!begun) {
    code = report(setting, begun.error(), exit_unknown);
    co_return;
  }
  const std::string id = text_in(*begun, "done");
  std::size_t told = 0;
  for (;;) {
    const auto answer = co_await link.get(place, answer_limit);
    if (!answer) {
      code = report(setting, answer.error(), exit_unknown);
      co_return;
    }
    tell_steps(setting, *answer, told);
    if (text_in(*answer, "running") != id) {
      code = tell_end(setting, *answer, id);
      co_return;
    }
    co_await setting.actions.clock->sleep(between_questions);
  }
}

}  // namespace

int drill_alarms(const Setting& setting) {
  for (const std::string_view one : of_a_restore) {
    if (!setting.line.value(one)) continue;
    const core::Error error(core::Errc::invalid,
                            "--alarms and --" + std::string(one) + " do not go together");
    return report(setting, error, exit_usage);
  }
  const auto reach = agent_reach(setting.line, setting.actions, setting.terminal);
  if (!reach) return report(setting, reach.error(), exit_bad_config);
  int code = exit_unknown;
  with_agent(setting.actions, *reach, [&](AgentLink& link) { return drill_and_follow(setting, link, code); });
  return code;
}

}  // namespace outrider::cli
