#include "agent/sources/otlp/taking/request.hpp"

#include "agent/core/text.hpp"
#include "agent/lines/json.hpp"
#include "agent/net/gzip.hpp"
#include "agent/sources/otlp/json/json_request.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace outrider::sources::otlp {
namespace {

namespace wire = telemetry::otlp;
using wire::Code;

constexpr std::string_view protobuf = "application/x-protobuf";
constexpr std::string_view json = "application/json";

bool is_packed(const net::Call& call) {
  return net::same_word(net::header(call.headers, "content-encoding"), "gzip");
}

// Without its parameters.
std::string_view type_of(const net::Call& call) {
  std::string_view type = net::header(call.headers, "content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type;
}

net::Response answer_with(int status, Form form, std::string body) {
  net::Response response;
  response.status = status;
  response.headers = {{"Content-Type", std::string(form == Form::json ? json : protobuf)}};
  response.body = std::move(body);
  return response;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  lines::append_escaped(out, text);
  return out + '"';
}

std::string in_json(const wire::PartialSuccess& partial, const SignalKind& kind) {
  if (partial.rejected == 0 && partial.why.empty()) return "{}";
  return fmt::format(R"({{"partialSuccess":{{"{}":"{}","errorMessage":{}}}}})", kind.rejected,
                     partial.rejected, quoted(partial.why));
}

}  // namespace

Form form_of(const net::Call& call) {
  return net::same_word(type_of(call), json) ? Form::json : Form::protobuf;
}

std::optional<Refusal> refusal_of(const net::Call& call, const SignalKind& kind) {
  if (call.method != "POST")
    return Refusal{405, Code::unimplemented, fmt::format("{} are sent with POST", kind.things)};
  const std::string_view type = type_of(call);
  if (!net::same_word(type, protobuf) && !net::same_word(type, json)) {
    return Refusal{
        415, Code::invalid_argument,
        fmt::format("application/x-protobuf and application/json are taken here, not {}",
                    type.empty() ? "a body without a type" : core::without_controls(std::string(type)))};
  }
  const std::string_view encoding = net::header(call.headers, "content-encoding");
  if (!encoding.empty() && !net::same_word(encoding, "identity") && !is_packed(call)) {
    return Refusal{415, Code::invalid_argument,
                   fmt::format("a body may be packed with gzip, not with {}",
                               core::without_controls(std::string(encoding)))};
  }
  return std::nullopt;
}

core::Outcome<Taken> take(const net::Call& call, const SignalKind& kind, std::uint64_t most_bytes) {
  std::string unpacked;
  std::string_view plain = call.body;
  if (is_packed(call)) {
    auto out = net::gunzip(call.body, most_bytes);
    if (!out) return core::fail(out.error());
    unpacked = std::move(*out);
    plain = unpacked;
  }
  std::string written_anew;
  if (form_of(call) == Form::json) {
    auto converted = protobuf_of(plain, kind.in_json());
    if (!converted) return core::fail(converted.error());
    written_anew = std::move(*converted);
    plain = written_anew;
  }
  auto taken = kind.read(plain, kind.growth * most_bytes);
  if (taken) taken->batch.stream = kind.stream;
  return taken;
}

net::Response answer_of(const Refusal& refusal, Form form) {
  const int code = static_cast<int>(refusal.code);
  std::string body = form == Form::json
                         ? fmt::format(R"({{"code":{},"message":{}}})", code, quoted(refusal.why))
                         : wire::write_status(refusal.code, refusal.why);
  net::Response response = answer_with(refusal.status, form, std::move(body));
  if (refusal.status == 405) response.headers.emplace_back("Allow", "POST");
  return response;
}

net::Response answer_of(const wire::PartialSuccess& partial, const SignalKind& kind, Form form) {
  return answer_with(200, form, form == Form::json ? in_json(partial, kind) : wire::write_answer(partial));
}

}  // namespace outrider::sources::otlp
