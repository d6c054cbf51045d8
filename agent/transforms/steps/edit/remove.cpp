#include "agent/config/kinds.hpp"
#include "agent/transforms/steps/kinds.hpp"
#include "agent/transforms/steps/when/field_name.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrider::transforms::steps {

namespace {

class RemoveStep final : public Step {
 public:
  explicit RemoveStep(std::vector<std::string> names) : names_(std::move(names)) {}

  Onward edit(Event& event) override {
    const auto gone = [&](const Member& member) {
      const bool named = std::find(names_.begin(), names_.end(), member.key) != names_.end();
      if (named && event.notes != nullptr) event.note("remove", std::string(member.key));
      return named;
    };
    std::erase_if(event.own, gone);
    return Onward::yes;
  }

 private:
  std::vector<std::string> names_;
};

}  // namespace

config::Kind<StepMaker> remove_kind() {
  const std::function<StepMaker(std::vector<std::string>)> out =
      [](const std::vector<std::string>& names) -> StepMaker {
    return [names](const Tools&) { return std::make_unique<RemoveStep>(names); };
  };
  const auto kind = config::list_of(own_field_name_kind(), 1, 1000);
  return kind.as<StepMaker>(out);
}

}  // namespace outrider::transforms::steps
