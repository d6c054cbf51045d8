#include "agent/tracing/verdicts.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace outrider::tracing {
namespace {

constexpr std::uint64_t kept_bit = 1;

std::uint64_t place_of(TraceKey trace) { return hash_of(trace) & ~kept_bit; }

}  // namespace

std::optional<Verdicts::Verdict> Verdicts::find(TraceKey trace) const {
  for (const Table* const table : {&newer_, &older_}) {
    const auto found = table->find(place_of(trace));
    if (found == table->end()) continue;
    if (found->second == 0) return Verdict{};
    return Verdict{true, found->second - 1};
  }
  return std::nullopt;
}

void Verdicts::decide(TraceKey trace, bool keep) {
  const std::uint64_t hash = place_of(trace);
  remember(hash, keep);
  news_.push_back(hash | (keep ? kept_bit : 0));
}

void Verdicts::remember(std::uint64_t hash, bool keep) {
  if (newer_.size() >= std::max<std::size_t>(most_ / 2, 1)) older_ = std::exchange(newer_, {});
  newer_[hash] = keep ? 1 : 0;
}

void Verdicts::passed(TraceKey trace, std::uint64_t bytes) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  for (Table* const table : {&newer_, &older_}) {
    const auto found = table->find(place_of(trace));
    if (found == table->end()) continue;
    if (found->second > 0) found->second = static_cast<std::uint32_t>(std::min(most, found->second + bytes));
    return;
  }
}

std::string Verdicts::take_news() {
  std::string packed;
  packed.reserve(news_.size() * sizeof(std::uint64_t));
  for (std::uint64_t hash : std::exchange(news_, {})) {
    for (std::size_t i = 0; i < sizeof hash; ++i, hash >>= 8) packed += static_cast<char>(hash & 0xff);
  }
  return packed;
}

void Verdicts::recall(std::string_view news) {
  for (; news.size() >= sizeof(std::uint64_t); news.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t hash = 0;
    for (std::size_t i = sizeof hash; i-- > 0;) hash = hash << 8 | static_cast<unsigned char>(news[i]);
    remember(hash & ~kept_bit, (hash & kept_bit) != 0);
  }
}

}  // namespace outrider::tracing
