#include "agent/health/calendar/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::health {

using namespace std::chrono_literals;

namespace {

using Days = std::array<bool, 7>;
using MaybeText = std::optional<std::string>;

struct DayWord {
  const char* word;
  Days days;
};

const std::vector<DayWord> day_words{
    {"day", {true, true, true, true, true, true, true}},
    {"weekday", {true, true, true, true, true, false, false}},
    {"weekend", {false, false, false, false, false, true, true}},
    {"monday", {true, false, false, false, false, false, false}},
    {"tuesday", {false, true, false, false, false, false, false}},
    {"wednesday", {false, false, true, false, false, false, false}},
    {"thursday", {false, false, false, true, false, false, false}},
    {"friday", {false, false, false, false, true, false, false}},
    {"saturday", {false, false, false, false, false, true, false}},
    {"sunday", {false, false, false, false, false, false, true}},
};

config::Kind<Days> days_kind() {
  std::vector<std::pair<std::string, Days>> choices;
  for (const DayWord& one : day_words) choices.emplace_back(one.word, one.days);
  const auto one = config::choice<Days>(choices);
  const std::function<Days(std::vector<Days>)> together = [](const std::vector<Days>& all) {
    Days days{};
    for (const Days& some : all)
      for (std::size_t i = 0; i < days.size(); ++i) days[i] = days[i] || some[i];
    return days;
  };
  return config::either(one, config::list_of(one, 1, 7).as<Days>(together));
}

std::optional<core::Duration> read_time_of_day(std::string_view text) {
  const auto moment = text.size() == 5 ? read_local("1970-01-01 " + std::string(text)) : std::nullopt;
  return moment;
}

config::Kind<core::Duration> time_of_day() {
  const std::function<MaybeText(const std::string&)> judge = [](const std::string& text) -> MaybeText {
    if (read_time_of_day(text)) return std::nullopt;
    return "must be a time of day like \"03:30\"";
  };
  const std::function<core::Duration(std::string)> turn = [](const std::string& text) {
    return read_time_of_day(text).value_or(core::Duration::zero());
  };
  return config::text().check(judge).as<core::Duration>(turn);
}

config::Kind<LocalTime> local_time() {
  const std::function<MaybeText(const std::string&)> judge = [](const std::string& text) -> MaybeText {
    if (read_local(text)) return std::nullopt;
    return "must be a local time like \"2026-06-12 08:00\", or a day like \"2026-06-12\"";
  };
  const std::function<LocalTime(std::string)> turn = [](const std::string& text) {
    return read_local(text).value_or(LocalTime::zero());
  };
  return config::text().check(judge).as<LocalTime>(turn);
}

}  // namespace

std::optional<LocalTime> read_local(std::string_view text) {
  std::string whole(text);
  if (whole.size() == 10) whole += " 00:00";
  if (whole.size() != 16 || (whole[10] != ' ' && whole[10] != 'T')) return std::nullopt;
  whole[10] = 'T';
  const auto time = core::read_time(whole + ":00Z");
  if (!time) return std::nullopt;
  return time->time_since_epoch();
}

config::Kind<std::vector<MaintenanceWindow>> maintenance_kind() {
  const auto window =
      config::Object<MaintenanceWindow>()
          .required("every", &MaintenanceWindow::days, days_kind(),
                    "day, weekday, weekend, or one or several of monday … sunday")
          .required("at", &MaintenanceWindow::at, time_of_day(), "when it begins, like \"03:30\"")
          .required("for", &MaintenanceWindow::length, config::duration(1min, 24h * 7), "how long it lasts")
          .optional("reason", &MaintenanceWindow::reason, config::text_matching(1, 200), "why, for people")
          .kind();
  return config::list_of(window, 0, 50);
}

config::Kind<std::vector<Occasion>> occasions_kind() {
  const auto severity = config::choice<bool>({{"raised", true}});
  const auto occasion =
      config::Object<Occasion>()
          .required("name", &Occasion::name, config::text_matching(1, 200), "what it is, for people")
          .required("from", &Occasion::from, local_time(), "when it begins, by the clocks of `time_zone`")
          .required("to", &Occasion::to, local_time(),
                    "when it ends; a day alone means its first moment, so the next day ends it")
          .optional("freeze", &Occasion::freeze, config::yes_or_no(),
                    "nobody who lives is restarted by itself; who died is started again all the same")
          .optional("severity", &Occasion::raised, severity, "raised: what would be a warning is critical")
          .rule([](const Occasion& one) -> std::optional<config::Complaint> {
            if (one.from < one.to) return std::nullopt;
            return config::Complaint{"to", "`to` must be later than `from`"};
          })
          .rule([](const Occasion& one) -> std::optional<config::Complaint> {
            if (one.freeze || one.raised) return std::nullopt;
            return config::Complaint{"name", "it changes nothing: give `freeze: true` or `severity: raised`"};
          })
          .kind();
  return config::list_of(occasion, 0, 200);
}

config::Kind<std::string> zone_kind() {
  const std::function<MaybeText(const std::string&)> judge = [](const std::string& text) -> MaybeText {
    const bool plain = std::all_of(text.begin(), text.end(), [](char byte) {
      return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
             byte == '/' || byte == '_' || byte == '-' || byte == '+';
    });
    if (plain && !text.empty() && text.front() != '/') return std::nullopt;
    return "must be the name of a time zone, like Europe/Berlin";
  };
  return config::text_matching(1, 64).check(judge);
}

std::string zone_path(const std::string& zone) { return "/usr/share/zoneinfo/" + zone; }

}  // namespace outrider::health
