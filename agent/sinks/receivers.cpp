#include "agent/sinks/receivers.hpp"

#include "agent/sinks/poster.hpp"

#include <algorithm>
#include <utility>

#include <prometheus/registry.h>

namespace outrider::sinks {
namespace {

constexpr core::Duration time_to_prove_itself = std::chrono::seconds(1);

}  // namespace

Receivers::Receivers(const Tools& tools, std::string sink, const std::vector<std::string>& urls,
                     const char* up)
    : tools_(tools), sink_(std::move(sink)), nodes_(urls), wishes_(urls.size()) {
  if (up == nullptr) return;
  up_family_ = &::prometheus::BuildGauge()
                    .Name(up)
                    .Help("1 when the receiver took what it was last asked to, else 0.")
                    .Register(tools.registry);
  for (const std::string& url : urls)
    up_.push_back(&up_family_->Add({{"sink", sink_}, {"receiver", shown_url(url)}}));
}

// A reload may bring others, and a gauge of one that is not asked any more would stand for ever.
Receivers::~Receivers() {
  for (::prometheus::Gauge* const gauge : up_) up_family_->Remove(gauge);
}

core::Duration Receivers::limit(std::size_t receiver, core::Duration most) const {
  const bool is_on_trial = size() > 1 && !nodes_.is_up(receiver) && has_ready();
  return is_on_trial ? std::min(most, time_to_prove_itself) : most;
}

bool Receivers::judge(std::size_t receiver, const core::Outcome<Posted>& posted) {
  const core::Instant now = tools_.clock.now();
  const bool is_well = posted && posted->meaning != Meaning::again && posted->meaning != Meaning::held;
  const bool news = is_well ? nodes_.works(receiver) : nodes_.failed(receiver, now, tools_.random);
  if (posted && posted->meaning == Meaning::again && posted->come_again) {
    wishes_[receiver] = now + *posted->come_again;
    nodes_.rest(receiver, wishes_[receiver]);
  }
  if (!up_.empty()) up_[receiver]->Set(is_well ? 1 : 0);
  if (news && size() > 1) tell(receiver, posted, is_well);  // of the only one the delivery's error tells
  return is_well;
}

void Receivers::tell(std::size_t receiver, const core::Outcome<Posted>& posted, bool is_well) {
  const std::string where = shown_url(url(receiver));
  if (is_well) {
    tools_.log.info("sinks", "A receiver takes again", {{"sink", sink_}, {"receiver", where}});
    return;
  }
  const std::string why = posted ? posted->trouble.what : posted.error().what;
  tools_.log.warn("sinks", "A receiver fails; it rests, others are asked",
                  {{"sink", sink_}, {"receiver", where}, {"why", why}});
}

std::optional<core::Duration> Receivers::left_alone_for(std::size_t receiver) const {
  const core::Duration left = wishes_[receiver] - tools_.clock.now();
  if (left <= core::Duration::zero()) return std::nullopt;
  return left;
}

}  // namespace outrider::sinks
