#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/show/show.hpp"
#include "agent/cli/show/status_reader.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;
using core::Errc;
using core::Outcome;
using core::Task;
using namespace std::chrono_literals;

constexpr core::Duration short_limit = 5s;
constexpr core::Duration poll_limit = 40s;  // a little more than the wait that is asked for
constexpr const char* poll_wait = "30s";

// What an Error from the agent means for a script: it said no, or nothing is known.
int code_of(const core::Error& error) {
  const bool said_no =
      error.code == Errc::refused || error.code == Errc::denied || error.code == Errc::invalid;
  return said_no ? exit_critical : exit_unknown;
}

// Where it is, or the exit code with which the command ends.
Outcome<Reach> find_agent(const Setting& setting, int& code) {
  auto reach = agent_reach(setting.line, setting.actions, setting.terminal);
  if (!reach) code = report(setting, reach.error(), exit_bad_config);
  return reach;
}

Task<void> show_once(const Setting& setting, AgentLink& link, int& code) {
  const auto answer = co_await link.get("/api/v1/status", short_limit);
  if (!answer) {
    code = report(setting, answer.error(), exit_unknown);
    co_return;
  }
  const auto status = read_status(*answer);
  if (!status) {
    code = report(setting, status.error(), exit_unknown);
    co_return;
  }
  code = exit_code_of(core::severity_of(*status));
  if (setting.line.json()) {
    setting.terminal.out() << json::serialize(*answer) << "\n" << std::flush;
  } else {
    setting.terminal.out() << show_status(*status, setting.terminal) << std::flush;
  }
}

Task<void> command(const Setting& setting, AgentLink& link, std::string target, int& code) {
  json::object body{{"reason", setting.line.value("reason").value_or("")}};
  if (setting.line.flag("even-without-budget")) body["even_without_budget"] = true;
  const auto answer = co_await link.post(std::move(target), std::move(body), operator_name(setting.terminal));
  if (!answer) {
    code = report(setting, answer.error(), code_of(answer.error()));
    co_return;
  }
  code = exit_ok;
  if (setting.line.json()) {
    setting.terminal.out() << json::serialize(*answer) << "\n" << std::flush;
    co_return;
  }
  const auto* const done = answer->if_contains("done");
  const auto* const sentence = done == nullptr ? nullptr : done->if_string();
  const std::string text = sentence == nullptr ? "done" : std::string(sentence->data(), sentence->size());
  setting.terminal.out() << setting.terminal.paint(Paint::good, "✓ " + text) << "\n" << std::flush;
}

// What one answer of the timeline held.
struct News {
  std::vector<core::Event> events;
  std::string agent_started;
  bool missed = false;
};

News read_news(const json::object& answer) {
  News news;
  if (const auto* const started = answer.if_contains("agent_started");
      started != nullptr && started->is_string()) {
    news.agent_started = std::string(started->get_string());
  }
  if (const auto* const missed = answer.if_contains("missed"); missed != nullptr && missed->is_bool()) {
    news.missed = missed->get_bool();
  }
  const auto* const list = answer.if_contains("events");
  if (list == nullptr || !list->is_array()) return news;
  for (const auto& item : list->get_array()) {
    if (const auto* const object = item.if_object()) news.events.push_back(read_event(*object));
  }
  return news;
}

json::object as_line(const core::Event& event) {
  return {{"sequence", event.sequence},
          {"time", core::show_time(event.wall)},
          {"kind", core::name_of(event.kind)},
          {"subject", core::clean_utf8(event.subject)},
          {"sentence", core::clean_utf8(event.sentence)}};
}

void print_events(const Setting& setting, const std::vector<core::Event>& events, std::size_t most) {
  const std::size_t first = events.size() > most ? events.size() - most : 0;
  for (std::size_t i = first; i < events.size(); ++i) {
    if (setting.line.json()) {
      setting.terminal.out() << json::serialize(as_line(events[i])) << "\n";
    } else {
      setting.terminal.out() << show_event(events[i], setting.terminal);
    }
  }
  setting.terminal.out() << std::flush;
}

void remark(const Setting& setting, const std::string& sentence) {
  setting.terminal.err() << setting.terminal.paint(Paint::faint, "-- " + sentence) << "\n" << std::flush;
}

