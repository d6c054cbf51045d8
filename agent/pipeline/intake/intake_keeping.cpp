// For senders that keep what they send until it is on the disk.
#include "agent/async/executor.hpp"
#include "agent/pipeline/intake/intake.hpp"

#include <iterator>

namespace outrider::pipeline {
namespace {

// Of a large request so much at once: others have their turn between.
constexpr std::uint64_t portion_bytes = 256u << 10;

// The next records from `at` on, which goes beyond them.
telemetry::Batch portion_of(const telemetry::Batch& batch, std::size_t& at) {
  telemetry::Batch portion;
  portion.stream = batch.stream;
  portion.chunks = batch.chunks;
  for (std::uint64_t bytes = 0; at < batch.records.size() && bytes < portion_bytes; ++at) {
    portion.records.push_back(batch.records[at]);
    bytes += batch.records[at].text.size();
  }
  return portion;
}

void add(telemetry::Batch& whole, telemetry::Batch portion) {
  whole.routes = std::move(portion.routes);  // of one chain's, the later list begins as the earlier ones do
  whole.records.insert(whole.records.end(), portion.records.begin(), portion.records.end());
  whole.chunks.insert(whole.chunks.end(), std::make_move_iterator(portion.chunks.begin()),
                      std::make_move_iterator(portion.chunks.end()));
}

}  // namespace

core::Task<core::Outcome<sources::Kept>> ChainIntake::keep(telemetry::Batch batch) {
  if (spool_ == nullptr)
    co_return core::fail(core::Errc::exhausted, "cannot take it: there is nowhere to keep it");
  telemetry::Batch documents;
  documents.stream = batch.stream;
  std::vector<transforms::LeftOut> left_out;
  for (std::size_t at = 0; at < batch.records.size();) {
    if (at > 0) co_await async::yield_turn();
    telemetry::Batch portion = portion_of(batch, at);
    chain_->apply(portion, clock_.now(), clock_.wall());
    for (transforms::LeftOut& some : chain_->left_out()) left_out.push_back(std::move(some));
    add(documents, std::move(portion));
  }
  auto keeping = follows() ? keep_following(std::move(documents)) : spool_->keep(std::move(documents));
  const core::Outcome<> kept = co_await std::move(keeping);
  if (!kept)
    co_return core::fail(kept.error());  // all of it comes again, and what is left out of it is counted then
  for (const transforms::LeftOut& some : left_out) {
    for (const Route& route : routes_.at(some.stream)) count_left_out(some, *route.account);
  }
  co_return sources::Kept();
}

}  // namespace outrider::pipeline
