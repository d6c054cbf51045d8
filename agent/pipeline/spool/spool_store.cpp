#include "agent/pipeline/spool/spool_store.hpp"

#include "agent/durable/packing.hpp"

#include <algorithm>

namespace outrider::pipeline {
namespace {

constexpr std::size_t most_trimmed = 256;  // at once
const std::string next_key = "next";

durable::Change change_of(std::string_view table, std::string key, std::optional<std::string> value) {
  return {std::string(table), std::move(key), std::move(value)};
}

core::Error unreadable() {
  return {core::Errc::unsupported, "cannot read a batch of the spool: it was written by a newer version",
          "use the version that wrote it until the spool is empty"};
}

}  // namespace

core::Outcome<SpoolStore::State> SpoolStore::look() const {
  State state;
  auto cursors = book_.walk(kind_.cursors, {}, [&state](std::string_view sink, std::string_view value) {
    if (const auto at = durable::number_of(value)) state.cursors.emplace(sink, *at);
    return true;
  });
  if (!cursors) return core::fail(cursors.error());
  const auto next = book_.read(kind_.state, next_key);
  if (!next) return core::fail(next.error());
  state.next = *next ? durable::number_of(**next).value_or(0) : 0;
  std::uint64_t needed = state.next;  // the oldest that somebody still needs
  for (const auto& [sink, at] : state.cursors) needed = std::min(needed, at);
  std::optional<std::uint64_t> expected;
  bool readable = true;
  const auto walked = walk_spool(book_, kind_, 0, [&](std::uint64_t first, std::string_view packed) {
    const auto header = header_of(packed);
    if (!header) return readable = false;
    if (!expected) {
      state.first = first;
      expected = std::min(first, needed);
    }
    state.missing += first - std::min(first, *expected);
    expected = first + header->span;
    state.records += header->count();
    state.bytes += spooled_bytes(packed.size());
    return true;
  });
  if (!walked) return core::fail(walked.error());
  if (!readable) return core::fail(unreadable());
  const std::uint64_t end = expected.value_or(needed);
  state.missing += state.next - std::min(state.next, end);
  state.next = std::max(state.next, end);
  if (!expected) state.first = state.next;
  return state;
}

core::Outcome<SpoolStore::Trimmed> SpoolStore::write(Step step) {
  std::vector<durable::Change> changes = std::move(step.batches);
  const bool is_longer = !changes.empty();
  Trimmed trimmed;
  std::size_t gone = 0;
  const VisitHeader trim = [&](std::uint64_t first, const SpooledHeader& header, std::size_t bytes) {
    if (first + header.span > step.trim_to) return false;
    if (gone++ == most_trimmed) return trimmed.all = false;
    changes.push_back(change_of(kind_.batches, durable::key_of(first), std::nullopt));
    trimmed.records += header.count();
    trimmed.bytes += spooled_bytes(bytes);
    return true;
  };
  if (const auto looked = skim_spool(book_, kind_, trim); !looked) return core::fail(looked.error());
  if (is_longer) changes.push_back(change_of(kind_.state, next_key, durable::key_of(step.next)));
  for (const auto& [sink, at] : step.cursors) {
    changes.push_back(
        change_of(kind_.cursors, sink, at ? std::optional(durable::key_of(*at)) : std::nullopt));
  }
  for (const auto& [stream, offset] : step.places)
    changes.push_back(change_of(spool_place_table, durable::key_of(stream), durable::key_of(offset)));
  if (auto written = book_.write(changes); !written) return core::fail(written.error());
  return trimmed;
}

core::Outcome<std::uint64_t> place_of(const durable::Book& book, std::uint64_t stream) {
  const auto found = book.read(spool_place_table, durable::key_of(stream));
  if (!found) return core::fail(found.error());
  return *found ? durable::number_of(**found).value_or(0) : 0;
}

core::Outcome<> forget_places(durable::Book& book, const std::vector<std::uint64_t>& streams) {
  std::vector<durable::Change> changes;
  for (const std::uint64_t stream : streams)
    changes.push_back(change_of(spool_place_table, durable::key_of(stream), std::nullopt));
  return book.write(changes);
}

core::Outcome<std::vector<SpooledBatch>> SpoolStore::read(std::uint64_t from,
                                                          std::uint64_t most_bytes) const {
  std::vector<SpooledBatch> found;
  std::uint64_t bytes = 0;
  bool readable = true;
  const auto walked = walk_spool(book_, kind_, from, [&](std::uint64_t first, std::string_view packed) {
    auto spooled = unpacked(first, packed);
    if (!spooled) return readable = false;
    found.push_back(std::move(*spooled));
    bytes += packed.size();
    return bytes < most_bytes;
  });
  if (!walked) return core::fail(walked.error());
  if (!readable && found.empty()) return core::fail(unreadable());
  return found;
}

core::Outcome<SpoolStore::Shed> SpoolStore::shed(Priority priority, std::uint64_t from, std::uint64_t bytes,
                                                 const MayShed& may) {
  Shed shed;
  shed.looked_to = from;
  std::vector<durable::Change> changes;
  const auto index = static_cast<std::size_t>(priority);
  const auto walked = walk_spool(book_, kind_, from, [&](std::uint64_t first, std::string_view value) {
    const auto header = header_of(value);
    if (!header || shed.freed_bytes >= bytes || changes.size() == most_trimmed) return false;
    if (header->records[index] > 0 && may(first, first + header->span)) {
      auto spooled = unpacked(first, value);
      if (!spooled) return false;
      telemetry::Batch rest = spooled->batch;
      const auto goes = [priority](const telemetry::Record& one) {
        return priority_of(one.severity) == priority;
      };
      std::erase_if(rest.records, goes);
      std::erase_if(spooled->batch.records, [&goes](const telemetry::Record& one) { return !goes(one); });
      for (telemetry::Record& gone : spooled->batch.records) gone.text = {};
      durable::Change smaller = packed(kind_, first, spooled->span, rest);
      smaller.value = durable::whole_value(smaller);  // what it is made of is not kept
      smaller.inserted.clear();
      shed.freed_bytes += value.size() - std::min(value.size(), smaller.value->size());
      spooled->batch.chunks.clear();
      shed.batches.push_back(std::move(*spooled));
      changes.push_back(std::move(smaller));
    }
    shed.looked_to = first + header->span;
    return true;
  });
  if (!walked) return core::fail(walked.error());
  if (auto written = book_.write(changes); !written) return core::fail(written.error());
  return shed;
}

}  // namespace outrider::pipeline
