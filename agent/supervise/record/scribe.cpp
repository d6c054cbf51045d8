#include "agent/supervise/record/scribe.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"

namespace outrider::supervise {
namespace {

constexpr core::Duration deadline = std::chrono::seconds(2);
constexpr std::size_t most_owed = 100;

}  // namespace

core::Task<core::Outcome<std::uint64_t>> Scribe::intend(core::Deed deed) {
  std::string doing = "writing the intent to the audit journal";
  auto work = journal_.intend(std::move(deed));
  co_return co_await async::with_deadline(clock_, deadline, std::move(doing), std::move(work));
}

core::Task<std::optional<std::uint64_t>> Scribe::intend_or_owe(core::Deed deed) {
  auto written = co_await intend(deed);
  if (written) co_return *written;
  log_.error("supervise", "Went ahead although the intent could not be audited",
             {{"action", deed.action}, {"target", deed.target}, {"because", written.error().what}});
  deed.reason +=
      " (done at " + core::show_time(clock_.wall()) + ", written late: " + written.error().what + ")";
  owed_.push_back(std::move(deed));
  if (owed_.size() > most_owed) owed_.pop_front();
  co_return std::nullopt;
}

core::Task<void> Scribe::conclude(std::optional<std::uint64_t> intent, bool succeeded, std::string result) {
  if (intent) {
    std::string doing = "writing the result to the audit journal";
    auto work = journal_.conclude(*intent, succeeded, std::move(result));
    const auto written = co_await async::with_deadline(clock_, deadline, std::move(doing), std::move(work));
    if (!written)
      log_.error("supervise", "Could not audit a result",
                 {{"intent", *intent}, {"because", written.error().what}});
  }
  co_await write_owed();
}

core::Task<void> Scribe::write_owed() {
  while (!owed_.empty()) {
    const auto written = co_await intend(owed_.front());
    if (!written) co_return;
    owed_.pop_front();
    std::string result = "it went ahead before it could be written";
    std::string doing = "writing a late result";
    auto work = journal_.conclude(*written, true, std::move(result));
    const auto concluded = co_await async::with_deadline(clock_, deadline, std::move(doing), std::move(work));
    if (!concluded) co_return;  // the intent is there; its result is not worth another try
  }
}

}  // namespace outrider::supervise
