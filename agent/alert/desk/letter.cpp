#include "agent/alert/desk/letter.hpp"

#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"
#include "agent/core/words/percent.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::alert {
namespace {

using notifiers::Message;
using notifiers::Stage;

std::string url_escaped(std::string_view text) { return core::percent_encoded(text, "-_.~"); }

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

std::string filled(std::string place, const Sender& sender, const std::string& name) {
  replace_all(place, "{service}", url_escaped(sender.resource.service));
  replace_all(place, "{instance}", url_escaped(sender.resource.instance));
  replace_all(place, "{name}", url_escaped(name));
  return place;
}

std::string below(std::string_view place, std::string_view page) {
  return fmt::format("{}{}{}", place, place.ends_with('/') ? "" : "/", page);
}

std::vector<notifiers::Link> links_of(const Sender& sender, const std::string& name,
                                      const std::string& runbook, const std::string& incident) {
  const Places& places = sender.places;
  std::vector<notifiers::Link> links;
  if (!places.runbooks.empty() && !runbook.empty()) {
    links.push_back({"Runbook", below(places.runbooks, url_escaped(runbook))});
  }
  if (!places.status.empty() && !incident.empty()) {
    const std::string page = filled(places.status, sender, name);
    links.push_back({"Incident", below(page, "incidents/" + url_escaped(incident))});
  }
  const auto add = [&](const char* title, const std::string& place) {
    if (!place.empty()) links.push_back({title, filled(place, sender, name)});
  };
  add("Status", places.status);
  add("Dashboard", places.dashboard);
  add("Traces", places.traces);
  add("Logs", places.logs);
  return links;
}

// Every alert has all of them: a label that is missing on both sides counts as equal where alerts inhibit
// others.
notifiers::Labels labels_of(const Sender& sender, const std::string& name, core::Severity severity,
                            const std::string& component, const std::string& subject) {
  const core::Resource& of = sender.resource;
  return {{"alertname", name},
          {"severity", std::string(core::name_of(severity))},
          {"component", component},
          {"subject", subject},
          {"service", of.service},
          {"namespace", of.namespace_},
          {"environment", of.environment},
          {"instance", of.instance},
          {"host", of.host}};
}

}  // namespace

Message letter(const Sender& sender, const Alert& alert, Stage stage, std::string note, core::WallTime now) {
  const Condition& what = alert.condition;
  Message message;
  message.id = fmt::format("{}.{}", alert.id, alert.messages);
  message.alert = alert.id;
  message.stage = stage;
  message.name = what.name;
  message.severity = what.severity;
  message.subject = what.subject;
  message.sentence = what.sentence;
  message.why = what.why;
  message.done = alert.done;
  message.explains = alert.explains;
  message.next = what.next;
  message.note = std::move(note);
  message.labels = labels_of(sender, what.name, what.severity, what.component, what.subject);
  message.links = links_of(sender, what.name, what.runbook, what.incident);
  message.began = alert.began;
  message.at = now;
  return message;
}

Message test_letter(const Sender& sender, std::string_view who, core::WallTime now) {
  Message message;
  message.id = message.alert = "OutriderTest/" + sender.resource.instance + "@" + core::show_time(now);
  message.stage = Stage::test;
  message.name = "OutriderTest";
  message.severity = core::Severity::warning;
  message.subject = sender.resource.service;
  message.sentence =
      fmt::format("{} asked outrider beside {} whether messages arrive here", who, sender.resource.service);
  message.next = "nothing is wrong: no one has to do anything";
  message.labels = labels_of(sender, message.name, message.severity, "agent", message.subject);
  message.links = links_of(sender, message.name, "", "");
  message.began = message.at = now;
  return message;
}

Message heartbeat_letter(const Sender& sender, core::Duration every, core::WallTime now) {
  Message message;
  message.alert = "Watchdog/" + sender.resource.service;
  message.id = message.alert + "@" + core::show_time(now);
  message.stage = Stage::heartbeat;
  message.name = "Watchdog";
  message.severity = core::Severity::fine;
  message.subject = sender.resource.service;
  message.sentence = fmt::format("outrider beside {} turns; this comes every {}", sender.resource.service,
                                 core::show_duration(every));
  message.labels = labels_of(sender, message.name, message.severity, "agent", message.subject);
  for (auto& [name, value] : message.labels) {
    if (name == "severity") value = "none";
  }
  message.began = message.at = now;
  return message;
}

// A finding of recovery says how long ago and how much, and so something else each second.
std::string words_of(const Alert& alert) {
  const Condition& what = alert.condition;
  const std::string_view doubt = alert.presence == Presence::unclear ? "?" : "";
  const std::string& said = what.component == "recovery" ? what.key : what.sentence;
  return fmt::format("{}\n{}{}\n{}\n{}\n{}\n{}", core::name_of(what.severity), said, doubt, what.incident,
                     alert.explained_by, alert.explains.size(), fmt::join(alert.done, "\n"));
}

}  // namespace outrider::alert
