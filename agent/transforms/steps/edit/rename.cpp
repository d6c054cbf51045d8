#include "agent/transforms/steps/kinds.hpp"
#include "agent/transforms/steps/when/field_name.hpp"
#include "agent/transforms/steps/when/field_text.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace outrider::transforms::steps {

namespace {

class RenameStep final : public Step {
 public:
  explicit RenameStep(std::vector<Pair> names) : names_(std::move(names)) {}

  Onward edit(Event& event) override {
    for (const auto& [once, now] : names_) {
      const Member* const found = own_field(event, once);
      if (found == nullptr || once == now) continue;
      const std::string_view value = found->value;
      const std::string_view earlier = name_in_line(event, once);
      // One field of the new name, whoever had it before: of two, no reader knows which counts.
      std::erase_if(event.own, [&](const Member& member) { return member.key == once || member.key == now; });
      std::erase_if(event.renamed,
                    [&](const Renamed& other) { return other.now == once || other.now == now; });
      event.own.push_back({now, value});
      event.renamed.push_back({now, earlier});
      event.special = true;
      event.named_elsewhere = true;
      if (event.notes != nullptr) event.note("rename", once + " is " + now);
    }
    return Onward::yes;
  }

 private:
  static std::string_view name_in_line(const Event& event, std::string_view name) {
    for (const Renamed& other : event.renamed) {
      if (other.now == name) return other.once;
    }
    return name;
  }

  std::vector<Pair> names_;
};

}  // namespace

config::Kind<StepMaker> rename_kind() {
  const std::function<StepMaker(std::vector<Pair>)> out = [](const std::vector<Pair>& names) -> StepMaker {
    return [names](const Tools&) { return std::make_unique<RenameStep>(names); };
  };
  return pairs_kind(own_field_name_kind()).as<StepMaker>(out);
}

}  // namespace outrider::transforms::steps
