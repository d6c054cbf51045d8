#include "agent/sources/journald/following/follower.hpp"

#include "agent/async/race.hpp"

#include <algorithm>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

namespace outrider::sources::journald {
namespace {

constexpr core::Duration look_again = std::chrono::seconds(30);        // though nobody tells of news
constexpr core::Duration look_without_news = std::chrono::seconds(1);  // where nobody can tell
constexpr core::Duration try_again = std::chrono::seconds(10);
constexpr core::Duration move_to_the_end = std::chrono::minutes(10);

}  // namespace

Follower::Follower(const async::Executor& river, const FollowerTools& tools, Notebook& notebook, Lane& lane)
    : tools_(tools),
      notebook_(notebook),
      lane_(lane),
      meters_(tools.registry, tools.settings.name, lane.sink()),
      reader_(tools.journals, tools.settings, tools.installation),
      news_(river) {
  const auto notes = notebook_.notes();
  const auto noted = notes.find(key());
  if (noted != notes.end()) {
    const auto cursor = read_cursor(noted->second);
    reader_.start(noted->second, cursor ? lane_.settled(cursor->sequence) : 0);
  }
  lane_.when_settled([this] { note_settled(); });
}

Follower::~Follower() {
  lane_.when_settled([] {});
}

core::Task<void> Follower::run() {
  at_the_end_ = tools_.clock.now();
  for (;;) {
    core::Task<bool> room = lane_.room();
    const bool wanted = co_await std::move(room);
    if (!wanted) co_return;
    const bool to_the_end =
        !tools_.settings.filter.empty() && tools_.clock.now() - at_the_end_ >= move_to_the_end;
    if (to_the_end) at_the_end_ = tools_.clock.now();
    auto job = [this, to_the_end] { return reader_.look(to_the_end); };
    core::Outcome<Look> look = co_await async::offload(tools_.pool, job);
    if (!look) {
      tell_trouble(look.error());
      co_await wait_for_news(true);
      continue;
    }
    tell(*look);
    const bool more = look->more;
    core::Task<bool> handing = hand_on(std::move(*look));
    const bool still_wanted = co_await std::move(handing);
    if (!still_wanted) co_return;
    if (more) {
      co_await async::yield_turn();
    } else {
      co_await wait_for_news(false);
    }
  }
}

core::Task<bool> Follower::hand_on(Look look) {
  expect(look);
  bool asked = true;  // before the look
  for (Look::Run& run : look.runs) {
    if (!std::exchange(asked, false)) {
      core::Task<bool> room = lane_.room();
      const bool wanted = co_await std::move(room);
      if (!wanted) co_return false;
    }
    run.batch.stream = tools_.settings.name;
    lane_.take(std::move(run.batch), {run.sequence, 1, run.from, run.to});
  }
  note_settled();
  co_return true;
}

// A place is known to be passed by numbers beyond all before it. Where entries come out of order there is
// none, and the next checkpoint stands for them, too.
void Follower::expect(const Look& look) {
  if (look.cursor.empty()) return;
  Checkpoint checkpoint{{}, look.cursor};
  bool in_order = true;
  for (const Look::Run& run : look.runs) {
    std::uint64_t& highest = read_to_[run.sequence];
    in_order = in_order && run.to > highest;
    highest = std::max(highest, run.to);
    checkpoint.places.emplace_back(run.sequence, run.to);
  }
  if (in_order) checkpoints_.push_back(std::move(checkpoint));
}

void Follower::note_settled() {
  const std::string* reached = nullptr;
  std::deque<Checkpoint> done;
  while (!checkpoints_.empty()) {
    const auto is_settled = [this](const auto& place) { return lane_.settled(place.first) >= place.second; };
    if (!std::ranges::all_of(checkpoints_.front().places, is_settled)) break;
    done.push_back(std::move(checkpoints_.front()));
    checkpoints_.pop_front();
    reached = &done.back().cursor;
  }
  if (reached != nullptr) notebook_.note(key(), *reached);
}

core::Task<void> Follower::wait_for_news(bool was_trouble) {
  if (was_trouble) {
    co_await tools_.clock.sleep(try_again);
    co_return;
  }
  if (std::exchange(listened_, reader_.openings()) != reader_.openings()) news_.listen_to(reader_.news());
  if (!news_.listens()) {
    co_await tools_.clock.sleep(look_without_news);
    co_return;
  }
  co_await async::finish_within(tools_.clock, look_again, news_.wait());
}

void Follower::tell(const Look& look) {
  if (!trouble_.empty())
    tools_.log.info("sources", "The journal can be read again", {{"sink", lane_.sink()}});
  trouble_.clear();
  meters_.open->Set(1);
  meters_.read->Increment(static_cast<double>(look.entries));
  const bool behind = look.more && look.last > core::WallTime();
  const auto age = std::chrono::duration<double>(tools_.clock.wall() - look.last).count();
  meters_.behind_seconds->Set(behind ? std::max(age, 0.0) : 0);
  if (look.damaged > 0) {
    meters_.damaged_entries->Increment(static_cast<double>(look.damaged));
    tools_.log.warn("sources", "Entries of the journal are damaged and were passed over",
                    {{"source", tools_.settings.name},
                     {"sink", lane_.sink()},
                     {"entries", look.damaged},
                     {"why", look.damage}});
  }
  for (const Gap& gap : look.gaps) {
    meters_.gaps->Increment();
    if (gap.entries) meters_.gap_entries->Increment(static_cast<double>(*gap.entries));
    tools_.log.warn("sources", "Entries of the journal were gone before they were read",
                    {{"source", tools_.settings.name},
                     {"sink", lane_.sink()},
                     {"entries", gap.entries ? std::to_string(*gap.entries) : "unknown"},
                     {"after", gap.after},
                     {"goes_on_at", gap.next}});
  }
}

void Follower::tell_trouble(const core::Error& error) {
  meters_.open->Set(0);
  if (trouble_ == error.what) return;
  trouble_ = error.what;
  tools_.log.error(
      "sources", "Cannot read the journal, and will try again every 10 s",
      {{"source", tools_.settings.name}, {"sink", lane_.sink()}, {"why", error.what}, {"hint", error.hint}});
}

}  // namespace outrider::sources::journald
