// Log records as the upper river carries them: views into shared chunks of bytes, grouped in batches.
// A record costs no allocation of its own; who holds the batch holds the bytes.
#pragma once

#include "agent/core/clock.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::telemetry {

// A block of bytes that grows at its end and never moves. What was written stays as it is.
class Chunk {
 public:
  explicit Chunk(std::size_t capacity) : bytes_(new char[capacity]), capacity_(capacity) {}

  char* end() { return bytes_.get() + used_; }
  std::size_t room() const { return capacity_ - used_; }
  std::size_t capacity() const { return capacity_; }
  std::size_t used() const { return used_; }
  void grow(std::size_t by) { used_ += by; }
  void clear() { used_ = 0; }  // for whoever alone holds it
  std::string_view from(std::size_t offset) const { return {bytes_.get() + offset, used_ - offset}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
  std::size_t used_ = 0;
};

using ChunkPointer = std::shared_ptr<Chunk>;

// Keeps texts in chunks: one allocation for many records.
class Shelter {
 public:
  explicit Shelter(std::size_t chunk_bytes = 64 * 1024) : chunk_bytes_(chunk_bytes) {}

  // A lasting copy; its chunk is added to `held` when it is not there already.
  std::string_view keep(std::string_view text, std::vector<ChunkPointer>& held);

 private:
  std::size_t chunk_bytes_;
  ChunkPointer current_;
};

enum class Severity : std::uint8_t { unspecified, trace, debug, info, warn, error, fatal };

std::string_view name_of(Severity severity);
// "WARNING", "warn", "W", "4" of syslog is not guessed: unspecified when the word is not known.
Severity read_severity(std::string_view word);

// Where a record came from: enough to tell any two records of all agents apart, and the same each time it is
// read again.
struct Origin {
  std::uint32_t generation = 0;     // one more with each start of the child, each new file under one name
  std::uint32_t began_seconds = 0;  // since 1970: when that generation began
  std::uint64_t stream = 0;         // which generation of which stream of which agent: stream_key()
  std::uint64_t offset = 0;         // of its first byte in that generation's stream
};

// As `began_seconds` has it: whole seconds since 1970, never before, and until 2106.
std::uint32_t seconds_of(core::WallTime time);

// `installation` is the agent's own name for itself, for ever; `stream` the source's name for the stream.
std::uint64_t stream_key(std::string_view installation, std::string_view stream, std::uint32_t generation);

// Twenty characters that are safe in a URL, the slow-changing ones first: so that neighbours share a prefix
// in an index. They say [when its generation began][which it is][offset].
inline constexpr std::size_t document_id_length = 20;
void append_document_id(std::string& out, const Origin& origin);

// What happened to a record's text on its way.
enum Mark : std::uint8_t {
  mark_repaired = 1,      // bytes that were not UTF-8 became U+FFFD
  mark_cut = 2,           // longer than a line may be: the rest follows as the next record
  mark_continued = 4,     // the rest of a cut line
  mark_unterminated = 8,  // the stream ended before the line did
  mark_unparsed = 16,     // it is not written as its format says: it passed as text
  mark_joined = 32,       // several lines or parts, put together
};

struct Record {
  std::string_view text;    // as read; after its transform the document that sinks write
  std::uint64_t bytes = 0;  // of the line as read, its end included: what the ledger counts
  Origin origin;
  core::WallTime time{};
  Severity severity = Severity::unspecified;
  std::uint8_t marks = 0;
  std::uint8_t route = 0;   // which of its batch's routes it takes, from 1; 0: it goes everywhere
  std::uint32_t count = 1;  // what it is in the ledger: a line is one, a request with spans as many as they
};

// The document as a line of its own, its id in it as the last member: {…,"log.record.uid":"…"}
inline constexpr std::string_view id_member = R"("log.record.uid":")";
void append_line_with_id(std::string& out, const Record& record);

// Whether it is only a piece of the line that was written.
inline bool is_piece(const Record& record) { return record.marks & (mark_cut | mark_continued); }

// From good to bad. Returned: not delivered, and not lost either, since its source can read it again.
enum class Fate { delivered, returned, dropped };

// For each route the destinations that it leads to, by the names that the configuration gives them.
using Routes = std::vector<std::vector<std::string>>;
inline constexpr std::size_t most_routes = 255;

// Tells a source what became of a batch, once every sink has settled it. Lives on the carry river only.
class Acknowledgement {
 public:
  Acknowledgement(std::uint32_t sinks, std::function<void(Fate)> settled)
      : open_(sinks), settled_(std::move(settled)) {}

  // Once a sink. The worst fate wins.
  void settle(Fate fate);

 private:
  std::uint32_t open_;
  Fate worst_ = Fate::delivered;
  std::function<void(Fate)> settled_;
};

struct Batch {
  std::string stream;  // "child output"
  std::vector<Record> records;
  std::vector<ChunkPointer> chunks;                  // what the records look into
  std::shared_ptr<Acknowledgement> acknowledgement;  // may be null
  std::shared_ptr<const Routes> routes;              // null: every record goes everywhere
  bool is_promised = false;                          // whoever sent it has it still, until it is told

  std::uint64_t weight() const;  // bytes of memory it stands for
  std::uint64_t bytes() const;   // bytes as read
  std::uint64_t count() const;   // what its records are in the ledger
};

using BatchPointer = std::shared_ptr<const Batch>;

}  // namespace outrider::telemetry
