// The spool's tables in the book. Everything here blocks, and is called from the pool by one at a time.
#pragma once

#include "agent/pipeline/spool/spooled_batch.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::pipeline {

class SpoolStore {
 public:
  SpoolStore(durable::Book& book, const SpoolKind& kind) : book_(book), kind_(kind) {}

  struct State {
    std::uint64_t first = 0;  // of the oldest batch; next when there is none
    std::uint64_t next = 0;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    std::uint64_t missing = 0;  // records that are not there although nobody took them
    std::map<std::string, std::uint64_t> cursors;
  };
  core::Outcome<State> look() const;

  // How far kept streams have been written down, by their key: their source need not keep what lies before.
  using Places = std::map<std::uint64_t, std::uint64_t>;

  // What one write does. `next` is the number after the last batch.
  struct Step {
    std::vector<durable::Change> batches;  // packed
    std::uint64_t next = 0;
    std::map<std::string, std::optional<std::uint64_t>> cursors;  // nothing: the sink is no more
    Places places{};
    std::uint64_t trim_to = 0;  // batches that end before it are done with
  };
  struct Trimmed {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    bool all = true;  // not all that may go was looked at
  };
  core::Outcome<Trimmed> write(Step step);

  core::Outcome<std::vector<SpooledBatch>> read(std::uint64_t from, std::uint64_t most_bytes) const;

  // Takes records of one priority out of what lies between, the oldest first, until `bytes` are free.
  struct Shed {
    std::vector<SpooledBatch> batches;  // with the records that are gone, without their texts
    std::uint64_t freed_bytes = 0;
    std::uint64_t looked_to = 0;
  };
  using MayShed = std::function<bool(std::uint64_t first, std::uint64_t end)>;
  core::Outcome<Shed> shed(Priority priority, std::uint64_t from, std::uint64_t bytes, const MayShed& may);

 private:
  durable::Book& book_;
  SpoolKind kind_;
};

// For whoever keeps a stream. Both block.
core::Outcome<std::uint64_t> place_of(const durable::Book& book, std::uint64_t stream);  // 0: not known
core::Outcome<> forget_places(durable::Book& book, const std::vector<std::uint64_t>& streams);

}  // namespace outrider::pipeline
