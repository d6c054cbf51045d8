#include "agent/alert/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::alert {
namespace {

using config::Complaint;
using namespace std::chrono_literals;

// `slack: {…}` or `slack: [{…}, {…}]`.
config::Kind<std::vector<notifiers::Plan>> one_or_more(const config::Kind<notifiers::Plan>& kind) {
  const std::function<std::vector<notifiers::Plan>(notifiers::Plan)> alone = [](notifiers::Plan plan) {
    return std::vector<notifiers::Plan>{std::move(plan)};
  };
  return config::list_or(config::list_of(kind, 1, 20), kind.as<std::vector<notifiers::Plan>>(alone));
}

config::Kind<Waits> waits_kind() {
  const auto length = config::duration(0s, 24h);
  return config::Object<Waits>()
      .optional("critical", &Waits::critical, length, "of what is critical")
      .optional("warning", &Waits::warning, length, "of warnings")
      .optional("unknown", &Waits::unknown, length, "of what cannot be told");
}

config::Kind<Places> places_kind() {
  const auto url = config::url({"http", "https"});
  return config::Object<Places>()
      .optional("status", &Places::status, url, "outrider's own page, as people reach it")
      .optional("runbooks", &Places::runbooks, url,
                "the folder of runbooks; the page's name is put behind it")
      .optional("dashboard", &Places::dashboard, url, "may have {service}, {instance} and {name} in it")
      .optional("traces", &Places::traces, url, "the same, for traces")
      .optional("logs", &Places::logs, url, "the same, for logs");
}

config::Kind<Escalation> escalation_kind() {
  return config::Object<Escalation>()
      .optional("after", &Escalation::after, config::duration(1s, 24h), "how long nobody has acknowledged it")
      .required("to", &Escalation::to, config::list_of(config::text_matching(1, 64), 1, 20),
                "names of notifiers that are told then, and of nothing else");
}

config::Kind<Heartbeat> heartbeat_kind() {
  return config::Object<Heartbeat>()
      .optional("every", &Heartbeat::every, config::duration(1s, 1h), "how often")
      .required("to", &Heartbeat::to, config::list_of(config::text_matching(1, 64), 1, 20),
                "names of notifiers (webhook, alertmanager); a webhook may be there for nothing else: "
                "`only_heartbeats`");
}

const notifiers::Plan* named(const Settings& settings, const std::string& name) {
  const auto found = std::ranges::find(settings.notifiers, name, &notifiers::Plan::name);
  return found == settings.notifiers.end() ? nullptr : &*found;
}

std::optional<Complaint> nobody(const Settings& settings) {
  if (!settings.notifiers.empty()) return std::nullopt;
  return Complaint{"", "`notify` names nobody who is told: give it a notifier, such as slack or webhook"};
}

std::optional<Complaint> same_name(const Settings& settings) {
  for (std::size_t i = 0; i < settings.notifiers.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::string& name = settings.notifiers[i].name;
      if (name != settings.notifiers[j].name) continue;
      return Complaint{
          settings.notifiers[i].kind,
          fmt::format("two notifiers are called {}: give one of them a `name` of its own", name)};
    }
  }
  return std::nullopt;
}

std::optional<Complaint> silent_heart(const Settings& settings) {
  for (const notifiers::Plan& plan : settings.notifiers) {
    if (!plan.only_heartbeats) continue;
    if (settings.heartbeat && std::ranges::count(settings.heartbeat->to, plan.name) > 0) continue;
    return Complaint{plan.kind,
                     fmt::format("{} has `only_heartbeats` and is not in `heartbeat.to`: it would never "
                                 "be told of anything",
                                 plan.name)};
  }
  return std::nullopt;
}

std::optional<Complaint> unknown_recipient(const Settings& settings) {
  if (settings.escalate) {
    for (const std::string& name : settings.escalate->to) {
      if (named(settings, name) == nullptr)
        return Complaint{"escalate.to", fmt::format("no notifier is called {}", name)};
    }
  }
  if (!settings.heartbeat) return std::nullopt;
  for (const std::string& name : settings.heartbeat->to) {
    const notifiers::Plan* const plan = named(settings, name);
    if (plan == nullptr) return Complaint{"heartbeat.to", fmt::format("no notifier is called {}", name)};
    if (!plan->takes_heartbeats)
      return Complaint{"heartbeat.to", fmt::format("{} ({}) is for people: nobody reads a message a minute",
                                                   name, plan->kind)};
  }
  return std::nullopt;
}

}  // namespace

config::Kind<Settings> settings_kind(const notifiers::Shelf& shelf) {
  std::vector<config::Alternative<std::vector<notifiers::Plan>>> entries;
  for (const notifiers::Entry& entry : shelf.entries())
    entries.push_back({std::string(entry.name), one_or_more(entry.kind), std::string(entry.help)});
  return config::Object<Settings>()
      .any_of(&Settings::notifiers, std::move(entries))
      .optional("wait", &Settings::wait, waits_kind(),
                "how long something must be there before anybody is told")
      .optional("resolve_after", &Settings::resolve_after, config::duration(0s, 24h),
                "how long it must be gone before that is told")
      .optional("repeat_every", &Settings::repeat_every, config::duration(1min, 240h),
                "how often one is told again of what goes on and nobody has acknowledged")
      .optional("acknowledged_for", &Settings::acknowledged_for, config::duration(1min, 240h),
                "how long an acknowledgement keeps it quiet")
      .optional("give_up_after", &Settings::give_up_after, config::duration(1min, 240h),
                "how long a message is tried to be delivered")
      .optional("escalate", &Settings::escalate, escalation_kind(), "who is told when nobody acknowledges")
      .optional("heartbeat", &Settings::heartbeat, heartbeat_kind(),
                "a message that says we are alive, for whoever calls when it stops")
      .optional("links", &Settings::links, places_kind(), "where the links in messages lead")
      .rule(nobody)
      .rule(same_name)
      .rule(unknown_recipient)
      .rule(silent_heart);
}

}  // namespace outrider::alert
