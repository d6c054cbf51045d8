// A batch as it lies in a spool, by the number of its first record. Numbers grow by one a record and are
// never used again, so what is missing between two batches is known exactly, also when nobody can read it any
// more.
#pragma once

#include "agent/durable/book.hpp"
#include "agent/telemetry/record.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::pipeline {

// Where a spool lies in the book: one for each signal.
struct SpoolKind {
  std::string_view signal;   // as the metrics name it
  std::string_view batches;  // by the number of their first record
  std::string_view cursors;  // sink to the next it needs
  std::string_view state;    // `next`: the number of the next record
  bool sheds;                // when it is full: what matters least goes; false: nothing more is taken
  std::string_view as_sink;  // its name in the ledger
  // The next goes on only when the one before has arrived, and that is on the disk: what is in doubt after a
  // crash is one batch.
  bool one_by_one = false;
  bool notes_times = false;  // it is known of batches since when they are there
};
inline constexpr SpoolKind log_spool{"logs", "spool", "spool cursors", "spool state", true, "spool"};
inline constexpr SpoolKind trace_spool{"traces", "trace spool", "trace spool cursors", "trace spool state",
                                       false,    "spool"};
// Of traces that were judged worth keeping.
inline constexpr SpoolKind kept_trace_spool{
    "kept traces", "kept trace spool", "kept trace spool cursors", "kept trace spool state",
    false,         "kept spool"};
// What matters least is of no meaning there: the oldest go first.
inline constexpr SpoolKind sample_spool{
    "metrics", "sample spool", "sample spool cursors", "sample spool state", true, "spool", true};
// Lines that wait for what is decided of their trace.
inline constexpr SpoolKind held_log_spool{"held logs",
                                          "held log spool",
                                          "held log spool cursors",
                                          "held log spool state",
                                          false,
                                          "held spool",
                                          false,
                                          true};
// Of log streams only.
inline constexpr std::string_view spool_place_table = "spool places";  // key of a kept stream to its offset

// What goes first when there is no room, and what last.
enum class Priority : std::uint8_t { debug, info, warning, error };
inline constexpr std::size_t priority_count = 4;
Priority priority_of(telemetry::Severity severity);
std::string_view name_of(Priority priority);

struct SpooledBatch {
  std::uint64_t first = 0;
  std::uint64_t span = 0;  // how many records it had; those that were shed are not in it any more
  telemetry::Batch batch;

  std::uint64_t end() const { return first + span; }
};

// Of a packed batch, without unpacking its records.
struct SpooledHeader {
  std::uint64_t version = 0;
  std::uint64_t span = 0;
  std::array<std::uint64_t, priority_count> records{};  // what they are in the ledger
  std::array<std::uint64_t, priority_count> bytes{};    // as read
  std::uint64_t count() const;
};

// Long texts are not copied: the batch must be there until the change is written.
durable::Change packed(const SpoolKind& kind, std::uint64_t first, std::uint64_t span,
                       const telemetry::Batch& batch);
std::optional<SpooledHeader> header_of(std::string_view packed);
std::optional<SpooledBatch> unpacked(std::uint64_t first, std::string_view packed);

// Its records alone: what else lay in its chunks can go.
telemetry::Batch in_bytes_of_its_own(const telemetry::Batch& batch);

// What a batch takes in the book, its key included.
std::uint64_t spooled_bytes(std::size_t packed_bytes);

// Walks whatever is in the spool from the first number on; until `visit` says false.
using VisitSpooled = std::function<bool(std::uint64_t first, std::string_view packed)>;
core::Outcome<> walk_spool(const durable::Book& book, const SpoolKind& kind, std::uint64_t from,
                           const VisitSpooled& visit);

// The same without reading more of a batch than its header.
using VisitHeader =
    std::function<bool(std::uint64_t first, const SpooledHeader& header, std::size_t packed_bytes)>;
core::Outcome<> skim_spool(const durable::Book& book, const SpoolKind& kind, const VisitHeader& visit);

}  // namespace outrider::pipeline
