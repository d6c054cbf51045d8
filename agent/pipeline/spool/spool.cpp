#include "agent/pipeline/spool/spool.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/pipeline/spool/spool_parts.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/this_coro.hpp>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration between_commits = 20ms;  // what is read meanwhile goes into one
constexpr core::Duration between_saves = 1s;      // of the sinks' places alone
// Sinks look through their last 64 MiB for what may come twice: places are saved when so much was taken, and
// wait for a slow disk.
constexpr std::uint64_t enough_taken_bytes = 16u << 20, most_taken_bytes = 32u << 20;
constexpr core::Duration between_attempts = 1s;
constexpr std::uint64_t most_recent = 4u << 20;  // several commits of large batches

}  // namespace

Spool::Spool(const async::Executor& carry, Tools tools, SpoolKind kind, SpoolSettings settings,
             const std::vector<Destination>& destinations)
    : carry_(carry),
      tools_(tools),
      kind_(kind),
      settings_(settings),
      store_(tools.book, kind),
      news_(carry),
      closing_(carry),
      meters_(std::make_unique<Meters>(tools.registry, kind, settings.most_bytes)) {
  for (const Destination& to : destinations) lanes_.push_back(std::make_unique<Lane>(to));
}

Spool::~Spool() = default;

async::Task<core::Outcome<>> Spool::open() {
  const auto work = [this] { return store_.look(); };
  const core::Outcome<SpoolStore::State> found = co_await async::offload(tools_.pool, work);
  if (!found) co_return core::fail(found.error());
  next_ = found->next;
  bytes_ = found->bytes;
  records_ = found->records;
  if (kind_.notes_times) times_.emplace_back(next_, tools_.clock.now());
  for (const auto& [sink, at] : found->cursors) moved_[sink] = std::nullopt;  // unless it is still there
  for (const auto& lane : lanes_) {
    const auto known = found->cursors.find(lane->carrier.name());
    // A new sink gets what is still there: perhaps it is an old one under a new name.
    lane->settled = known == found->cursors.end() ? found->first : known->second;
    lane->pushed = lane->settled;
    moved_[lane->carrier.name()] = lane->settled;
  }
  if (found->missing > 0) {
    meters_->missing->Increment(static_cast<double>(found->missing));
    tools_.log.error("pipeline", "Records of the spool are missing: their pages were damaged",
                     {{"signal", kind_.signal}, {"records", found->missing}});
  }
  if (records_ > 0)
    tools_.log.info("pipeline", "The spool holds records of an earlier run",
                    {{"signal", kind_.signal}, {"records", records_}});
  show();
  co_return core::Outcome<>();
}

Account& Spool::account(const std::string& stream, const std::string& sink) {
  Account*& known = accounts_[{stream, sink}];
  if (known == nullptr) known = &tools_.ledger.open(stream, sink);
  return *known;
}

Account& Spool::own_account(const std::string& stream) { return account(stream, std::string(kind_.as_sink)); }

void Spool::left_out(const std::string& stream, Amount amount, Reason why) {
  for (const auto& lane : lanes_) {
    Account& with = account(stream, lane->carrier.name());
    with.read(amount);
    with.dropped(amount, why);
  }
}

void Spool::use(const std::string& stream, const std::string& sink, Account& account) {
  accounts_[{stream, sink}] = &account;
}

void Spool::append(telemetry::Batch batch) {
  if (batch.records.empty()) return;
  own_account(batch.stream).read(amount_of(batch));
  if (ended_) return own_account(batch.stream).dropped(amount_of(batch), Reason::shutdown);
  pending_weight_ += batch.weight();
  if (batch.acknowledgement) owed_.push_back(std::exchange(batch.acknowledgement, nullptr));
  pending_.push_back(std::move(batch));
  if (kind_.sheds && pending_weight_ > most_pending_bytes) bound_pending();
  news_.ring();
}

void Spool::reached(std::uint64_t stream, std::uint64_t offset) {
  places_[stream] = offset;
  if (pending_.empty()) news_.ring();  // all of it was left out
}

bool Spool::is_behind() const {
  return kind_.sheds && !closed_ && trouble_.empty() && pending_weight_ > most_pending_bytes / 4;
}

std::map<const Account*, Amount> Spool::waiting() const {
  std::map<const Account*, Amount> sums;
  for (const auto* const held : {&pending_, &writing_}) {
    for (const telemetry::Batch& batch : *held) {
      const auto known = accounts_.find({batch.stream, std::string(kind_.as_sink)});
      if (known != accounts_.end()) sums[known->second] += amount_of(batch);
    }
  }
  return sums;
}

async::Task<void> Spool::run() {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  co_await async::ignore_cancellation();
  async::Nursery parts(executor);
  parts.start(write_down());
  for (const auto& lane : lanes_) parts.start(feed(*lane));
  co_await parts.join();
}

void Spool::close() {
  closed_ = true;
  closing_.ring();
  news_.ring();
}

async::Task<void> Spool::write_down() {
  co_await async::ignore_cancellation();
  while (!closed_ || !pending_.empty()) {
    co_await wait_for_work();
    if (kind_.sheds) co_await make_room();
    const bool done = co_await commit();
    if (done) continue;
    if (closed_) break;
    (void)co_await closing_.wait_until(tools_.clock, tools_.clock.now() + between_attempts);
  }
  writing_ = std::exchange(pending_, {});
  owed_now_ = std::exchange(owed_, {});
  give_back();
  pending_ = std::exchange(writing_, {});
  // What could not be written before the end, and nobody has any more, is lost, and said so.
  for (std::size_t i = 0; i < priority_count; ++i) drop_pending(static_cast<Priority>(i), Reason::shutdown);
  ended_ = true;
}

