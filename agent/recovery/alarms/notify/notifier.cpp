#include "agent/recovery/alarms/notify/notifier.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using core::Errc;
using core::Task;

constexpr core::Duration between_looks = 1s;
constexpr core::Duration answer_limit = 5s;
// A counter of tries is raised a moment before that of the failed ones.
constexpr int surely_sent = 2;

json::value parsed(std::string_view text) {
  boost::system::error_code trouble;
  json::value value = json::parse(json::string_view(text.data(), text.size()), trouble);
  return trouble ? json::value() : value;
}

const json::value* member(const json::value* value, std::string_view key) {
  const auto* const object = value == nullptr ? nullptr : value->if_object();
  return object == nullptr ? nullptr : object->if_contains(json::string_view(key.data(), key.size()));
}

std::string text_of(const json::value* value) {
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

bool is_ours(const json::value& alert, const std::string& drill) {
  const auto* const labels = member(&alert, "labels");
  return text_of(member(labels, "alertname")) == rule_of(Alarm::notifier).alert &&
         text_of(member(labels, "drill")) == drill;
}

// Of `alertmanager_x_total{integration="webhook"} 3`, added up over what else tells them apart.
void add_tries(std::string_view line, std::string_view name, double Tries::* part, TriesByKind& tries) {
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != '{') return;
  constexpr std::string_view label = "integration=\"";
  const auto begin = line.find(label);
  const auto space = line.rfind(' ');
  if (begin == std::string_view::npos || space == std::string_view::npos) return;
  const std::string_view rest = line.substr(begin + label.size());
  const auto value = core::read_number<double>(line.substr(space + 1));
  if (value) tries[std::string(rest.substr(0, rest.find('"')))].*part += *value;
}

std::string under(std::string base, std::string_view path) {
  while (base.ends_with('/')) base.pop_back();
  return base + std::string(path);
}

Tries since(const NotifierView& view) {
  Tries sum;
  for (const auto& [kind, now] : view.now) {
    const auto before = view.before.find(kind);
    const Tries from = before == view.before.end() ? Tries{} : before->second;
    sum.all += now.all - from.all;
    sum.failed += now.failed - from.failed;
  }
  return sum;
}

std::string kinds_of(const NotifierView& view) {
  std::vector<std::string> kinds;
  for (const auto& [kind, now] : view.now) {
    const auto before = view.before.find(kind);
    if (now.all > (before == view.before.end() ? 0 : before->second.all)) kinds.push_back(kind);
  }
  return fmt::format("{}", fmt::join(kinds, ", "));
}

AlarmFinding say(Finding finding, std::string sentence) {
  return {Alarm::notifier, finding, "an alert that says that it is a drill", std::move(sentence), {}};
}

bool goes_to(const NotifierView& view) {
  return view.receiver.empty() ||
         std::find(view.receivers.begin(), view.receivers.end(), view.receiver) != view.receivers.end();
}

// It was waited for long enough: the first thing on its way that did not happen.
AlarmFinding judge_late(const NotifierView& view, const std::string& within) {
  const std::string alert(rule_of(Alarm::notifier).alert);
  if (!view.fires && !view.prometheus_trouble.empty())
    return say(Finding::could_not_verify, "Prometheus cannot be asked: " + view.prometheus_trouble);
  if (!view.fires)
    return say(Finding::disproved, fmt::format("{} did not fire in Prometheus within {}: are the rules "
                                               "loaded, and is this agent scraped?",
                                               alert, within));
  if (!view.alertmanager_trouble.empty())
    return say(Finding::could_not_verify, "Alertmanager cannot be asked: " + view.alertmanager_trouble);
  if (!view.arrived)
    return say(Finding::disproved,
               fmt::format("{} fires, and did not arrive at Alertmanager within {}: see `alerting` in the "
                           "configuration of Prometheus",
                           alert, within));
  const std::string receivers = fmt::format("{}", fmt::join(view.receivers, ", "));
  if (!goes_to(view))
    return say(Finding::disproved, fmt::format("{} arrived at Alertmanager and goes to {}, not to {}", alert,
                                               receivers, view.receiver));
  if (view.suppressed)
    return say(
        Finding::disproved,
        fmt::format("{} arrived at Alertmanager, and a silence or an inhibition holds it back", alert));
  const Tries tries = since(view);
  if (tries.failed > 0)
    return say(Finding::disproved,
               fmt::format("{:.0f} of {:.0f} tries to notify {} by {} failed within {}; Alertmanager's log "
                           "says why",
                           tries.failed, tries.all, receivers, kinds_of(view), within));
  return say(Finding::disproved,
             fmt::format("{} arrived at Alertmanager for {}, and no notification went out within {}: a "
                         "receiver without integrations, or group_wait and group_interval are longer",
                         alert, receivers, within));
}

}  // namespace

core::Outcome<bool> read_fires(std::string_view text, const std::string& drill) {
  const json::value value = parsed(text);
  const auto* const alerts = member(member(&value, "data"), "alerts");
  if (alerts == nullptr || !alerts->is_array())
    return core::fail(Errc::corrupt, "its answer to /api/v1/alerts is not that of a Prometheus");
  for (const json::value& alert : alerts->get_array()) {
    if (is_ours(alert, drill) && text_of(member(&alert, "state")) == "firing") return true;
  }
  return false;
}