class Follower {
 public:
  Follower(const Setting& setting, AgentLink& link, std::size_t most)
      : setting_(setting), link_(link), most_(most) {}

  // Until the reader goes away; or, when not following, once.
  Task<void> run(int& code) {
    const bool follow = setting_.line.flag("follow");
    for (bool first = true;; first = false) {
      const std::string wait = first ? "0s" : poll_wait;
      const auto answer =
          co_await link_.get(fmt::format("/api/v1/timeline?after={}&wait={}", last_, wait), poll_limit);
      if (!answer && (first || !follow)) {
        code = report(setting_, answer.error(), exit_unknown);
        co_return;
      }
      if (answer) {
        tell(read_news(*answer), first);
      } else {
        co_await wait_for_agent(answer.error());
      }
      if (!follow || !setting_.terminal.out()) co_return;
    }
  }

 private:
  // An agent that was started anew numbers its events from the beginning: so must we ask.
  bool began_anew(const News& news) {
    const bool anew = !started_.empty() && !news.agent_started.empty() && news.agent_started != started_;
    if (!news.agent_started.empty()) started_ = news.agent_started;
    if (!anew) return false;
    remark(setting_, "the agent was started anew");
    last_ = 0;
    return true;
  }

  void tell(const News& news, bool first) {
    if (began_anew(news)) return;
    if (news.missed) remark(setting_, "some events were forgotten before they could be shown");
    print_events(setting_, news.events, first ? most_ : news.events.size());
    if (!news.events.empty()) last_ = news.events.back().sequence;
  }

  Task<void> wait_for_agent(const core::Error& trouble) {
    remark(setting_, trouble.what + "; asking again every second");
    while (setting_.terminal.out()) {
      co_await setting_.actions.clock->sleep(1s);
      const auto answer = co_await link_.get("/api/v1/timeline?after=0", short_limit);
      if (!answer) continue;
      remark(setting_, "the agent answers again");
      (void)began_anew(read_news(*answer));
      break;
    }
  }

  const Setting& setting_;
  AgentLink& link_;
  std::size_t most_;
  std::uint64_t last_ = 0;
  std::string started_;
};

Task<void> follow(const Setting& setting, AgentLink& link, std::size_t most, int& code) {
  code = exit_ok;
  Follower follower(setting, link, most);
  co_await follower.run(code);
}

}  // namespace

int talk(const Setting& setting, const std::function<Task<void>(AgentLink&, int&)>& say) {
  int code = exit_unknown;
  const auto reach = find_agent(setting, code);
  if (!reach) return code;
  with_agent(setting.actions, *reach, [&](AgentLink& link) { return say(link, code); });
  return code;
}

std::string operator_name(const Terminal& terminal) {
  for (const char* name : {"SUDO_USER", "USER", "LOGNAME"}) {
    if (auto value = terminal.variable(name)) return printable(*value).substr(0, 64);
  }
  return {};
}

int status(const Setting& setting) {
  return talk(setting, [&](AgentLink& link, int& code) { return show_once(setting, link, code); });
}

int command_agent(const Setting& setting, const std::string& target) {
  return talk(setting, [&](AgentLink& link, int& code) { return command(setting, link, target, code); });
}

int restart(const Setting& setting) {
  return talk(setting,
              [&](AgentLink& link, int& code) { return command(setting, link, "/api/v1/restart", code); });
}

int reload(const Setting& setting) {
  return talk(setting,
              [&](AgentLink& link, int& code) { return command(setting, link, "/api/v1/reload", code); });
}

int maintenance(const Setting& setting) {
  if (setting.line.argument == "end") return command_agent(setting, "/api/v1/maintenance/end");
  const std::string length = setting.line.value("for").value_or("");
  if (!core::read_duration(length))
    return report(setting,
                  {Errc::invalid, "cannot tell how long the maintenance is to last", "say it like --for 1h"},
                  exit_usage);
  return command_agent(setting, "/api/v1/maintenance/start?for=" + length);
}

int timeline(const Setting& setting) {
  const auto most = count_of(setting.line, 50);
  if (!most) return report(setting, most.error(), exit_usage);
  return talk(setting, [&](AgentLink& link, int& code) { return follow(setting, link, *most, code); });
}

}  // namespace outrider::cli
