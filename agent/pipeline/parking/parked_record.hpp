// A record that a sink refused for good, as it lies in the book: table `parked`, by sink and document id, so
// that the same record is never there twice.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/durable/book.hpp"
#include "agent/sinks/shelf.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::pipeline {

inline constexpr std::string_view parked_table = "parked";
inline constexpr std::string_view parked_order_table =
    "parked order";  // which was parked first: number to key

struct ParkedRecord {
  std::string sink;
  std::string id;           // its document id
  core::WallTime parked{};  // when, the last time
  std::uint64_t times = 1;  // how often it was refused
  std::uint64_t order = 0;  // its place in the order of parking
  std::string stream;
  telemetry::Record record;  // its text is empty here: see document
  std::string why;           // what the other side said
  std::string document;      // as it was offered

  bool is_of_spans() const;  // then its document is no text
  std::string key() const;
  std::string packed() const;
  // Nothing: it is not one.
  static std::optional<ParkedRecord> unpacked(std::string_view packed);
  static ParkedRecord of(const std::string& sink, const sinks::Refused& refused, core::WallTime now);
};

// What stands before the keys of a sink's records.
std::string parked_prefix(std::string_view sink);

// Those of a sink, or of all when it is empty, from the first key behind `after`; until `visit` says false.
using VisitParked = std::function<bool(const ParkedRecord&)>;
core::Outcome<> walk_parked(const durable::Book& book, std::string_view sink, std::string_view after,
                            const VisitParked& visit);

}  // namespace outrider::pipeline
