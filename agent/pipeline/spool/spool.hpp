// What a volatile source has read is gone from where it came from, so it is written to the disk first, after
// the transforms (a secret never gets there), many batches in one commit. Each sink then reads it at its own
// pace, and what all have taken goes. Bounded in bytes; when full, what matters least goes first, and is
// counted; of what its sender still has, no more is taken. On the carry river; the book's work is done in the
// pool.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/pool.hpp"
#include "agent/core/log.hpp"
#include "agent/pipeline/carrier.hpp"
#include "agent/pipeline/ledger/ledger.hpp"
#include "agent/pipeline/spool/spool_store.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrider::pipeline {

struct SpoolSettings {
  std::uint64_t most_bytes = 256u << 20;
};

class Spool {
 public:
  struct Tools {
    core::Clock& clock;
    async::Pool& pool;
    core::Log& log;
    durable::Book& book;
    ::prometheus::Registry& registry;
    Ledger& ledger;
    DropSeen dropped{};  // may be empty
  };

  Spool(const async::Executor& carry, Tools tools, SpoolKind kind, SpoolSettings settings,
        const std::vector<Destination>& destinations);
  ~Spool();

  // The account that a stream has with a sink already.
  void use(const std::string& stream, const std::string& sink, Account& account);

  // Finds what an earlier run left. First of all; without it nothing is taken to the disk.
  async::Task<core::Outcome<>> open();

  // Of what its sender keeps until it is told: on the disk when it returns. An error: none of it was taken,
  // and it may be offered again; `busy` soon, `exhausted` when there is no room.
  async::Task<core::Outcome<>> keep(telemetry::Batch batch);

  // Whether it would be taken now.
  bool has_room(std::uint64_t weight) const;

  // Never waits. What is not on the disk yet is in flight in the account of its stream with the spool.
  void append(telemetry::Batch batch);

  // So much waits to be written down that more may be shed. Not when nothing can be written down at all.
  bool is_behind() const;

  // All of a kept stream before this was appended, or was left out: the next commit says so, too.
  void reached(std::uint64_t stream, std::uint64_t offset);

  // Of a stream's records that go no further, in its accounts with the sinks.
  void left_out(const std::string& stream, Amount amount, Reason why);

  // Since when it is on the disk what a sink has in its hands; where the kind of spool notes that.
  core::Instant since(const telemetry::Batch& batch) const;

  Amount on_disk() const { return {records_, bytes_}; }

  async::Task<void> run();  // until close(); ignores cancellation

  // What was appended is on the disk, and the sinks that take anything have been handed all of it.
  async::Task<void> handed_on();
  void close();
  async::Task<void> save();  // how far the sinks have got, at the very end

  std::map<const Account*, Amount> waiting() const;

 private:
  struct Lane;
  struct Meters;
  struct Written {
    SpoolStore::Trimmed trimmed;
    std::uint64_t bytes = 0;
    std::vector<SpooledBatch> batches;
  };

  async::Task<void> wait_for_room(std::uint64_t weight);
  core::Error no_room() const;
  std::uint64_t promised_weight() const;
  void give_back();
  void tell_keepers(telemetry::Fate fate);
  async::Task<void> write_down();
  async::Task<void> wait_for_work();
  async::Task<bool> commit();
  core::Outcome<Written> write(const std::vector<telemetry::Batch>& batches, SpoolStore::Step step);
  void committed(Written written);
  async::Task<void> make_room();
  async::Task<void> shed_stored(Priority priority, std::uint64_t bytes);
  std::uint64_t drop_pending(Priority priority, Reason reason);
  void bound_pending();
  async::Task<void> feed(Lane& lane);
  async::Task<std::vector<SpooledBatch>> next_for(Lane& lane);
  std::vector<SpooledBatch> recent_for(const Lane& lane) const;
  bool is_in_doubt(const Lane& lane) const;
  void hand_on(Lane& lane, SpooledBatch spooled);
  void advance(Lane& lane);
  Account& account(const std::string& stream, const std::string& sink);
  Account& own_account(const std::string& stream);  // with the spool itself for a sink
  std::uint64_t needed_from() const;
  bool all_handed_on() const;
  bool lags() const;
  void show();

  async::Executor carry_;
  Tools tools_;
  SpoolKind kind_;
  SpoolSettings settings_;
  SpoolStore store_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::map<std::pair<std::string, std::string>, Account*> accounts_;
  std::vector<telemetry::Batch> pending_, writing_;
  std::uint64_t pending_weight_ = 0;
  std::vector<std::shared_ptr<telemetry::Acknowledgement>> owed_, owed_now_;  // of pending_, of writing_
  std::uint64_t next_ = 0;  // the number of the next record to be written
  std::uint64_t bytes_ = 0, records_ = 0;
  std::deque<SpooledBatch> recent_;  // just committed: the sinks that keep up need not read it
  std::uint64_t recent_weight_ = 0;
  using Time = std::pair<std::uint64_t, core::Instant>;
  std::deque<Time> times_;                                     // when all before a number was written down
  std::array<std::uint64_t, priority_count> shed_to_{};        // up to where nothing of a priority is left
  std::map<std::string, std::optional<std::uint64_t>> moved_;  // cursors that are not on the disk yet
  SpoolStore::Places places_;                                  // the same of kept streams
  std::uint64_t unsaved_bytes_ = 0, saving_bytes_ = 0;         // that sinks took since they were
  bool more_to_trim_ = false;
  bool saving_cursors_ = false;
  core::Instant last_commit_{};
  async::Bell news_, closing_;
  bool closed_ = false, ended_ = false;
  bool shedding_ = false;
  std::string trouble_;
  std::unique_ptr<Meters> meters_;
};

}  // namespace outrider::pipeline
