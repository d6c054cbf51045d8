#include "agent/recovery/gate/gate.hpp"

#include "agent/core/text.hpp"
#include "agent/recovery/gate/checks.hpp"

#include <algorithm>
#include <cmath>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::show_age;

constexpr core::Duration longest_override = std::chrono::hours(24 * 7);

int code_of(Severity severity) {
  switch (severity) {
    case Severity::fine: return 0;
    case Severity::warning: return 1;
    case Severity::critical: return 2;
    case Severity::unknown: return 3;
  }
  return 3;
}

std::string_view word_of(Severity severity) {
  switch (severity) {
    case Severity::fine: return "OK";
    case Severity::warning: return "WARNING";
    case Severity::critical: return "CRITICAL";
    case Severity::unknown: return "UNKNOWN";
  }
  return "UNKNOWN";
}

bool asks(const Requirement& wanted) {
  return wanted.level || wanted.age || wanted.rpo || wanted.rto || wanted.budget || wanted.backlog ||
         wanted.point;
}

CheckResult nothing_known(Check check, std::string why) {
  CheckResult result;
  result.check = check;
  result.details.push_back({"gate.snapshot",
                            Severity::unknown,
                            std::move(why),
                            "see whether the agent runs: outrider status",
                            {}});
  conclude(result);
  return result;
}

std::optional<std::string> no_answer(const GateView& view) {
  if (view.snapshot == nullptr) return "there is no snapshot of what is known";
  const core::Duration age = view.now - view.snapshot->taken;
  if (age > view.oldest_snapshot)
    return fmt::format("what is known is {} old, and {} is the most", show_age(age),
                       show_age(view.oldest_snapshot));
  if (age < -view.oldest_snapshot)
    return fmt::format("what is known is from {} ahead: a clock is wrong", show_age(-age));
  return std::nullopt;
}

void run_all(const GateView& view, GateResult& result) {
  const Snapshot& snapshot = *view.snapshot;
  result.taken = snapshot.taken;
  if (view.check == Check::all) {
    for (const Check check :
         {Check::rpo, Check::rto, Check::backup, Check::archive, Check::replication, Check::drill})
      result.checks.push_back(run_check(check, snapshot, view.now));
  } else {
    result.checks.push_back(run_check(view.check, snapshot, view.now));
  }
  if (asks(view.requirement))
    result.checks.push_back(run_requirement(view.requirement, view.check, snapshot, view.now));
  if (view.expect_wal)
    result.checks.push_back(run_what_if(*view.expect_wal, snapshot, result.what_if.emplace()));
}

void weigh_override(const GateView& view, GateResult& result) {
  if (!view.waiver || result.code == 0) return;
  if (const auto refused = refuse_override(*view.waiver, view.now)) {
    result.sentence += "; the override does not count: " + *refused;
    return;
  }
  result.overridden = true;
  result.waiver = *view.waiver;
  result.code = 0;
  result.sentence = fmt::format("allowed by {} until {} ({}), although: {}", view.waiver->name,
                                core::show_time(*view.waiver->expires), view.waiver->reason, result.sentence);
}

std::string one_line(std::string text) {
  for (char& sign : text) {
    if (sign == '|') sign = '/';
    if (static_cast<unsigned char>(sign) < ' ') sign = ' ';
  }
  return text;
}

std::string number(double value) {
  if (!std::isfinite(value)) return "U";
  if (std::abs(value) < 1e15 && value == std::floor(value)) return fmt::format("{:.0f}", value);
  return fmt::format("{:.3f}", value);
}
std::string number(const std::optional<double>& value) { return value ? number(*value) : std::string(); }

std::string perfdata(const Measure& measure) {
  std::string out = measure.label + "=";
  // What is unknown has no unit either: U stands alone.
  out += measure.value ? number(*measure.value) + measure.unit : std::string("U");
  out += fmt::format(";{};{};{};{}", number(measure.warn), number(measure.crit), number(measure.least),
                     number(measure.most));
  while (out.back() == ';') out.pop_back();
  return out;
}

}  // namespace

std::optional<std::string> refuse_override(const Override& waiver, core::WallTime now) {
  if (waiver.name.empty()) return "it names nobody";
  if (waiver.reason.empty()) return "it gives no reason";
  if (!waiver.expires) return "it does not say when it ends";
  if (*waiver.expires <= now) return "it expired " + show_age(now - *waiver.expires) + " ago";
  if (*waiver.expires > now + longest_override) return "it would last longer than a week";
  return std::nullopt;
}

GateResult pass_gate(const GateView& view) {
  GateResult result;
  result.asked = view.check;
  if (const auto why = no_answer(view)) {
    if (view.snapshot != nullptr) result.taken = view.snapshot->taken;
    result.checks.push_back(nothing_known(view.check, *why));
  } else {
    run_all(view, result);
  }
  const CheckResult* worst = &result.checks.front();
  for (const CheckResult& check : result.checks) {
    if (check.severity > worst->severity) worst = &check;
  }
  result.severity = worst->severity;
  result.sentence = worst->sentence;
  result.code = code_of(result.severity);
  weigh_override(view, result);
  return result;
}

std::string GateResult::nagios() const {
  std::string out = fmt::format("RECOVERY {} {} - {}", name_of(asked), overridden ? "OK" : word_of(severity),
                                one_line(sentence));
  std::string data;
  for (const CheckResult& check : checks) {
    for (const Measure& measure : check.measures) data += " " + perfdata(measure);
  }
  return data.empty() ? out : out + " |" + data;
}

std::string GateResult::text() const {
  std::string out = fmt::format("{}: {}\n", overridden ? "allowed" : word_of(severity), sentence);
  for (const CheckResult& check : checks) {
    for (const Judgement& detail : check.details) {
      out +=
          fmt::format("  {:<8} {:<11} {}\n", word_of(detail.severity), name_of(check.check), detail.sentence);
      if (!detail.hint.empty() && detail.severity != Severity::fine)
        out += fmt::format("  {:<8} {:<11} HINT: {}\n", "", "", detail.hint);
    }
  }
  return out;
}

boost::json::object GateResult::json() const {
  boost::json::array list;
  for (const CheckResult& check : checks) {
    boost::json::array details;
    for (const Judgement& detail : check.details) details.emplace_back(to_json(detail));
    boost::json::object measures;
    for (const Measure& measure : check.measures)
      measures[measure.label] =
          measure.value ? boost::json::value(*measure.value) : boost::json::value(nullptr);
    list.push_back(boost::json::object{{"check", name_of(check.check)},
                                       {"severity", core::name_of(check.severity)},
                                       {"sentence", core::clean_utf8(check.sentence)},
                                       {"details", std::move(details)},
                                       {"measures", std::move(measures)}});
  }
  boost::json::object out{{"allowed", code == 0 || code == 1},   {"code", code},
                          {"severity", core::name_of(severity)}, {"sentence", core::clean_utf8(sentence)},
                          {"taken", core::show_time(taken)},     {"checks", std::move(list)}};
  out["override"] = nullptr;
  if (overridden)
    out["override"] = boost::json::object{{"name", core::clean_utf8(waiver.name)},
                                          {"reason", core::clean_utf8(waiver.reason)},
                                          {"expires", core::show_time(*waiver.expires)}};
  out["what_if"] = what_if ? boost::json::value(to_json(*what_if)) : boost::json::value(nullptr);
  return out;
}

}  // namespace outrider::recovery
