// What goes when there is no room: debug lines before the others, errors last, and of one kind the oldest.
#include "agent/pipeline/intake/left_out.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/pipeline/spool/spool_parts.hpp"

#include <algorithm>
#include <utility>

namespace outrider::pipeline {
namespace {

struct Span {
  std::uint64_t settled;
  std::uint64_t pushed;
};

}  // namespace

// Some more than is needed: so it is not done for each batch anew.
async::Task<void> Spool::make_room() {
  std::uint64_t wanted = bytes_ + pending_weight_;
  if (wanted <= settings_.most_bytes) co_return;
  wanted += settings_.most_bytes / 32;
  for (std::size_t i = 0; i < priority_count && wanted > settings_.most_bytes; ++i) {
    const auto priority = static_cast<Priority>(i);
    const std::uint64_t before = bytes_;
    co_await shed_stored(priority, wanted - settings_.most_bytes);
    wanted -= std::min(wanted, before - std::min(before, bytes_));
    if (wanted > settings_.most_bytes) wanted -= std::min(wanted, drop_pending(priority, Reason::spool_full));
  }
  show();
}

async::Task<void> Spool::shed_stored(Priority priority, std::uint64_t bytes) {
  const auto index = static_cast<std::size_t>(priority);
  shedding_ = true;
  const auto reads = [](const auto& lane) { return lane->reading; };
  while (std::any_of(lanes_.begin(), lanes_.end(), reads)) co_await news_.wait();
  recent_.clear();
  recent_weight_ = 0;
  std::vector<Span> spans;
  for (const auto& lane : lanes_) spans.push_back({lane->settled, lane->pushed});
  // What a sink has in its hands may arrive yet, and must not be counted as lost.
  const auto may = [&spans](std::uint64_t first, std::uint64_t end) {
    return std::none_of(spans.begin(), spans.end(),
                        [&](const Span& of) { return first < of.pushed && end > of.settled; });
  };
  std::uint64_t freed = 0;
  for (std::uint64_t from = std::max(shed_to_[index], needed_from()); freed < bytes && from < next_;) {
    const auto work = [&] { return store_.shed(priority, from, bytes - freed, may); };
    const core::Outcome<SpoolStore::Shed> shed = co_await async::offload(tools_.pool, work);
    if (!shed || shed->looked_to == from) break;
    from = shed->looked_to;
    if (shed->freed_bytes < bytes - freed) shed_to_[index] = from;
    freed += shed->freed_bytes;
    for (const SpooledBatch& gone : shed->batches) {
      const Amount amount = amount_of(gone.batch);
      meters_->shed[index]->Increment(static_cast<double>(amount.records));
      records_ -= std::min(records_, amount.records);
      for (const auto& lane : lanes_) {
        if (lane->pushed > gone.first) continue;
        Account& with = account(gone.batch.stream, lane->carrier.name());
        const telemetry::Share share = lane->share_of(gone.batch);
        count_routed(share, with);
        const Amount lost = amount_of(share.batch);
        with.read(lost);
        with.dropped(lost, Reason::spool_full);
        if (!tools_.dropped) continue;
        for (const telemetry::Record& record : share.batch.records)
          tools_.dropped(lane->carrier.name(), share.batch, record, Reason::spool_full);
      }
    }
  }
  bytes_ -= std::min(bytes_, freed);
  shedding_ = false;
  news_.ring();
}

// But for what its sender has been promised. Gives how much lighter it became.
std::uint64_t Spool::drop_pending(Priority priority, Reason reason) {
  const std::uint64_t before = pending_weight_;
  pending_weight_ = 0;
  for (telemetry::Batch& batch : pending_) {
    Amount gone;
    for (const telemetry::Record& record : batch.records) {
      if (priority_of(record.severity) != priority || batch.is_promised) continue;
      gone += amount_of(record);
      if (tools_.dropped) tools_.dropped("spool", batch, record, reason);
    }
    if (gone.records > 0) {
      std::erase_if(batch.records, [priority](const telemetry::Record& one) {
        return priority_of(one.severity) == priority;
      });
      own_account(batch.stream).dropped(gone, reason);
      if (reason == Reason::spool_full) {
        meters_->shed[static_cast<std::size_t>(priority)]->Increment(static_cast<double>(gone.records));
      }
      // The others move together, so that the memory is free.
      if (!batch.records.empty()) batch = in_bytes_of_its_own(batch);
    }
    pending_weight_ += batch.records.empty() ? 0 : batch.weight();
  }
  std::erase_if(pending_, [](const telemetry::Batch& batch) { return batch.records.empty(); });
  return before - std::min(before, pending_weight_);
}

// Those who are told that there is no room have a bound of their own.
void Spool::bound_pending() {
  const std::uint64_t most = most_pending_bytes + promised_weight();
  for (std::size_t i = 0; i < priority_count && pending_weight_ > most; ++i) {
    drop_pending(static_cast<Priority>(i), Reason::spool_full);
  }
}

}  // namespace outrider::pipeline
