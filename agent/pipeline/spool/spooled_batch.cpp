#include "agent/pipeline/spool/spooled_batch.hpp"

#include "agent/durable/packing.hpp"

#include <cstring>
#include <memory>

namespace outrider::pipeline {
namespace {

constexpr std::uint64_t plain = 1;    // every record goes everywhere
constexpr std::uint64_t routed = 2;   // routes after the stream, and which of them in each record
constexpr std::uint64_t counted = 3;  // how many records there are after the stream, and what each stands for
constexpr std::uint64_t routed_and_counted = 4;  // the routes first
constexpr std::uint64_t node_bytes = 32;         // what the book adds to a value, about

bool has_routes(std::uint64_t version) { return version == routed || version == routed_and_counted; }
bool has_counts(std::uint64_t version) { return version == counted || version == routed_and_counted; }

core::WallTime wall_time(std::uint64_t packed) {
  return core::WallTime(core::WallTime::duration(static_cast<std::int64_t>(packed)));
}

std::optional<SpooledHeader> read_header(durable::Unpacker& in) {
  SpooledHeader header;
  header.version = in.number();
  if (header.version < plain || header.version > routed_and_counted) return std::nullopt;
  header.span = in.number();
  for (std::size_t i = 0; i < priority_count; ++i) {
    header.records[i] = in.number();
    header.bytes[i] = in.number();
  }
  return in.good() ? std::optional(header) : std::nullopt;
}

std::shared_ptr<const telemetry::Routes> read_routes(durable::Unpacker& in) {
  auto routes = std::make_shared<telemetry::Routes>();
  for (std::uint64_t left = in.number(); left > 0 && in.good(); --left) {
    auto& names = routes->emplace_back();
    for (std::uint64_t more = in.number(); more > 0 && in.good(); --more) names.emplace_back(in.text());
  }
  return routes;
}

void pack_routes(std::string& out, const telemetry::Routes& routes) {
  durable::pack(out, std::uint64_t{routes.size()});
  for (const auto& names : routes) {
    durable::pack(out, std::uint64_t{names.size()});
    for (const std::string& name : names) durable::pack(out, name);
  }
}

telemetry::Record read_record(durable::Unpacker& in, std::uint64_t version) {
  telemetry::Record record;
  record.bytes = in.number();
  record.origin.generation = static_cast<std::uint32_t>(in.number());
  record.origin.began_seconds = static_cast<std::uint32_t>(in.number());
  record.origin.stream = in.number();
  record.origin.offset = in.number();
  record.time = wall_time(in.number());
  record.severity = static_cast<telemetry::Severity>(in.number());
  record.marks = static_cast<std::uint8_t>(in.number());
  if (has_routes(version)) record.route = static_cast<std::uint8_t>(in.number());
  if (has_counts(version)) record.count = static_cast<std::uint32_t>(in.number());
  record.text = in.text();
  return record;
}

std::uint64_t version_of(const telemetry::Batch& batch) {
  const bool is_counted = batch.count() != batch.records.size();
  if (batch.routes) return is_counted ? routed_and_counted : routed;
  return is_counted ? counted : plain;
}

}  // namespace

Priority priority_of(telemetry::Severity severity) {
  switch (severity) {
    case telemetry::Severity::trace:
    case telemetry::Severity::debug: return Priority::debug;
    case telemetry::Severity::warn: return Priority::warning;
    case telemetry::Severity::error:
    case telemetry::Severity::fatal: return Priority::error;
    default: return Priority::info;
  }
}

std::string_view name_of(Priority priority) {
  switch (priority) {
    case Priority::debug: return "debug";
    case Priority::info: return "info";
    case Priority::warning: return "warning";
    case Priority::error: return "error";
  }
  return "";
}

std::uint64_t SpooledHeader::count() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t some : records) sum += some;
  return sum;
}

std::uint64_t spooled_bytes(std::size_t packed_bytes) { return packed_bytes + node_bytes; }

std::string packed(const telemetry::Batch& batch, std::uint64_t span) {
  SpooledHeader header;
  std::size_t texts = 0;
  for (const telemetry::Record& record : batch.records) {
    const auto priority = static_cast<std::size_t>(priority_of(record.severity));
    header.records[priority] += record.count;
    header.bytes[priority] += record.bytes;
    texts += record.text.size();
  }
  std::string out;
  out.reserve(texts + batch.records.size() * 48 + batch.stream.size() + 64);
  const std::uint64_t version = version_of(batch);
  durable::pack(out, version);
  durable::pack(out, span);
  for (std::size_t i = 0; i < priority_count; ++i) {
    durable::pack(out, header.records[i]);
    durable::pack(out, header.bytes[i]);
  }
  durable::pack(out, batch.stream);
  if (has_routes(version)) pack_routes(out, *batch.routes);
  if (has_counts(version)) durable::pack(out, std::uint64_t{batch.records.size()});
  for (const telemetry::Record& record : batch.records) {
    durable::pack(out, record.bytes);
    durable::pack(out, std::uint64_t{record.origin.generation});
    durable::pack(out, std::uint64_t{record.origin.began_seconds});
    durable::pack(out, record.origin.stream);
    durable::pack(out, record.origin.offset);
    durable::pack(out, static_cast<std::uint64_t>(record.time.time_since_epoch().count()));
    durable::pack(out, static_cast<std::uint64_t>(record.severity));
    durable::pack(out, std::uint64_t{record.marks});
    if (has_routes(version)) durable::pack(out, std::uint64_t{record.route});
    if (has_counts(version)) durable::pack(out, std::uint64_t{record.count});
    durable::pack(out, record.text);
  }
  return out;
}

std::optional<SpooledHeader> header_of(std::string_view packed) {
  durable::Unpacker in(packed);
  return read_header(in);
}

std::optional<SpooledBatch> unpacked(std::uint64_t first, std::string_view packed) {
  // The records look into a copy of the whole.
  auto chunk = std::make_shared<telemetry::Chunk>(packed.size());
  std::memcpy(chunk->end(), packed.data(), packed.size());
  chunk->grow(packed.size());
  durable::Unpacker in(chunk->from(0));
  const auto header = read_header(in);
  if (!header) return std::nullopt;
  SpooledBatch spooled{first, header->span, {}};
  spooled.batch.stream = in.text();
  if (has_routes(header->version)) spooled.batch.routes = read_routes(in);
  for (std::uint64_t left = has_counts(header->version) ? in.number() : header->count();
       left > 0 && in.good(); --left) {
    spooled.batch.records.push_back(read_record(in, header->version));
  }
  if (!in.good() || !in.at_end()) return std::nullopt;
  spooled.batch.chunks.push_back(std::move(chunk));
  return spooled;
}

core::Outcome<> walk_spool(const durable::Book& book, const SpoolKind& kind, std::uint64_t from,
                           const VisitSpooled& visit) {
  return book.walk(kind.batches, durable::key_of(from),
                   [&visit](std::string_view key, std::string_view value) {
                     const auto first = durable::number_of(key);
                     return first && visit(*first, value);
                   });
}

}  // namespace outrider::pipeline
