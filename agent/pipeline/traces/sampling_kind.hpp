// How it is written which traces are kept:  sample: {keep: [{errors: true}, {share: 0.05}]}
#pragma once

#include "agent/config/kind.hpp"
#include "agent/tracing/sampler.hpp"

#include <optional>

namespace outrider::pipeline {

config::Kind<std::optional<tracing::SamplingSettings>> sampling_kind();  // of the key `sample`

}  // namespace outrider::pipeline
