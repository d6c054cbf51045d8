// A batch as it lies in the spool: table `spool`, by the number of its first record. Numbers grow by one a
// record and are never used again, so what is missing between two batches is known exactly, also when nobody
// can read it any more.
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

inline constexpr std::string_view spool_table = "spool";
inline constexpr std::string_view spool_cursor_table = "spool cursors";  // sink to the next it needs
inline constexpr std::string_view spool_state_table = "spool state";  // `next`: the number of the next record

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
  std::array<std::uint64_t, priority_count> records{};
  std::array<std::uint64_t, priority_count> bytes{};  // as read
  std::uint64_t count() const;
};

std::string packed(const telemetry::Batch& batch, std::uint64_t span);
std::optional<SpooledHeader> header_of(std::string_view packed);
std::optional<SpooledBatch> unpacked(std::uint64_t first, std::string_view packed);

// What a batch takes in the book, its key included.
std::uint64_t spooled_bytes(std::size_t packed_bytes);

// Walks whatever is in the spool from the first number on; until `visit` says false.
using VisitSpooled = std::function<bool(std::uint64_t first, std::string_view packed)>;
core::Outcome<> walk_spool(const durable::Book& book, std::uint64_t from, const VisitSpooled& visit);

}  // namespace outrider::pipeline
