#include "agent/pipeline/replay/lane.hpp"

#include "agent/async/race.hpp"
#include "agent/pipeline/intake/left_out.hpp"

#include <algorithm>

namespace outrider::pipeline {

SinkLane::SinkLane(const async::Executor& carry, Ends ends, std::unique_ptr<transforms::Chain> chain)
    : ends_(ends),
      name_(Checkpoints::lane_of(ends.account.source(), ends.carrier.name())),
      chain_(std::move(chain)),
      closing_(carry) {
  if (ends_.following != nullptr) held_.emplace(*ends_.following);
}

core::Task<bool> SinkLane::room() {
  while (!closed_) {
    const bool lags = ends_.checkpoints.lags();
    if (!lags && ends_.carrier.has_room()) break;
    std::vector<core::Task<void>> either;
    either.push_back(lags ? ends_.checkpoints.wait_until_saved() : ends_.carrier.wait_for_room());
    either.push_back(closing_.wait());
    co_await async::race_all(std::move(either));
  }
  co_return !closed_;
}

void SinkLane::close() {
  closed_ = true;
  closing_.ring();
}

std::uint64_t SinkLane::settled(const std::string& part) const {
  return ends_.checkpoints.settled(name_, part);
}

void SinkLane::forget(const std::string& part) {
  for (auto at = streams_.begin(); at != streams_.end();) {
    std::erase_if(at->second, [&part](const Reading& reading) { return reading.part == part; });
    at = at->second.empty() ? streams_.erase(at) : std::next(at);
  }
  ends_.checkpoints.forget(name_, part);
}

void SinkLane::take(telemetry::Batch batch, sources::Place place) {
  auto& parts = streams_[batch.stream];
  const auto known = std::find_if(parts.begin(), parts.end(),
                                  [&place](const Reading& reading) { return reading.part == place.part; });
  if (known == parts.end()) {
    parts.push_back({place.part, place.generation, place.to});
  } else {
    known->read_to = place.to;
  }
  chain_->apply(batch, ends_.clock.now(), ends_.clock.wall());
  for (const transforms::LeftOut& some : chain_->left_out()) count_left_out(some, ends_.account);
  if (held_) batch = hold(std::move(batch));
  Passed to = passed(batch.stream);
  hand_on(std::move(batch), std::move(to));
  while (held_) {
    auto crowded = held_->take_crowded(ends_.carrier.handed_bytes());
    if (!crowded) break;
    hand_on(std::move(*crowded));
  }
}

// In nobody's books until it is known what becomes of them.
telemetry::Batch SinkLane::hold(telemetry::Batch batch) {
  if (batch.records.empty()) return batch;
  constexpr bool has_room = true;  // there is always an oldest that makes some
  Following::Split split = ends_.following->split(std::move(batch), has_room);
  let_go(split.let_go);
  if (!split.held.records.empty()) held_->add(split.held, ends_.clock.now(), ends_.carrier.handed_bytes());
  return std::move(split.onward);
}

void SinkLane::let_go(Amount amount) {
  if (amount.records == 0) return;
  ends_.account.read(amount);
  ends_.account.dropped(amount, Reason::trace_let_go);
}

bool SinkLane::judge_held() { return held_ && !closed_ && held_->judge(); }

void SinkLane::hand_on_judged() {
  while (held_ && !closed_) {
    auto judged = held_->take_judged();
    if (!judged) break;
    hand_on(std::move(*judged));
  }
}

void SinkLane::hand_on(HeldLines::Out out) {
  let_go(out.let_go);
  Passed to = passed(out.onward.stream);
  hand_on(std::move(out.onward), std::move(to));
}

void SinkLane::hand_on_due() {
  std::vector<telemetry::Batch> due = chain_->due(ends_.clock.now());
  for (const transforms::LeftOut& some : chain_->left_out()) count_left_out(some, ends_.account);
  for (telemetry::Batch& batch : due) {
    if (held_) batch = hold(std::move(batch));
    Passed to = passed(batch.stream);
    hand_on(std::move(batch), std::move(to));
  }
}

// The generation and the offset of the first line that was read and not handed on.
std::optional<HeldLines::Place> SinkLane::kept_back_from(const std::string& stream) const {
  const auto held = held_ ? held_->first_of(stream) : std::nullopt;
  const auto waits = chain_->waits_from(stream);
  if (!waits) return held;
  const HeldLines::Place rest{waits->generation, waits->offset};
  return held ? std::min(*held, rest) : rest;
}

// Where everything before is handed on. What waits was put together in the order of reading, so a part that
// began later than it may be in it, too, and keeps its place.
SinkLane::Passed SinkLane::passed(const std::string& stream) {
  Passed all;
  const auto waits = kept_back_from(stream);
  auto& parts = streams_[stream];
  for (const Reading& reading : parts) {
    if (waits && reading.generation > waits->first) continue;
    const bool holds = waits && reading.generation == waits->first;
    all.emplace_back(reading.part, holds ? std::min(reading.read_to, waits->second) : reading.read_to);
  }
  // Of older parts nothing more is to be said once they are behind us.
  while (parts.size() > 1 && !(waits && parts.front().generation >= waits->first)) parts.pop_front();
  return all;
}

void SinkLane::hand_on(telemetry::Batch batch, Passed passed) {
  if (batch.records.empty()) {
    if (on_their_way_ == 0) return settle(passed);
    after_the_rest_.insert(after_the_rest_.end(), passed.begin(), passed.end());
    return;
  }
  ++on_their_way_;
  passed.insert(passed.begin(), after_the_rest_.begin(), after_the_rest_.end());
  after_the_rest_.clear();
  auto settled = [this, to = std::move(passed), bytes = batch.weight()](telemetry::Fate fate) {
    --on_their_way_;
    if (fate == telemetry::Fate::delivered) {
      ends_.checkpoints.taken(bytes);
      settle(to);
    }
    if (on_their_way_ > 0 || fate != telemetry::Fate::delivered) return;
    const Passed rest = std::exchange(after_the_rest_, {});
    settle(rest);
  };
  batch.acknowledgement = std::make_shared<telemetry::Acknowledgement>(1, std::move(settled));
  ends_.account.read(amount_of(batch));
  ends_.carrier.push_replayable(std::make_shared<const telemetry::Batch>(std::move(batch)), ends_.account);
}

void SinkLane::settle(const Passed& passed) {
  for (const auto& [part, place] : passed) ends_.checkpoints.settle(name_, part, place);
  if (listener_ && !passed.empty()) listener_();
}

}  // namespace outrider::pipeline
