// What senders of log records post: each becomes a document that is JSON, and none is lost or made up.
#include "agent/lines/json.hpp"
#include "agent/sources/otlp/taking/request.hpp"
#include "agent/telemetry/otlp/walk.hpp"
#include "agent/telemetry/utf8.hpp"
#include "agent/transforms/chain.hpp"
#include "agent/transforms/reading.hpp"
#include "tests/fuzz/target.hpp"

#include <string>

#include <prometheus/registry.h>

namespace outrider::fuzz {
namespace {

constexpr std::uint64_t most = 1 << 16;

std::size_t records_in(std::string_view request) {
  using telemetry::otlp::walk;
  std::size_t count = 0;
  walk(request, 1, [&](std::string_view of) {
    walk(of, 2, [&](std::string_view scope) { walk(scope, 2, [&](std::string_view) { ++count; }); });
  });
  return count;
}

}  // namespace

void otlp_logs(std::string_view bytes) {
  net::Call call;
  call.body = bytes;
  if (bytes.starts_with('{')) call.headers = {{"content-type", "application/json"}};
  const auto& kind = sources::otlp::kind_of(sources::Signal::logs);
  auto taken = sources::otlp::take(call, kind, most);
  if (!taken) return;
  telemetry::Batch& batch = taken->batch;
  const std::size_t count = batch.records.size();
  must(batch.weight() <= kind.growth * most + sizeof(telemetry::Batch), "what comes out is bounded");
  if (!bytes.starts_with('{')) must(records_in(bytes) == count, "no record is lost, none made up");
  ::prometheus::Registry registry;
  core::Resource resource;
  resource.service = "tests-api";
  transforms::Chain chain({resource, registry}, {transforms::default_reading("otlp"), {}, {}});
  chain.apply(batch, {});
  must(batch.records.size() == count, "each stands alone");
  std::vector<lines::Member> members;
  for (const telemetry::Record& record : batch.records) {
    must(lines::scan_object(record.text, members), "a document is JSON");
    must(telemetry::valid_utf8(record.text), "and UTF-8");
  }
}

}  // namespace outrider::fuzz
