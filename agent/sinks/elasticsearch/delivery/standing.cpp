#include "agent/sinks/elasticsearch/delivery/standing.hpp"

#include <algorithm>

namespace outrider::sinks::elasticsearch {

Standing::Standing(telemetry::BatchPointer of)
    : batch(std::move(of)), states(batch->records.size(), State::waiting), open(states.size()) {
  duplicates.batch = batch.get();
}

void Standing::settle(std::size_t record, State state) {
  states[record] = state;
  --open;
}

void Standing::was_there(std::size_t record) {
  settle(record, State::there);
  ++duplicates.records;
  duplicates.bytes += batch->records[record].bytes;
}

void Standings::offer(std::span<const telemetry::BatchPointer> batches) {
  std::vector<Standing> old = std::move(all_);
  all_.clear();
  all_.reserve(batches.size());
  for (const telemetry::BatchPointer& batch : batches) {
    const auto known = std::ranges::find(old, batch, &Standing::batch);
    if (known == old.end()) {
      all_.emplace_back(batch);
    } else {
      all_.push_back(std::move(*known));
      old.erase(known);
    }
  }
}

std::size_t Standings::arrived_of(const telemetry::BatchPointer& batch) const {
  const auto known = std::ranges::find(all_, batch, &Standing::batch);
  if (known == all_.end()) return 0;
  const auto first_other =
      std::ranges::find_if(known->states, [](State s) { return s != State::arrived && s != State::there; });
  return static_cast<std::size_t>(first_other - known->states.begin());
}

Receipt Standings::take_receipt() {
  Receipt all;
  for (Standing& standing : all_) {
    if (standing.duplicates.records > 0) all.duplicates.push_back(standing.duplicates);
    std::ranges::move(standing.refused, std::back_inserter(all.refused));
  }
  all_.clear();
  return all;
}

}  // namespace outrider::sinks::elasticsearch
