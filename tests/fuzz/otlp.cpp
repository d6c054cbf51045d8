// What senders of spans post, and what receivers answer: no bytes are lost or made up, whatever they are.
#include "agent/sources/otlp/grpc/grpc_call.hpp"
#include "agent/sources/otlp/taking/request.hpp"
#include "agent/telemetry/otlp/answer.hpp"
#include "agent/telemetry/otlp/spans.hpp"
#include "tests/fuzz/target.hpp"

#include <string>

namespace outrider::fuzz {
namespace {

using namespace telemetry::otlp;

void cut(std::string_view request, std::size_t most) {
  const auto seen = survey(request);
  const auto portions = portions_of(request, most);
  must(seen.has_value() == portions.has_value(), "what can be read can be cut");
  if (!portions) return;
  std::uint64_t spans = 0;
  std::size_t bytes = 0;
  for (const Portion& portion : portions->list) {
    const auto part = survey(portion.bytes);
    must(part && part->broken == 0 && part->good == portion.spans, "a portion is a request, of good spans");
    must(portion.spans > 0, "and has some");
    spans += portion.spans;
    bytes += portion.bytes.size();
  }
  must(spans == seen->good, "no span is lost, none made up");
  // Lengths may be written anew in more bytes than they had.
  must(bytes <= 3 * request.size() + 64 * spans, "a sender cannot make us write much more than it sent");
}

}  // namespace

void otlp(std::string_view bytes) {
  const std::size_t most = (take_choice(bytes, 64) + 1) * std::size_t{16};
  cut(bytes, most);
  cut(bytes, bytes.size() + 1);
  net::Call call;
  call.body = bytes;
  if (bytes.starts_with('\x1f')) call.headers = {{"content-encoding", "gzip"}};
  if (bytes.starts_with('{')) call.headers = {{"content-type", "application/json"}};
  const auto taken = sources::otlp::take(call, sources::otlp::kind_of(sources::Signal::traces), 1 << 16);
  must(!taken || taken->batch.bytes() <= 4u << 16, "what comes out is bounded");
  const auto answer = read_answer(bytes);
  if (answer) {
    const auto again = read_answer(write_answer(*answer));
    must(again && again->why == answer->why, "an answer is read as it was written");
  }
  (void)read_status(bytes);
  const auto wish = read_retry_info(bytes);
  must(!wish || (*wish >= core::Duration::zero() && *wish <= std::chrono::hours(25)),
       "nobody is left alone for long");
  net::Call framed;
  framed.method = "POST";
  framed.path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
  framed.headers = {{"content-type", "application/grpc"}, {"grpc-timeout", std::string(bytes.substr(0, 9))}};
  framed.body = bytes;
  const auto timeout = sources::otlp::grpc_timeout(framed);
  must(!timeout || *timeout >= core::Duration::zero(), "nobody waits less than not at all");
  must(sources::otlp::is_grpc(framed), "it is a call");
  const auto refused = sources::otlp::unwrap(framed);
  must(refused || framed.body.size() + 5 == bytes.size(), "a message is what its frame says");
}

}  // namespace outrider::fuzz
