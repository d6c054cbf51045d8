#include "agent/transforms/steps/kinds.hpp"
#include "agent/transforms/steps/when/when.hpp"

#include <memory>
#include <utility>

namespace outrider::transforms::steps {

namespace {

class KeepStep final : public Step {
 public:
  explicit KeepStep(When when) : when_(std::move(when)) {}

  Onward edit(Event& event) override {
    // Redact looks across the seams of a cut line, so it must see each piece.
    if (telemetry::is_piece(event.record)) return Onward::yes;
    switch (when_.match(event)) {
      case Match::yes: return Onward::yes;
      case Match::unknown:
        if (event.notes != nullptr) event.note("keep", "kept: it is not known whether it is what is wanted");
        return Onward::yes;
      case Match::no: break;
    }
    if (event.notes != nullptr) event.note("keep", "left out: it is not what is wanted");
    return Onward::filtered;
  }

 private:
  When when_;
};

}  // namespace

config::Kind<StepMaker> keep_kind() {
  const std::function<StepMaker(When)> out = [](const When& when) -> StepMaker {
    return [when](const Tools&) { return std::make_unique<KeepStep>(when); };
  };
  return when_kind().as<StepMaker>(out);
}

}  // namespace outrider::transforms::steps
