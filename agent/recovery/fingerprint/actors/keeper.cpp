#include "agent/recovery/fingerprint/actors/keeper.hpp"

namespace outrider::recovery {
namespace {

using core::Outcome;
using core::Task;

constexpr std::uint64_t most_book_bytes = 32ULL << 20;
// Hashed ahead of a drill by the clock, so that the archive has come past it when the drill begins.
constexpr core::Duration counts_as_now = std::chrono::hours(1);

}  // namespace

Task<void> HashKeeper::prepare() {
  const core::Instant now = tools_.source.clock.now();
  if (prepared_ && now - *prepared_ < counts_as_now && !trouble_) co_return;
  auto job = [this]() -> Outcome<std::string> {
    if (!tools_.files.exists(tools_.path)) return std::string();
    return tools_.files.read_all(tools_.path, most_book_bytes);
  };
  const auto text = co_await async::offload(tools_.pool, job);
  book_ = text ? read_book(*text) : Book{};
  trouble_.reset();
  auto hashed = co_await source_.hash_due(book_);
  if (!hashed) trouble_ = hashed.error();
  prepared_ = now;
}

Task<Outcome<>> HashKeeper::save() {
  const std::string text = write_book(book_);
  auto job = [&] { return tools_.files.replace(tools_.path, text); };
  co_return co_await async::offload(tools_.pool, job);
}

}  // namespace outrider::recovery
