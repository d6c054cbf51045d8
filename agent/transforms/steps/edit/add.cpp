#include "agent/config/kinds.hpp"
#include "agent/transforms/steps/kinds.hpp"
#include "agent/transforms/steps/when/field_name.hpp"
#include "agent/transforms/steps/when/field_text.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrider::transforms::steps {

namespace {

constexpr std::size_t longest_value = 1024;

class AddStep final : public Step {
 public:
  explicit AddStep(std::vector<Pair> fields) : fields_(std::move(fields)) {
    for (auto& [name, value] : fields_) {
      std::string json = "\"";
      append_escaped(json, value);
      value = json + '"';
    }
  }

  Onward edit(Event& event) override {
    for (const auto& [name, value] : fields_) {
      if (own_field(event, name) != nullptr) {
        if (event.notes != nullptr) event.note("add", "not " + name + ": the line says it");
        continue;
      }
      event.own.push_back({name, value});
      event.special = true;
      event.escaped = true;
      event.named_elsewhere = true;
      if (event.notes != nullptr) event.note("add", name);
    }
    return Onward::yes;
  }

 private:
  std::vector<Pair> fields_;  // values as JSON
};

}  // namespace

config::Kind<StepMaker> add_kind() {
  const std::function<StepMaker(std::vector<Pair>)> out = [](const std::vector<Pair>& fields) -> StepMaker {
    return [fields](const Tools&) { return std::make_unique<AddStep>(fields); };
  };
  const auto kind = pairs_kind(config::text_matching(0, longest_value));
  return kind.as<StepMaker>(out);
}

}  // namespace outrider::transforms::steps
