#include "agent/pipeline/tap/whole_way.hpp"

namespace outrider::pipeline {

WholeWay::WholeWay(const core::Resource& resource, const transforms::ChainPlan& plan)
    : format_(plan.reading.format()), writer_(resource) {
  for (const transforms::StepMaker& make : plan.steps) steps_.push_back(make({resource, uncounted_}));
  event_.whole_way = true;
}

std::string_view WholeWay::document(const transforms::Event& seen) {
  event_.begin(seen.record, seen.stream, seen.channel);
  event_.now = seen.now;
  if (seen.problem.empty()) {
    format_->read(event_);
  } else {
    event_.take_as_text(seen.problem);
  }
  for (const auto& step : steps_) (void)step->edit(event_);
  document_.clear();
  writer_.write(document_, event_);
  return document_;
}

}  // namespace outrider::pipeline
