#include "agent/probes/log/log_probe.hpp"

#include "agent/core/text.hpp"
#include "agent/lines/field.hpp"
#include "agent/lines/json.hpp"
#include "agent/lines/pattern.hpp"
#include "agent/probes/trouble.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::probes::log {
namespace {

using core::Standing;
using telemetry::Severity;

constexpr std::size_t most_shown = 200;

// What a field says; of one that is no text, the value as written.
std::string_view said(std::string_view document, const std::string& field, std::string& buffer) {
  const std::string_view raw = lines::find_field(document, field);
  return raw.starts_with('"') ? lines::string_value(raw, buffer) : raw;
}

telemetry::Ear::Wanted wanted_by(const Settings& settings) {
  std::shared_ptr<const lines::Pattern> pattern;
  if (!settings.match.empty()) pattern = std::make_shared<const lines::Pattern>(settings.match);
  return [pattern, field = settings.field, level = settings.level](std::string_view document) {
    std::string buffer;
    if (level != Severity::unspecified &&
        telemetry::read_severity(said(document, "log.level", buffer)) < level) {
      return false;
    }
    return !pattern || pattern->found_in(said(document, field, buffer));
  };
}

class LogProbe final : public Probe {
 public:
  LogProbe(Settings settings, const Tools& tools) : settings_(std::move(settings)), clock_(tools.clock) {
    if (tools.ears == nullptr) return;
    ear_ = tools.ears->listen(wanted_by(settings_), settings_.within, clock_.now());
  }

  core::Task<core::Answer> ask(core::Duration) override {
    if (!ear_) co_return core::Answer{Standing::unknown, "nothing here overhears a log", {}};
    co_return weigh(ear_->heard(clock_.now()));
  }

  std::string target() const override { return what(); }

 private:
  core::Answer weigh(const telemetry::Ear::Heard& heard) const {
    if (!heard.anything)
      return {Standing::unknown, "no line has come by yet: is it read in `logs.read`?", {}};
    const std::string seen =
        fmt::format("{} {} within {}", heard.wanted, what(), core::show_duration(settings_.within));
    if (settings_.most && heard.wanted > *settings_.most) {
      std::string buffer;
      const std::string_view text = said(heard.last, settings_.field, buffer);
      return {Standing::not_ok,
              fmt::format("{}, wanted {} at most; the last: \"{}\"", seen, *settings_.most,
                          first_line(text.empty() ? heard.last : text, most_shown)),
              {}};
    }
    if (settings_.least && heard.wanted < *settings_.least) {
      const core::Duration listened = clock_.now() - heard.since;
      if (listened < settings_.within) {
        return {Standing::unknown,
                fmt::format("{}, wanted {} at least: listened for {} only", seen, *settings_.least,
                            core::show_age(listened)),
                {}};
      }
      return {Standing::not_ok, fmt::format("{}, wanted {} at least", seen, *settings_.least), {}};
    }
    return {Standing::ok, seen, {}};
  }

  // "lines at level error or worse that match /timeout/"
  std::string what() const {
    std::string text = "lines";
    if (settings_.level != Severity::unspecified)
      text += fmt::format(" at level {} or worse", name_of(settings_.level));
    if (!settings_.match.empty())
      text += fmt::format(" whose {} matches /{}/", settings_.field, settings_.match);
    return text;
  }

  Settings settings_;
  core::Clock& clock_;
  std::shared_ptr<telemetry::Ear> ear_;
};

}  // namespace

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<LogProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::log
