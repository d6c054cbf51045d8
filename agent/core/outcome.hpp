// Expected trouble is a value: Outcome<T> holds either a T or an Error with a sentence.
// Exceptions are left for cancellation and for bugs. Return an Error or log it, never both.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace outrider::core {

enum class Errc {
  internal,  // a bug, or something no caller can do anything about
  invalid,   // the input is wrong: configuration, request, file contents
  not_found,
  denied,  // the system or the peer said no
  busy,    // in use by someone else; trying later may help
  timed_out,
  refused,      // the peer answered, and the answer was no
  unavailable,  // could not reach the peer, or it went away
  exhausted,    // disk full, no descriptors, no memory, a bound reached
  corrupt,      // it was read, and it is not what was written
  distrusted,   // the peer answered, and is not believed to be who it should be
  unsupported,
};

std::string_view name_of(Errc code);

// `what` is lower-case, "cannot …", without a full stop. `hint` says what would mend it, or is empty.
class [[nodiscard]] Error {
 public:
  Error() = default;
  Error(Errc code, std::string what, std::string hint = {})
      : code(code), what(std::move(what)), hint(std::move(hint)) {}

  // The same trouble, seen from one step further out: "step: what".
  Error during(std::string_view step) const;

  Errc code = Errc::internal;
  std::string what;
  std::string hint;
};

template <class T = void>
using Outcome = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Errc code, std::string what, std::string hint = {}) {
  return tl::unexpected<Error>(Error(code, std::move(what), std::move(hint)));
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline tl::unexpected<Error> fail(std::string_view step, const Error& cause) {
  return tl::unexpected<Error>(cause.during(step));
}

// "cannot open /x: Permission denied", with the code that fits the number.
Error system_error(std::string_view step, int error_number = errno);

}  // namespace outrider::core
