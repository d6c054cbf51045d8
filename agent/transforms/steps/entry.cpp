#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/transforms/steps/kinds.hpp"
#include "agent/transforms/steps/when/when.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace outrider::transforms::steps {

void enter(Shelf& shelf);

namespace {

// An element of the list: what is done, and to which records.
struct Written {
  StepMaker make;
  std::optional<When> when;
};

class Sequence final : public Step {
 public:
  Sequence(const Tools& tools, const std::vector<StepMaker>& makers) {
    for (const StepMaker& make : makers) steps_.push_back(make(tools));
  }

  Onward edit(Event& event) override {
    Onward first = Onward::yes;
    for (const auto& step : steps_) {
      const Onward onward = step->edit(event);
      if (first == Onward::yes) first = onward;
      if (first != Onward::yes && !event.whole_way) break;
    }
    return first;
  }

  void name_destinations(std::vector<std::string>& names) const override {
    for (const auto& step : steps_) step->name_destinations(names);
  }

 private:
  std::vector<std::unique_ptr<Step>> steps_;
};

config::Kind<StepMaker> element_kind() {
  const config::Kind<Written> written =
      config::Object<Written>()
          .one_of(&Written::make,
                  {{"drop", drop_kind(), "records that match go no further"},
                   {"keep", keep_kind(), "only records that match go on"},
                   {"sample", sample_kind(), "a share of the records goes on"},
                   {"rate_limit", rate_limit_kind(), "no more records than so many in a time"},
                   {"add", add_kind(), "fields for each record that has none of that name"},
                   {"rename", rename_kind(), "fields by other names"},
                   {"remove", remove_kind(), "fields that need not arrive"},
                   {"route", route_kind(), "records go to these destinations only"}},
                  "what is done")
          .optional("when", &Written::when, when_kind(), "to which records; else to all");
  const std::function<StepMaker(Written)> joined = [](Written step) -> StepMaker {
    return step.when ? only_when(std::move(*step.when), std::move(step.make)) : std::move(step.make);
  };
  return written.as<StepMaker>(joined);
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<StepMaker(std::vector<StepMaker>)> out =
      [](const std::vector<StepMaker>& makers) -> StepMaker {
    return [makers](const Tools& tools) { return std::make_unique<Sequence>(tools, makers); };
  };
  const auto kind = config::list_of(element_kind(), 1, 100).as<StepMaker>(out);
  shelf.put(StepEntry{"steps", "what is done to records, in this order, before they are redacted", kind});
}

}  // namespace outrider::transforms::steps
