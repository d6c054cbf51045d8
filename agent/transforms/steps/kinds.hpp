// The steps that can be written in `logs.steps`, each as its value reads.
#pragma once

#include "agent/transforms/shelf.hpp"

namespace outrider::transforms::steps {

// Which records go on: thin/.
config::Kind<StepMaker> drop_kind();
config::Kind<StepMaker> keep_kind();
config::Kind<StepMaker> sample_kind();
config::Kind<StepMaker> rate_limit_kind();

// What they say: edit/.
config::Kind<StepMaker> add_kind();
config::Kind<StepMaker> rename_kind();
config::Kind<StepMaker> remove_kind();

// Where they go.
config::Kind<StepMaker> route_kind();

}  // namespace outrider::transforms::steps
