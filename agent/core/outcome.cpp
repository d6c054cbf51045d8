#include "agent/core/outcome.hpp"

#include <array>
#include <cstring>

namespace outrider::core {

std::string_view name_of(Errc code) {
  switch (code) {
    case Errc::internal: return "internal";
    case Errc::invalid: return "invalid";
    case Errc::not_found: return "not_found";
    case Errc::denied: return "denied";
    case Errc::busy: return "busy";
    case Errc::timed_out: return "timed_out";
    case Errc::refused: return "refused";
    case Errc::unavailable: return "unavailable";
    case Errc::exhausted: return "exhausted";
    case Errc::corrupt: return "corrupt";
    case Errc::distrusted: return "distrusted";
    case Errc::unsupported: return "unsupported";
  }
  return "internal";
}

Error Error::during(std::string_view step) const { return {code, std::string(step) + ": " + what, hint}; }

namespace {

Errc code_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH: return Errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return Errc::denied;
    case EADDRINUSE:
    case EBUSY:
    case EAGAIN:
    case ETXTBSY: return Errc::busy;
    case ETIMEDOUT: return Errc::timed_out;
    case ECONNREFUSED: return Errc::refused;
    case ECONNRESET:
    case EPIPE:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EADDRNOTAVAIL: return Errc::unavailable;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return Errc::exhausted;
    case EINVAL:
    case ENOEXEC:
    case EISDIR:
    case ENAMETOOLONG: return Errc::invalid;
    case ENOSYS:
    case EOPNOTSUPP: return Errc::unsupported;
    default: return Errc::internal;
  }
}

}  // namespace

Error system_error(std::string_view step, int error_number) {
  std::array<char, 128> buffer{};
  const char* text = strerror_r(error_number, buffer.data(), buffer.size());
  return {code_of(error_number), std::string(step) + ": " + text};
}

}  // namespace outrider::core
