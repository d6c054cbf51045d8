#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/transforms/steps/kinds.hpp"
#include "agent/transforms/steps/thin/hash.hpp"
#include "agent/transforms/steps/when/field_name.hpp"
#include "agent/transforms/steps/when/field_text.hpp"
#include "agent/transforms/steps/when/when.hpp"

#include <cmath>
#include <memory>
#include <string>
#include <utility>

namespace outrider::transforms::steps {

namespace {

struct Settings {
  double share = 1;
  Levels below = below_warn;
  std::string by;  // empty: where the record was read
};

class SampleStep final : public Step {
 public:
  explicit SampleStep(Settings settings)
      : settings_(std::move(settings)),
        goes_on_below_(static_cast<std::uint64_t>(std::ldexp(settings_.share, 64))) {}

  Onward edit(Event& event) override {
    // Redact looks across the seams of a cut line, so it must see each piece.
    if (telemetry::is_piece(event.record) || match_level(event, settings_.below) != Match::yes)
      return Onward::yes;
    if (hash(event) < goes_on_below_) return Onward::yes;
    if (event.notes != nullptr) event.note("sample", "left out: it is not in the share that goes on");
    return Onward::sampled;
  }

 private:
  std::uint64_t hash(const Event& event) {
    if (!settings_.by.empty()) {
      if (const auto text = text_of_field(event, settings_.by, buffer_)) return hash_of(*text);
    }
    return hash_of(event.record.origin);
  }

  Settings settings_;
  std::uint64_t goes_on_below_;
  std::string buffer_;
};

}  // namespace

config::Kind<StepMaker> sample_kind() {
  const std::function<StepMaker(Settings)> out = [](const Settings& settings) -> StepMaker {
    return [settings](const Tools&) { return std::make_unique<SampleStep>(settings); };
  };
  const config::Kind<Settings> kind =
      config::Object<Settings>()
          .required("share", &Settings::share, config::number(0, 0.999999),
                    "how many of them go on: 0.1 is a tenth")
          .optional("below", &Settings::below, below_kind(),
                    "only records of a lower level are left out; all: any, also those without a level")
          .optional("by", &Settings::by, field_name_kind(),
                    "records that say the same there go on together, or not at all: trace.id");
  return kind.as<StepMaker>(out);
}

}  // namespace outrider::transforms::steps
