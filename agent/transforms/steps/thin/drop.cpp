#include "agent/transforms/steps/kinds.hpp"
#include "agent/transforms/steps/when/when.hpp"

#include <memory>
#include <utility>

namespace outrider::transforms::steps {

namespace {

class DropStep final : public Step {
 public:
  explicit DropStep(When when) : when_(std::move(when)) {}

  Onward edit(Event& event) override {
    // Redact looks across the seams of a cut line, so it must see each piece.
    if (telemetry::is_piece(event.record) || when_.match(event) != Match::yes) return Onward::yes;
    if (event.notes != nullptr) event.note("drop", "left out: it is what is not wanted");
    return Onward::filtered;
  }

 private:
  When when_;
};

}  // namespace

config::Kind<StepMaker> drop_kind() {
  const std::function<StepMaker(When)> out = [](const When& when) -> StepMaker {
    return [when](const Tools&) { return std::make_unique<DropStep>(when); };
  };
  return when_kind().as<StepMaker>(out);
}

}  // namespace outrider::transforms::steps
