// From `decide` to those who look at what goes by on `carry`. It asks again and again rather than to wait
// over there: so whoever asks can be cancelled at once.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/taps.hpp"
#include "agent/pipeline/tap/taps.hpp"

#include <string>

namespace outrider::app {

class TapDesk final : public core::Taps {
 public:
  TapDesk(async::Executor carry, core::Clock& clock, pipeline::Taps& taps)
      : carry_(std::move(carry)), clock_(clock), taps_(taps) {}

  core::Task<core::Outcome<std::vector<core::TapPoint>>> points() override;
  core::Task<core::Outcome<core::OpenTap>> open(std::string who, core::TapQuestion question) override;
  core::Task<core::Outcome<core::TapNews>> next(std::uint64_t id, std::uint64_t after,
                                                core::Duration wait) override;
  core::Task<core::Outcome<>> end(std::uint64_t id) override;

 private:
  async::Executor carry_;
  core::Clock& clock_;
  pipeline::Taps& taps_;
};

}  // namespace outrider::app
