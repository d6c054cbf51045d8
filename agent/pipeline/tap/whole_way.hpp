// The document of a record that a step has left out, as if it had gone all the way: a step that comes later
// may rename what is to be redacted, or remove it. For who looks, never for a sink; counted nowhere.
#pragma once

#include "agent/transforms/chain.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/registry.h>

namespace outrider::pipeline {

class WholeWay {
 public:
  // With a format and steps of its own: those of the river must not remember what they have let go already.
  WholeWay(const core::Resource& resource, const transforms::ChainPlan& plan);

  // `seen` as it was left. Lasts until the next call.
  std::string_view document(const transforms::Event& seen);

 private:
  ::prometheus::Registry uncounted_;
  std::unique_ptr<transforms::Format> format_;
  std::vector<std::unique_ptr<transforms::Step>> steps_;
  transforms::DocumentWriter writer_;
  transforms::Event event_;
  std::string document_;
};

}  // namespace outrider::pipeline