core::Outcome<> read_arrived(std::string_view text, NotifierView& view) {
  const json::value value = parsed(text);
  if (!value.is_array())
    return core::fail(Errc::corrupt, "its answer to /api/v2/alerts is not that of an Alertmanager");
  for (const json::value& alert : value.get_array()) {
    if (!is_ours(alert, view.drill)) continue;
    view.arrived = true;
    view.suppressed = text_of(member(member(&alert, "status"), "state")) == "suppressed";
    view.receivers.clear();
    const auto* const receivers = member(&alert, "receivers");
    if (receivers == nullptr || !receivers->is_array()) continue;
    for (const json::value& one : receivers->get_array())
      view.receivers.push_back(text_of(member(&one, "name")));
  }
  return {};
}

core::Outcome<TriesByKind> read_tries(std::string_view metrics) {
  constexpr std::string_view all = "alertmanager_notification_requests_total";
  if (metrics.find(all) == std::string_view::npos)
    return core::fail(Errc::unsupported, "its /metrics do not count the tries to notify",
                      "Alertmanager 0.22 or later does");
  TriesByKind tries;
  while (!metrics.empty()) {
    const std::string_view line = core::take_line(metrics);
    add_tries(line, all, &Tries::all, tries);
    add_tries(line, "alertmanager_notification_requests_failed_total", &Tries::failed, tries);
  }
  return tries;
}

std::optional<AlarmFinding> judge_notifier(const NotifierView& view, bool over, core::Duration waited) {
  const std::string within = core::show_age(waited);
  if (view.fires && view.arrived && goes_to(view) && view.seen_sent >= surely_sent)
    return say(Finding::proven,
               fmt::format("it fired in Prometheus, arrived at Alertmanager for {} and went out by {}, all "
                           "within {}",
                           fmt::join(view.receivers, ", "), kinds_of(view), within));
  if (!over) return std::nullopt;
  return judge_late(view, within);
}

NotifierQuestion::NotifierQuestion(NotifierTools tools, AlarmSettings settings, std::string drill)
    : tools_(std::move(tools)), settings_(std::move(settings)) {
  view_.drill = std::move(drill);
  view_.receiver = settings_.receiver;
}

Task<core::Outcome<std::string>> NotifierQuestion::get(std::string url) {
  net::Request request;
  request.url = std::move(url);
  auto answer = co_await tools_.client->ask(std::move(request), answer_limit);
  if (!answer) co_return core::fail(answer.error());
  if (answer->status != 200)
    co_return core::fail(Errc::unavailable, fmt::format("it answers HTTP {}", answer->status));
  co_return std::move(answer->body);
}

Task<core::Outcome<TriesByKind>> NotifierQuestion::count_tries() {
  std::string url = under(settings_.alertmanager, "/metrics");
  const auto metrics = co_await get(std::move(url));
  if (!metrics) co_return core::fail(metrics.error());
  co_return read_tries(*metrics);
}

Task<void> NotifierQuestion::begin() {
  began_ = tools_.clock.now();
  if (!settings_.asks()) {
    cannot_count_ =
        "it is not configured whom to ask: set recovery.alarms.prometheus and "
        "recovery.alarms.alertmanager, or leave it out with --without-notifier";
    co_return;
  }
  if (tools_.client == nullptr) {
    cannot_count_ = "there is no network here";
    co_return;
  }
  const auto tries = co_await count_tries();
  if (tries)
    view_.before = *tries;
  else
    cannot_count_ = "Alertmanager cannot be asked: " + tries.error().what;
  began_ = tools_.clock.now();
}

Task<void> NotifierQuestion::look() {
  std::string url = under(settings_.prometheus, "/api/v1/alerts");
  const auto alerts = co_await get(std::move(url));
  const auto fires =
      alerts ? read_fires(*alerts, view_.drill) : core::Outcome<bool>(core::fail(alerts.error()));
  view_.prometheus_trouble = fires ? std::string() : fires.error().what;
  view_.fires = view_.fires || fires.value_or(false);
  url = under(settings_.alertmanager, "/api/v2/alerts?filter=alertname%3D%22OutriderAlarmDrill%22");
  const auto arrived = co_await get(std::move(url));
  const auto read = arrived ? read_arrived(*arrived, view_) : core::Outcome<>(core::fail(arrived.error()));
  const auto tries = co_await count_tries();
  view_.alertmanager_trouble = !read ? read.error().what : !tries ? tries.error().what : std::string();
  if (tries) view_.now = *tries;
  const Tries sent = since(view_);
  view_.seen_sent = tries && view_.arrived && sent.all > 0 && sent.failed == 0 ? view_.seen_sent + 1 : 0;
}

Task<AlarmFinding> NotifierQuestion::ask() {
  if (!cannot_count_.empty()) co_return could_not_hear(Alarm::notifier, cannot_count_);
  std::string told;
  for (int looks = 1;; ++looks) {
    co_await look();
    const core::Duration waited = tools_.clock.now() - began_;
    // The others may have been drilled for longer than this may take: it is looked at all the same.
    const bool over = waited >= settings_.wait && looks > surely_sent;
    if (auto finding = judge_notifier(view_, over, waited)) co_return *finding;
    const std::string step = !view_.fires     ? "waiting until Prometheus fires the drill's alert"
                             : !view_.arrived ? "waiting until it arrives at Alertmanager"
                                              : "waiting until a notification has gone out";
    if (step != told) tools_.tell(step);
    told = step;
    co_await tools_.clock.sleep(between_looks);
  }
}

}  // namespace outrider::recovery
