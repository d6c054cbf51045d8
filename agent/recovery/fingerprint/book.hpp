// What the source's content was, range by range: between which places of the WAL a range had one and the same
// hash. Pure.
//
// A hash is taken by one short statement without a lock. What it saw had been committed before the place that
// was noted after it (`from`); what had been committed before a place noted earlier was seen by it, but for
// transactions that were under way then (`to`). So if a range has the same hash twice, a copy that was
// recovered to a place between the `from` of the first and the `to` of the second must have it as well.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/recovery/fingerprint/chunk.hpp"
#include "agent/wal/lsn.hpp"

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

// Free of order: how many rows, and the sum of their hashes.
struct Digest {
  std::uint64_t rows = 0;
  std::string sum;

  bool operator==(const Digest&) const = default;
};

// Transactions that had not ended for anybody to see: some by number, and all from one number on. Which of
// the latter there are, a snapshot does not say.
struct UnderWay {
  std::set<std::uint64_t> ids;
  std::uint64_t from = std::numeric_limits<std::uint64_t>::max();

  bool has(std::uint64_t id) const { return id >= from || ids.contains(id); }
  void add(const UnderWay& other);
};

// One going over some ranges of the source.
struct Pass {
  std::uint64_t system = 0;
  std::uint32_t timeline = 0;
  wal::Lsn to;         // noted before the first statement
  UnderWay under_way;  // of them some may have been committed before `to`, unseen
  core::WallTime at{};
};

struct Observation {
  Digest digest;
  wal::Lsn from;  // noted after the statement had seen what it saw
};

struct Run {
  std::uint32_t timeline = 0;
  wal::Lsn from;
  std::optional<wal::Lsn> to;  // nothing: seen once only
  Digest digest;
};

struct Entry {
  std::uint64_t bytes = 0;
  Run run;
  core::WallTime hashed{};    // last
  core::WallTime tried{};     // to compare it with a copy, whatever came of it
  core::WallTime compared{};  // and a copy was the same
};

struct Book {
  std::optional<std::uint64_t> system;
  std::map<ChunkId, Entry> entries;
  std::map<wal::Lsn, UnderWay> under_way;  // by the `to` of a run
};

struct Candidate {
  Chunk chunk;
  Run run;
};

inline constexpr std::size_t most_chunks = 65'536;  // those hashed longest ago go first

// Before the observations of a pass. What is known of another cluster, or of a history that this one has
// left, has no meaning here: all of it is forgotten then, and the answer is true.
bool begin(Book& book, const Pass& pass);
void note(Book& book, const Chunk& chunk, const Observation& seen, const Pass& pass);
// It could not be hashed. What is known of it stays, and it waits its turn like the rest.
void note_trouble(Book& book, const Chunk& chunk, const Pass& pass);
// What is not among the chunks of a database any more.
void forget(Book& book, std::uint32_t database, const std::set<ChunkId>& there);
void trim(Book& book, std::size_t most = most_chunks);

// What is hashed next: what never was, then what was longest ago; about so many bytes, but at least one.
std::vector<Chunk> due_to_hash(const Book& book, std::vector<Chunk> chunks, std::uint64_t most_bytes);
// What a copy that was recovered to that place can be compared with: first what was not tried for longest.
std::vector<Candidate> due_to_compare(const Book& book, wal::Lsn reached, std::uint32_t timeline,
                                      std::uint64_t most_bytes);

std::string write_book(const Book& book);
// All or nothing: a file in which something is wrong is an empty book, and everything is hashed anew.
Book read_book(std::string_view text);

}  // namespace outrider::recovery
