#include "agent/app/carry/kept_output.hpp"

#include "agent/pipeline/spool/spool_store.hpp"
#include "agent/telemetry/record.hpp"

#include <utility>
#include <vector>

namespace outrider::app {

std::uint64_t KeptOutput::key_of(const std::string& installation, const os::Keeper& keeper) {
  return telemetry::stream_key(installation, keeper.name(), 0);
}

core::Task<void> KeptOutput::take_up(durable::Book* book, std::uint64_t key,
                                     std::shared_ptr<LentStream> stream) {
  if (book == nullptr) {
    stream->keeper()->keep(false);
    co_return;
  }
  const auto work = [book, key] { return pipeline::place_of(*book, key); };
  const core::Outcome<std::uint64_t> place = co_await async::offload(pool_, work);
  if (place && *place > 0) stream->keeper()->go_on_from(*place);
  stream->keeper()->when_much_is_kept([this] { news_.ring(); });
  streams_[key] = std::move(stream);
  news_.ring();
}

core::Task<void> KeptOutput::run(const std::unique_ptr<durable::Book>& book) {
  for (;;) {
    co_await news_.wait();
    co_await let_go(book.get());
  }
}

core::Task<void> KeptOutput::let_go(durable::Book* book) {
  if (book == nullptr || streams_.empty()) co_return;
  std::vector<std::uint64_t> keys;
  for (const auto& [key, stream] : streams_) keys.push_back(key);
  const auto look = [book, keys] {
    std::vector<std::uint64_t> places;
    for (const std::uint64_t key : keys) places.push_back(pipeline::place_of(*book, key).value_or(0));
    return places;
  };
  const std::vector<std::uint64_t> places = co_await async::offload(pool_, look);
  std::vector<std::uint64_t> over;
  for (std::size_t at = 0; at < keys.size(); ++at) {
    const auto known = streams_.find(keys[at]);
    if (known == streams_.end()) continue;
    os::Keeper& keeper = *known->second->keeper();
    keeper.safe_up_to(places[at]);
    if (!keeper.all_read() || places[at] < keeper.offset()) continue;
    over.push_back(keys[at]);
    streams_.erase(known);
  }
  if (over.empty()) co_return;
  const auto forget = [book, over] { return pipeline::forget_places(*book, over); };
  (void)co_await async::offload(pool_, forget);  // what stays is a few bytes, and harmless
}

}  // namespace outrider::app
