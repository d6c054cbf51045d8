#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/core/text.hpp"
#include "agent/transforms/steps/kinds.hpp"
#include "agent/transforms/steps/thin/buckets.hpp"
#include "agent/transforms/steps/thin/windows.hpp"
#include "agent/transforms/steps/when/field_name.hpp"
#include "agent/transforms/steps/when/field_text.hpp"
#include "agent/transforms/steps/when/when.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::transforms::steps {

namespace {

constexpr std::uint32_t most_records = 1'000'000;
constexpr core::Duration soon = std::chrono::seconds(10);  // lines wait that long for the rest of themselves

struct Rate {
  std::uint32_t records = 0;
  core::Duration per{};
};

struct Settings {
  Rate rate;
  std::vector<std::string> by;
  Levels below = below_warn;
};

// "100 per 1s"
std::optional<Rate> read_rate(std::string_view text) {
  constexpr std::string_view between = " per ";
  const std::size_t split = text.find(between);
  if (split == std::string_view::npos) return std::nullopt;
  Rate rate;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + split, rate.records);
  const auto per = core::read_duration(text.substr(split + between.size()));
  if (problem != std::errc{} || end != text.data() + split || !per) return std::nullopt;
  if (rate.records < 1 || rate.records > most_records) return std::nullopt;
  if (*per < std::chrono::seconds(1) || *per > std::chrono::hours(24)) return std::nullopt;
  rate.per = *per;
  return rate;
}

config::Kind<Rate> rate_kind() {
  const std::function<std::optional<std::string>(const std::string&)> judge =
      [](const std::string& text) -> std::optional<std::string> {
    if (read_rate(text)) return std::nullopt;
    return "must be such as \"100 per 1s\": 1 to 1000000 per 1s to 24h";
  };
  const std::function<Rate(std::string)> read = [](const std::string& text) { return *read_rate(text); };
  return config::text_matching(1, 64).check(judge).as<Rate>(read);
}

class RateLimitStep final : public Step {
 public:
  explicit RateLimitStep(Settings settings)
      : settings_(std::move(settings)),
        buckets_(settings_.rate.records, settings_.rate.per),
        windows_(settings_.rate.records, settings_.rate.per) {}

  Onward edit(Event& event) override {
    // Redact looks across the seams of a cut line, so it must see each piece.
    if (telemetry::is_piece(event.record) || match_level(event, settings_.below) != Match::yes)
      return Onward::yes;
    make_key(event);
    const bool late = is_late(event);
    if (late ? windows_.take(key_, event.record.time) : buckets_.take(key_, event.now)) return Onward::yes;
    if (event.notes != nullptr)
      event.note("rate_limit",
                 std::string("left out: there were too many like it ") + (late ? "then" : "just now"));
    return Onward::rate_limited;
  }

 private:
  // What is caught up with comes by faster than it was written.
  bool is_late(const Event& event) const {
    if (event.wall == core::WallTime()) return false;
    return event.wall - event.record.time > std::max(settings_.rate.per, soon);
  }

  void make_key(const Event& event) {
    key_.clear();
    for (const std::string& name : settings_.by) {
      const auto text = text_of_field(event, name, buffer_);
      // What is not said is not the same as what is said to be empty.
      if (text) key_.append("=").append(text->substr(0, 256));
      key_ += '\0';
    }
  }

  Settings settings_;
  Buckets buckets_;
  Windows windows_;
  std::string key_;
  std::string buffer_;
};

}  // namespace

config::Kind<StepMaker> rate_limit_kind() {
  const std::function<StepMaker(Settings)> out = [](const Settings& settings) -> StepMaker {
    return [settings](const Tools&) { return std::make_unique<RateLimitStep>(settings); };
  };
  const config::Kind<Settings> kind =
      config::Object<Settings>()
          .required("records", &Settings::rate, rate_kind(), "how many go on: 100 per 1s")
          .optional("by", &Settings::by, config::list_of(field_name_kind(), 1, 16),
                    "so many for each value of these fields; else for all of a source together")
          .optional("below", &Settings::below, below_kind(),
                    "only records of a lower level are left out; all: any, also those without a level");
  return kind.as<StepMaker>(out);
}

}  // namespace outrider::transforms::steps
