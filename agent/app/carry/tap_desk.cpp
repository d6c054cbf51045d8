#include "agent/app/carry/tap_desk.hpp"

#include "agent/async/across.hpp"

#include <algorithm>
#include <utility>

namespace outrider::app {
namespace {

constexpr core::Duration between_looks = std::chrono::milliseconds(100);

tl::unexpected<core::Error> no_logs() {
  return core::fail(core::Errc::unsupported, "no logs are carried",
                    "give the configuration a section `logs`");
}

// On `carry`.
core::Task<core::Outcome<std::vector<core::TapPoint>>> list(const pipeline::Taps& taps) {
  auto points = taps.points();
  if (points.empty()) co_return no_logs();
  co_return points;
}

core::Task<core::Outcome<core::OpenTap>> begin(pipeline::Taps& taps, std::string who,
                                               core::TapQuestion question) {
  if (taps.points().empty()) co_return no_logs();
  co_return taps.open(who, std::move(question));
}

core::Task<core::Outcome<core::TapNews>> look(pipeline::Taps& taps, std::uint64_t id, std::uint64_t after) {
  co_return taps.next(id, after);
}

core::Task<core::Outcome<>> leave(pipeline::Taps& taps, std::uint64_t id) { co_return taps.end(id); }

}  // namespace

core::Task<core::Outcome<std::vector<core::TapPoint>>> TapDesk::points() {
  auto work = list(taps_);
  co_return co_await async::across(carry_, std::move(work));
}

core::Task<core::Outcome<core::OpenTap>> TapDesk::open(std::string who, core::TapQuestion question) {
  auto work = begin(taps_, std::move(who), std::move(question));
  co_return co_await async::across(carry_, std::move(work));
}

core::Task<core::Outcome<core::TapNews>> TapDesk::next(std::uint64_t id, std::uint64_t after,
                                                       core::Duration wait) {
  const core::Instant until = clock_.now() + wait;
  for (;;) {
    auto work = look(taps_, id, after);
    core::Outcome<core::TapNews> news = co_await async::across(carry_, std::move(work));
    const core::Duration left = until - clock_.now();
    if (!news || !news->records.empty() || left <= core::Duration::zero()) co_return news;
    co_await clock_.sleep(std::min(left, between_looks));
  }
}

core::Task<core::Outcome<>> TapDesk::end(std::uint64_t id) {
  auto work = leave(taps_, id);
  co_return co_await async::across(carry_, std::move(work));
}

}  // namespace outrider::app
