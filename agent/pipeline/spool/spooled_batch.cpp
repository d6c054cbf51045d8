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
constexpr std::size_t most_header_bytes = 128;   // ten numbers, each of ten bytes at most
constexpr std::size_t long_text_bytes = 512;     // from here on a copy costs more than its bookkeeping

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

void pack_facts(std::string& out, const telemetry::Record& record, std::uint64_t version) {
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
}

void pack_header(std::string& out, std::uint64_t version, std::uint64_t span, const telemetry::Batch& batch) {
  SpooledHeader header;
  for (const telemetry::Record& record : batch.records) {
    const auto priority = static_cast<std::size_t>(priority_of(record.severity));
    header.records[priority] += record.count;
    header.bytes[priority] += record.bytes;
  }
  durable::pack(out, version);
  durable::pack(out, span);
  for (std::size_t i = 0; i < priority_count; ++i) {
    durable::pack(out, header.records[i]);
    durable::pack(out, header.bytes[i]);
  }
}

// What is copied of a batch.
std::size_t room_for(const telemetry::Batch& batch) {
  std::size_t bytes = batch.records.size() * 48 + batch.stream.size() + most_header_bytes;
  for (const telemetry::Record& record : batch.records) {
    if (record.text.size() < long_text_bytes) bytes += record.text.size();
  }
  return bytes;
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

durable::Change packed(const SpoolKind& kind, std::uint64_t first, std::uint64_t span,
                       const telemetry::Batch& batch) {
  durable::Change change{std::string(kind.batches), durable::key_of(first), std::string()};
  std::string& out = *change.value;
  out.reserve(room_for(batch));
  const std::uint64_t version = version_of(batch);
  pack_header(out, version, span, batch);
  durable::pack(out, batch.stream);
  if (has_routes(version)) pack_routes(out, *batch.routes);
  if (has_counts(version)) durable::pack(out, std::uint64_t{batch.records.size()});
  for (const telemetry::Record& record : batch.records) {
    pack_facts(out, record, version);
    if (record.text.size() < long_text_bytes) {
      durable::pack(out, record.text);
    } else {
      durable::pack(out, std::uint64_t{record.text.size()});
      change.inserted.push_back({out.size(), record.text});
    }
  }
  return change;
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

telemetry::Batch in_bytes_of_its_own(const telemetry::Batch& batch) {
  std::size_t bytes = 0;
  for (const telemetry::Record& record : batch.records) bytes += record.text.size();
  telemetry::Batch alone;
  alone.stream = batch.stream;
  alone.records = batch.records;
  alone.routes = batch.routes;
  telemetry::Shelter shelter(bytes);
  for (telemetry::Record& record : alone.records) record.text = shelter.keep(record.text, alone.chunks);
  return alone;
}

core::Outcome<> walk_spool(const durable::Book& book, const SpoolKind& kind, std::uint64_t from,
                           const VisitSpooled& visit) {
  return book.walk(kind.batches, durable::key_of(from),
                   [&visit](std::string_view key, std::string_view value) {
                     const auto first = durable::number_of(key);
                     return first && visit(*first, value);
                   });
}

core::Outcome<> skim_spool(const durable::Book& book, const SpoolKind& kind, const VisitHeader& visit) {
  return book.skim(kind.batches, {}, most_header_bytes,
                   [&visit](std::string_view key, std::string_view beginning, std::size_t bytes) {
                     const auto first = durable::number_of(key);
                     const auto header = header_of(beginning);
                     return first && header && visit(*first, *header, bytes);
                   });
}

}  // namespace outrider::pipeline
