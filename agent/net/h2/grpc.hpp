// What gRPC puts around a message and into headers, whatever is said with it. Pure.
#pragma once

#include "agent/core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::net {

// The same numbers as google.rpc.Code.
enum class GrpcStatus : std::uint8_t {
  ok,
  cancelled,
  unknown,
  invalid_argument,
  deadline_exceeded,
  not_found,
  already_exists,
  permission_denied,
  resource_exhausted,
  failed_precondition,
  aborted,
  out_of_range,
  unimplemented,
  internal,
  unavailable,
  data_loss,
  unauthenticated,
};

// "RESOURCE_EXHAUSTED"; "status 42" for what is none of them.
std::string name_of_grpc(int status);

// The five bytes in front of a message of that many.
std::string grpc_prefix(std::size_t message_bytes, bool is_packed);

// The one message that a body brings, whole; nothing: it does not.
struct GrpcMessage {
  std::string_view bytes;
  bool is_packed = false;
};
std::optional<GrpcMessage> read_grpc_message(std::string_view body);

// `grpc-timeout`: "250m".
std::string grpc_timeout(core::Duration limit);
std::optional<core::Duration> read_grpc_timeout(std::string_view text);

// `grpc-message`: bytes that a header cannot carry, and '%', as %XX. What is broken is read as it is.
std::string grpc_text(std::string_view text);
std::string read_grpc_text(std::string_view text);

}  // namespace outrider::net
