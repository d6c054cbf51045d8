#include "agent/sources/otlp/logs/log_request.hpp"

#include "agent/core/text.hpp"
#include "agent/sources/otlp/logs/log_text.hpp"
#include "agent/telemetry/otlp/walk.hpp"

#include <fmt/format.h>
#include <protozero/exception.hpp>

namespace outrider::sources::otlp {
namespace {

using telemetry::otlp::walk;

constexpr std::uint32_t the_source = 1, what_is_in_it = 2;  // of ResourceLogs and of ScopeLogs
// What a record takes at least, here and when it is a document.
constexpr std::uint64_t least_record_bytes = 256;

std::string_view source_of(std::string_view message) {
  std::string_view source;
  walk(message, the_source, [&](std::string_view one) { source = one; });
  return source;
}

struct Reader {
  void take(std::string_view log) {
    if (bytes > most_bytes) return;
    telemetry::Record record;
    const std::string_view written = text.read(log, record);
    bytes += written.size() + least_record_bytes;
    if (bytes > most_bytes) return;
    record.text = shelter.keep(written, taken.batch.chunks);
    taken.batch.records.push_back(record);
  }

  std::uint64_t most_bytes;
  std::uint64_t bytes = 0;
  Taken taken{};
  LogText text{};
  telemetry::Shelter shelter{};
};

}  // namespace

core::Outcome<Taken> read_logs(std::string_view request, std::uint64_t most_bytes) {
  Reader reader{.most_bytes = most_bytes};
  const auto in_scope = [&](std::string_view scope) {
    reader.text.begin_scope(source_of(scope));
    walk(scope, what_is_in_it, [&](std::string_view log) { reader.take(log); });
  };
  const auto in_resource = [&](std::string_view of) {
    reader.text.begin_resource(source_of(of));
    walk(of, what_is_in_it, in_scope);
  };
  try {
    walk(request, 1, in_resource);
  } catch (const protozero::exception& thrown) {
    return core::fail(telemetry::otlp::not_protobuf(thrown.what()));
  }
  if (reader.bytes > most_bytes) {
    return core::fail(core::Errc::exhausted,
                      fmt::format("cannot take so much at once: its records would be more than {}; send less "
                                  "in a request",
                                  core::show_bytes(most_bytes)));
  }
  reader.taken.broken_ids = reader.text.broken_ids();
  return std::move(reader.taken);
}

}  // namespace outrider::sources::otlp
