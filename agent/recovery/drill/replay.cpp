#include "agent/recovery/drill/replay.hpp"

#include "agent/core/text.hpp"

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Task;

constexpr core::Duration between_looks = 100ms;
constexpr core::Duration between_words = 2s;
constexpr core::Duration answer_limit = 20s;
// Served again and again, and replay does not get past it: what is in it cannot be read.
constexpr std::uint32_t too_often = 4;
// Asked for twice and not there, while replay stands: this is the end.
constexpr std::uint32_t surely_absent = 3;

// It runs and says no, and will say no again. (While it starts it says that it starts.)
bool is_starting(const std::string& words) {
  return words.find("the database system is") != std::string::npos;
}
bool turns_us_away(const std::string& words) {
  return words.find("FATAL:") != std::string::npos && !is_starting(words);
}

// As a standby the server waits for ever for WAL that will not come, or reads again and again what it cannot
// replay; we know that it will not end.
std::optional<Stop> waits_in_vain(const Fetches& fetches) {
  if (fetches.absent_in_a_row >= surely_absent) {
    return Stop{Finding::disproved,
                fmt::format("the backup cannot be made consistent: segment {} is missing in the archive",
                            fetches.absent)};
  }
  if (fetches.times_in_a_row >= too_often) {
    return Stop{Finding::disproved,
                fmt::format("the backup cannot be made consistent: segment {} cannot be replayed",
                            fetches.last_served)};
  }
  return std::nullopt;
}

}  // namespace

Stop judge_last_words(const std::string& words, const Fetches& fetches) {
  if (!fetches.trouble.empty()) return {Finding::could_not_verify, fetches.trouble};
  const auto says = [&](std::string_view what) { return words.find(what) != std::string::npos; };
  for (const std::string_view machine :
       {"No space left", "Cannot allocate memory", "out of memory", "could not create", "insufficient",
        "unrecognized configuration", "could not access file", "Address already in use", "could not bind",
        "could not map", "contains errors", "could not extend", "terminated by signal 9", "SIGKILL",
        "terminated by signal 15", "SIGTERM"}) {
    if (says(machine)) return {Finding::could_not_verify, "the server could not run here: " + words};
  }
  if (says("before configured recovery target")) {
    return {Finding::disproved,
            "the archive ends before the target" +
                (fetches.absent.empty() ? std::string() : ": " + fetches.absent + " is missing")};
  }
  if (!fetches.absent.empty()) {
    return {Finding::disproved,
            fmt::format("segment {} is missing in the archive: {}", fetches.absent, words)};
  }
  return {Finding::disproved, "the restored server gave up: " + words};
}

Task<std::optional<Stop>> ReplayWatch::trouble() {
  const Fetches fetches = co_await ground_.fetches();
  co_return co_await trouble(fetches);
}

Task<std::optional<Stop>> ReplayWatch::trouble(const Fetches& fetches) {
  if (const auto ended = co_await ground_.server_ended()) co_return judge_last_words(*ended, fetches);
  if (!fetches.trouble.empty()) co_return Stop{Finding::could_not_verify, fetches.trouble};
  co_return std::nullopt;
}

Task<tl::expected<void, Stop>> ReplayWatch::until_consistent() {
  const core::Instant late = clock_.now() + limit_;
  std::optional<Stop> in_vain;
  while (true) {
    auto connected = co_await ground_.connect("postgres", answer_limit);
    if (connected) {
      connection_ = std::move(*connected);
      co_return tl::expected<void, Stop>();
    }
    const Fetches fetches = co_await ground_.fetches();
    if (auto stop = co_await trouble(fetches)) co_return tl::unexpected<Stop>(std::move(*stop));
    if (turns_us_away(connected.error().what)) {
      co_return could_not_verify("the restored server lets nobody in: " + connected.error().what);
    }
    // It may have become consistent since it was asked: only what it says after all was fetched counts.
    const bool starting = is_starting(connected.error().what);
    if (in_vain && starting) co_return tl::unexpected<Stop>(std::move(*in_vain));
    in_vain = waits_in_vain(fetches);
    if (clock_.now() > late) {
      co_return could_not_verify("the restored server did not come up within " + core::show_duration(limit_));
    }
    co_await clock_.sleep(between_looks);
  }
}

std::optional<Stop> ReplayWatch::stuck(const ReplayPlace& now, const ReplayPlace& before,
                                       const Fetches& fetches) const {
  if (now.lsn != before.lsn) return std::nullopt;
  if (fetches.times_in_a_row >= too_often) {
    return Stop{Finding::disproved, fmt::format("segment {} is in the archive, but replay cannot get past {}",
                                                fetches.last_served, now.lsn.value_or(wal::Lsn{}).text())};
  }
  return std::nullopt;
}

Task<tl::expected<Replayed, Stop>> ReplayWatch::until_done(
    std::function<void(wal::Lsn, std::uint64_t)> tell) {
  const core::Instant late = clock_.now() + limit_;
  core::Instant told = clock_.now() - between_words;
  ReplayPlace before;
  while (true) {
    const Fetches fetches = co_await ground_.fetches();
    if (auto stop = co_await trouble(fetches)) co_return tl::unexpected<Stop>(std::move(*stop));
    auto now = co_await ask_place(*connection_, answer_limit);
    if (!now) {
      // A server that has just ended says more in its last words than its closed connection does.
      co_await clock_.sleep(between_looks);
      if (auto stop = co_await trouble()) co_return tl::unexpected<Stop>(std::move(*stop));
      co_return could_not_verify("the restored server does not answer: " + now.error().what);
    }
    if (now->lsn && clock_.now() - told >= between_words) {
      told = clock_.now();
      tell(*now->lsn, fetches.served);
    }
    const bool at_end =
        target_.is_end() && fetches.absent_in_a_row >= surely_absent && now->lsn == before.lsn;
    if (now->lsn && (now->paused || at_end)) {
      co_return Replayed{*now->lsn, now->last_commit};
    }
    if (!target_.is_end() && fetches.absent_in_a_row >= 2 * surely_absent && now->lsn == before.lsn) {
      co_return disproved(fmt::format("the archive ends at {}, before the target {}: segment {} is missing",
                                      now->lsn.value_or(wal::Lsn{}).text(), target_.text(), fetches.absent));
    }
    if (auto stop = stuck(*now, before, fetches)) co_return tl::unexpected<Stop>(std::move(*stop));
    if (clock_.now() > late) {
      co_return could_not_verify("replay was not over within " + core::show_duration(limit_));
    }
    before = *now;
    co_await clock_.sleep(between_looks);
  }
}

}  // namespace outrider::recovery
