#include "agent/probes/slo/slo_probe.hpp"

#include <utility>

#include <fmt/core.h>

namespace outrider::probes::slo {
namespace {

using core::Standing;

class SloProbe final : public Probe {
 public:
  SloProbe(Settings settings, const Tools& tools)
      : settings_(std::move(settings)), objective_(tools.objective) {}

  core::Task<core::Answer> ask(core::Duration) override {
    const auto known = objective_ ? objective_(settings_.objective) : std::optional<core::ObjectiveStatus>();
    if (!known) {
      co_return core::Answer{
          Standing::unknown, fmt::format("`slo` has no objective `{}`", settings_.objective), {}};
    }
    co_return core::Answer{standing_of(*known), known->why, {}};
  }

  std::string target() const override { return "objective " + settings_.objective; }

 private:
  Standing standing_of(const core::ObjectiveStatus& known) const {
    if (known.urgency == "page") return Standing::not_ok;
    if (known.urgency == "ticket") return settings_.already_for_a_ticket ? Standing::not_ok : Standing::ok;
    return known.state == core::State::unknown ? Standing::unknown : Standing::ok;
  }

  Settings settings_;
  std::function<std::optional<core::ObjectiveStatus>(const std::string&)> objective_;
};

}  // namespace

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<SloProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::slo
