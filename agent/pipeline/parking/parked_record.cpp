#include "agent/pipeline/parking/parked_record.hpp"

#include "agent/core/sums/crc32c.hpp"
#include "agent/durable/packing.hpp"
#include "agent/sources/shelf.hpp"

#include <fmt/format.h>

namespace outrider::pipeline {
namespace {

constexpr std::size_t most_sink_bytes = 400;  // of a key, which has room for 500
constexpr std::uint64_t of_a_line = 1;
constexpr std::uint64_t of_many = 2;  // what it is in the ledger stands at the end

std::int64_t nanoseconds(core::WallTime time) { return time.time_since_epoch().count(); }
core::WallTime wall_time(std::uint64_t packed) {
  return core::WallTime(core::WallTime::duration(static_cast<std::int64_t>(packed)));
}

}  // namespace

std::string parked_prefix(std::string_view sink) {
  std::string prefix(sink.substr(0, most_sink_bytes));
  if (sink.size() > most_sink_bytes) {
    const std::uint32_t rest = core::crc32c_add(core::crc32c_start, sink.data(), sink.size());
    prefix += fmt::format("…{:08x}", core::crc32c_finished(rest));
  }
  prefix.push_back('\0');
  return prefix;
}

bool ParkedRecord::is_of_spans() const { return stream == sources::trace_stream; }

std::string ParkedRecord::key() const { return parked_prefix(sink) + id; }

ParkedRecord ParkedRecord::of(const std::string& sink, const sinks::Refused& refused, core::WallTime now) {
  ParkedRecord parked;
  parked.sink = sink;
  parked.record = refused.batch->records[refused.record];
  telemetry::append_document_id(parked.id, parked.record.origin);
  parked.parked = now;
  parked.stream = refused.batch->stream;
  parked.why = refused.why;
  parked.document = parked.record.text;
  parked.record.text = {};
  return parked;
}

std::string ParkedRecord::packed() const {
  std::string out;
  out.reserve(document.size() + why.size() + sink.size() + stream.size() + 100);
  durable::pack(out, record.count == 1 ? of_a_line : of_many);
  durable::pack(out, sink);
  durable::pack(out, id);
  durable::pack(out, static_cast<std::uint64_t>(nanoseconds(parked)));
  durable::pack(out, times);
  durable::pack(out, order);
  durable::pack(out, stream);
  durable::pack(out, record.bytes);
  durable::pack(out, std::uint64_t{record.origin.generation});
  durable::pack(out, std::uint64_t{record.origin.began_seconds});
  durable::pack(out, record.origin.stream);
  durable::pack(out, record.origin.offset);
  durable::pack(out, static_cast<std::uint64_t>(nanoseconds(record.time)));
  durable::pack(out, static_cast<std::uint64_t>(record.severity));
  durable::pack(out, std::uint64_t{record.marks});
  durable::pack(out, why);
  durable::pack(out, document);
  if (record.count != 1) durable::pack(out, std::uint64_t{record.count});
  return out;
}

std::optional<ParkedRecord> ParkedRecord::unpacked(std::string_view packed) {
  durable::Unpacker in(packed);
  const std::uint64_t version = in.number();
  if (version != of_a_line && version != of_many) return std::nullopt;
  ParkedRecord parked;
  parked.sink = in.text();
  parked.id = in.text();
  parked.parked = wall_time(in.number());
  parked.times = in.number();
  parked.order = in.number();
  parked.stream = in.text();
  parked.record.bytes = in.number();
  parked.record.origin.generation = static_cast<std::uint32_t>(in.number());
  parked.record.origin.began_seconds = static_cast<std::uint32_t>(in.number());
  parked.record.origin.stream = in.number();
  parked.record.origin.offset = in.number();
  parked.record.time = wall_time(in.number());
  parked.record.severity = static_cast<telemetry::Severity>(in.number());
  parked.record.marks = static_cast<std::uint8_t>(in.number());
  parked.why = in.text();
  parked.document = in.text();
  if (version == of_many) parked.record.count = static_cast<std::uint32_t>(in.number());
  return in.good() ? std::optional(std::move(parked)) : std::nullopt;
}

core::Outcome<> walk_parked(const durable::Book& book, std::string_view sink, std::string_view after,
                            const VisitParked& visit) {
  const std::string prefix = sink.empty() ? std::string() : parked_prefix(sink);
  const std::string from = after.empty() ? prefix : std::string(after);
  std::optional<core::Error> foreign;
  auto walked = book.walk(parked_table, from, [&](std::string_view key, std::string_view value) {
    if (key == after) return true;
    if (!key.starts_with(prefix)) return false;
    const auto parked = ParkedRecord::unpacked(value);
    if (!parked) {
      foreign.emplace(core::Errc::unsupported,
                      "cannot read a parked record: it was parked by a newer version",
                      "use the version that runs here");
      return false;
    }
    return visit(*parked);
  });
  if (walked && foreign) return core::fail(*foreign);
  return walked;
}

}  // namespace outrider::pipeline
