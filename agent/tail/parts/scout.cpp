#include "agent/tail/parts/scout.hpp"

#include "agent/async/race.hpp"
#include "agent/tail/files/search.hpp"

#include <algorithm>
#include <utility>

namespace outrider::tail {
namespace {

using namespace std::chrono_literals;

// A flood of writes is told of once in a while, not once a write.
constexpr core::Duration pace = 10ms;
// Files that went are looked at until they are over.
constexpr core::Duration tend_every = 1s;
constexpr std::size_t opened_at_once = 256;
constexpr std::size_t most_pending = 1000;
constexpr std::uint64_t least_open = 64;

}  // namespace

void Scout::ring() {
  rung_ = true;
  bell_.ring();
}

core::Task<void> Scout::run() {
  bool first = true;
  for (;;) {
    core::Task<void> looking = look();
    co_await std::move(looking);
    if (std::exchange(first, false)) parts_.seen_all();
    core::Task<void> seeking = seek();
    co_await std::move(seeking);
    core::Task<void> tending = tend();
    co_await std::move(tending);
    core::Task<void> reading = look_at_unlooked();
    co_await std::move(reading);
    parts_.end_what_is_over();
    parts_.judge_suspects();
    core::Task<void> resting = rest();
    co_await std::move(resting);
  }
}

core::Task<void> Scout::rest() {
  core::Instant until = std::min(next_rescan_, again_);
  if (!parts_.away().empty() || parts_.suspects()) until = std::min(until, tools_.clock.now() + tend_every);
  if (!std::exchange(rung_, false)) {
    (void)co_await bell_.wait_until(tools_.clock, until);
    rung_ = false;
  }
}

core::Task<void> Scout::look() {
  if (parts_.suspects() || tools_.clock.now() >= std::min(next_rescan_, again_)) {
    all_ = true;
    again_ = core::Instant::max();
  }
  while (std::exchange(all_, false)) {
    pending_.clear();
    (void)parts_.take_relook();
    core::Task<void> looking = look_at_all();
    co_await std::move(looking);
  }
  pending_.merge(parts_.take_relook());
  if (!pending_.empty()) {
    const std::set<std::string> paths = std::exchange(pending_, {});
    auto job = [&] { return survey(tools_.files, settings_.choice, paths); };
    const Survey seen = co_await async::offload(tools_.pool, job);
    parts_.apply(seen, &paths);
  }
  core::Task<void> opening = open_files();
  co_await std::move(opening);
}

core::Task<void> Scout::look_at_all() {
  next_rescan_ = tools_.clock.now() + settings_.rescan;
  auto job = [&] { return survey(tools_.files, settings_.choice); };
  Survey seen = co_await async::offload(tools_.pool, job);
  parts_.apply(seen, nullptr);
  tell(seen.troubles);
  const auto lacks = [](const core::Error& each) { return each.code == core::Errc::exhausted; };
  if (std::ranges::any_of(seen.troubles, lacks)) spare(true);
  core::Task<void> watching = watch_directories(seen);
  co_await std::move(watching);
}

core::Task<void> Scout::watch_directories(Survey& survey) {
  if (watch_ == nullptr) co_return;
  std::vector<core::Error> troubles;
  std::set<std::string> watched;
  auto job = [&] {
    const auto add = [&](const std::set<std::string>& directories, bool files_too) {
      for (const std::string& directory : directories) {
        const core::Outcome<> added = watch_->add(directory, files_too);
        if (added) watched.insert(directory);
        if (!added && added.error().code != core::Errc::not_found) troubles.push_back(added.error());
      }
    };
    add(survey.ways, false);
    add(survey.directories, true);
  };
  co_await async::offload(tools_.pool, job);
  // What came before a directory was watched is told by nobody.
  if (!std::ranges::includes(watched_, watched)) all_ = true;
  watched_ = std::move(watched);
  tell(troubles);
}

// Each trouble once, as long as it lasts.
void Scout::tell(const std::vector<core::Error>& troubles) {
  for (const core::Error& trouble : troubles) {
    if (told_.size() > most_pending || !told_.insert(trouble.what).second) continue;
    tools_.log.warn("sources", "Cannot look for log files everywhere",
                    {{"why", trouble.what}, {"hint", trouble.hint}});
  }
}

void Scout::spare(bool none_left) {
  parts_.spare_descriptors(parts_.open_files() * 3 / 4);
  if (none_left) again_ = tools_.clock.now() + tend_every;
}

core::Task<void> Scout::open_files() {
  std::vector<PartPointer> unopened = parts_.take_unopened();
  const bool find_last_line = settings_.start == Start::end && parts_.first_time();
  for (std::size_t from = 0; from < unopened.size(); from += opened_at_once) {
    const std::size_t to = std::min(unopened.size(), from + opened_at_once);
    std::vector<std::string> paths;
    for (std::size_t i = from; i < to; ++i) paths.push_back(unopened[i]->found_at);
    auto job = [&] {
      std::vector<core::Outcome<Opened>> opened;
      for (const std::string& path : paths) opened.push_back(open(tools_.files, path, find_last_line));
      return opened;
    };
    std::vector<core::Outcome<Opened>> opened = co_await async::offload(tools_.pool, job);
    bool none_left = false;
    for (std::size_t i = from; i < to; ++i) {
      core::Outcome<Opened>& each = opened[i - from];
      none_left = none_left || (!each && each.error().code == core::Errc::exhausted);
      parts_.admit(unopened[i], std::move(each));
    }
    // What rests is opened again when something is written to it.
    const std::uint64_t most = std::max<std::uint64_t>(tools_.files.most_open() / 2, least_open);
    if (none_left || parts_.open_files() > most) spare(none_left);
  }
}

core::Task<void> Scout::look_at_unlooked() {
  struct Seen {
    PartPointer part;
    std::shared_ptr<os::ReadableFile> file;
    std::uint64_t size_before;
    core::Outcome<> done;
    Look look;
  };
  std::vector<Seen> seen;
  for (const PartPointer& part : parts_.take_unlooked()) {
    seen.push_back({part, part->bytes, part->size, {}, {}});
  }
  if (seen.empty()) co_return;
  auto job = [&] {
    for (Seen& each : seen) each.done = tail::look(*each.file, {}, 0, each.look);
  };
  co_await async::offload(tools_.pool, job);
  for (const Seen& each : seen) {
    if (each.done) {
      parts_.looked_at(each.part, each.file, each.size_before, each.look);
    } else {
      parts_.unreadable(*each.part, each.done.error());
    }
  }
}

core::Task<void> Scout::seek() {
  std::vector<PartPointer> sought;
  std::vector<Wanted> wanted;
  for (const PartPointer& part : parts_.away()) {
    if (!part->sought || part->finished) continue;
    sought.push_back(part);
    wanted.push_back({part->path, part->identity, part->head, since_of(*part, tools_.clock.wall())});
  }
  if (sought.empty()) co_return;
  auto job = [&] {
    std::vector<core::Outcome<std::vector<Opened>>> found;
    for (const Wanted& each : wanted) found.push_back(search(tools_.files, each));
    return found;
  };
  const std::vector<core::Outcome<std::vector<Opened>>> found = co_await async::offload(tools_.pool, job);
  for (std::size_t i = 0; i < sought.size(); ++i) {
    if (found[i]) parts_.found(sought[i], *found[i]);
  }
}

core::Task<void> Scout::tend() {
  std::vector<PartPointer> open;
  for (const PartPointer& part : parts_.away()) {
    if (part->bytes) open.push_back(part);
  }
  if (open.empty()) co_return;
  auto job = [files = open] {
    std::vector<core::Outcome<os::FileFacts>> facts;
    for (const PartPointer& part : files) facts.push_back(part->bytes->facts());
    return facts;
  };
  const auto facts = co_await async::offload(tools_.pool, job);
  for (std::size_t i = 0; i < open.size(); ++i) parts_.tended(open[i], facts[i]);
}

core::Task<void> Scout::listen() {
  for (;;) {
    const os::Changes changes = co_await watch_->next();
    if (changes.overflowed) all_ = true;
    for (const os::Change& change : changes.list) hear(change);
    if (all_ || !pending_.empty()) ring();
    co_await tools_.clock.sleep(pace);
    core::Task<void> reading = look_at_unlooked();
    co_await std::move(reading);
  }
}

void Scout::hear(const os::Change& change) {
  if (change.name.empty()) {
    if (change.kind == os::Change::Kind::entries) watched_.erase(change.directory);
    all_ = true;
    return;
  }
  const std::string path = joined(change.directory, change.name);
  if (change.kind == os::Change::Kind::written) {
    parts_.written(path);
  } else if (change.is_directory) {
    all_ = true;
  } else if (settings_.choice.includes(path)) {
    pending_.insert(path);
    if (pending_.size() > most_pending) all_ = true;
  }
}

}  // namespace outrider::tail