async::Task<void> Spool::wait_for_work() {
  while (!closed_ && pending_.empty()) {
    if (moved_.empty() && places_.empty() && !more_to_trim_) {
      co_await news_.wait();
      continue;
    }
    const core::Instant due = last_commit_ + between_saves;
    if (due <= tools_.clock.now() || unsaved_bytes_ >= enough_taken_bytes) co_return;
    if (kind_.one_by_one && !moved_.empty()) break;  // somebody waits for it
    (void)co_await news_.wait_until(tools_.clock, due);
  }
  const core::Instant due = last_commit_ + between_commits;
  if (!closed_ && due > tools_.clock.now()) (void)co_await closing_.wait_until(tools_.clock, due);
}

async::Task<bool> Spool::commit() {
  last_commit_ = tools_.clock.now();
  writing_ = joined_by_stream(std::exchange(pending_, {}));
  owed_now_ = std::exchange(owed_, {});
  pending_weight_ = 0;
  SpoolStore::Step step;
  step.next = next_;
  step.cursors = std::exchange(moved_, {});
  saving_cursors_ = !step.cursors.empty();
  step.places = std::exchange(places_, {});
  saving_bytes_ = std::exchange(unsaved_bytes_, 0);
  step.trim_to = needed_from();
  const auto cursors = step.cursors;
  auto places = step.places;
  const auto work = [this, &step] { return write(writing_, std::move(step)); };
  core::Outcome<Written> written = co_await async::offload(tools_.pool, work);
  saving_bytes_ = 0;
  saving_cursors_ = false;
  if (written) {
    if (!trouble_.empty()) tools_.log.info("pipeline", "The spool can be written to again");
    trouble_.clear();
    committed(std::move(*written));
    co_return true;
  }
  meters_->failures->Increment();
  if (trouble_.empty()) {
    tools_.log.error(
        "pipeline", "Cannot write to the spool",
        {{"signal", kind_.signal}, {"why", written.error().what}, {"hint", written.error().hint}});
  }
  trouble_ = written.error().what;
  auto newer = cursors;
  moved_.merge(newer);  // what has moved meanwhile is further on
  places_.merge(places);
  give_back();
  pending_.insert(pending_.begin(), std::make_move_iterator(writing_.begin()),
                  std::make_move_iterator(writing_.end()));
  writing_.clear();
  pending_weight_ = 0;
  for (const telemetry::Batch& batch : pending_) pending_weight_ += batch.weight();
  if (kind_.sheds) bound_pending();
  news_.ring();  // lanes that waited for it go on
  co_return false;
}

// In the pool.
core::Outcome<Spool::Written> Spool::write(const std::vector<telemetry::Batch>& batches,
                                           SpoolStore::Step step) {
  Written written;
  for (const telemetry::Batch& batch : batches) {
    const std::uint64_t span = batch.records.size();
    written.batches.push_back({step.next, span, {}});
    step.batches.push_back(packed(kind_, step.next, span, batch));
    written.bytes += spooled_bytes(durable::value_bytes(step.batches.back()));
    step.next += span;
  }
  const auto trimmed = store_.write(std::move(step));
  if (!trimmed) return core::fail(trimmed.error());
  written.trimmed = *trimmed;
  return written;
}

void Spool::committed(Written written) {
  meters_->commits->Increment();
  bytes_ += written.bytes;
  bytes_ -= std::min(bytes_, written.trimmed.bytes);
  records_ -= std::min(records_, written.trimmed.records);
  more_to_trim_ = !written.trimmed.all;
  for (std::size_t i = 0; i < written.batches.size(); ++i) {
    SpooledBatch& spooled = written.batches[i];
    spooled.batch = std::move(writing_[i]);
    spooled.batch.is_promised = false;
    own_account(spooled.batch.stream).delivered(amount_of(spooled.batch));
    records_ += spooled.batch.count();
    next_ = spooled.end();
    recent_weight_ += spooled.batch.weight();
    recent_.push_back(std::move(spooled));
  }
  writing_.clear();
  if (kind_.notes_times && !written.batches.empty()) times_.emplace_back(next_, tools_.clock.now());
  tell_keepers(telemetry::Fate::delivered);
  const auto passed = [this](const SpooledBatch& one) {
    return std::all_of(lanes_.begin(), lanes_.end(),
                       [&one](const auto& lane) { return lane->pushed >= one.end(); });
  };
  while (!recent_.empty() && (recent_weight_ > most_recent || passed(recent_.front()))) {
    recent_weight_ -= recent_.front().batch.weight();
    recent_.pop_front();
  }
  show();
  news_.ring();
}

std::uint64_t Spool::needed_from() const {
  std::uint64_t needed = next_;
  for (const auto& lane : lanes_) needed = std::min(needed, lane->settled);
  return needed;
}

bool Spool::lags() const { return trouble_.empty() && unsaved_bytes_ + saving_bytes_ >= most_taken_bytes; }

bool Spool::all_handed_on() const {
  if (!pending_.empty() || !writing_.empty()) return !trouble_.empty();
  return std::all_of(lanes_.begin(), lanes_.end(), [this](const auto& lane) {
    return lane->pushed >= next_ || !lane->carrier.trouble().empty();
  });
}

async::Task<void> Spool::handed_on() {
  while (!all_handed_on()) (void)co_await news_.wait_until(tools_.clock, tools_.clock.now() + 100ms);
}

async::Task<void> Spool::save() {
  if (!moved_.empty() || !places_.empty()) co_await commit();
}

void Spool::show() {
  meters_->bytes->Set(static_cast<double>(bytes_));
  meters_->records->Set(static_cast<double>(records_));
}

}  // namespace outrider::pipeline
