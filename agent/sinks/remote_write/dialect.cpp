#include "agent/sinks/remote_write/dialect.hpp"

#include "agent/net/wire/retry_after.hpp"
#include "agent/sinks/remote_write/remote_write_sink.hpp"

#include <algorithm>
#include <array>

namespace outrider::sinks::remote_write {
namespace {

constexpr std::array<std::string_view, 4> reserved{"Content-Encoding", "Content-Type", "User-Agent",
                                                   "X-Prometheus-Remote-Write-Version"};

std::string hint_for(int status) {
  switch (status) {
    case 401:
    case 403: return "may this sender write there? See `headers`, `user` and `bearer`";
    case 404:
    case 405:
      return "is that the path where it takes remote write? Prometheus needs "
             "--web.enable-remote-write-receiver "
             "and takes it at /api/v1/write";
    case 415: return "does it take remote write 1.0?";
    default: return "";
  }
}

}  // namespace

bool is_reserved(std::string_view header) {
  return std::ranges::any_of(reserved,
                             [header](std::string_view one) { return net::same_word(one, header); });
}

Meaning meaning_of(int status) {
  if (status >= 200 && status < 300) return Meaning::taken;
  switch (status) {
    case 408:
    case 429: return Meaning::again;
    case 413: return Meaning::too_large;
    case 401:
    case 403:
    case 404:
    case 405:
    case 407:
    case 410:
    case 415: return Meaning::held;
    default: break;
  }
  if (status >= 500) return Meaning::again;
  return status < 400 ? Meaning::held : Meaning::bad;
}

Dialect::Names RequestDialect::names() const {
  return {"remote_write", "outrider_remote_write_requests_total", "outrider_remote_write_sent_bytes_total",
          "does it take remote write?", "outrider_remote_write_receiver_up"};
}

void RequestDialect::add_headers(net::Headers& headers, const Records&) const {
  headers.emplace_back("Content-Type", "application/x-protobuf");
  headers.emplace_back("Content-Encoding", "snappy");
  headers.emplace_back("X-Prometheus-Remote-Write-Version", "0.1.0");
}

std::string RequestDialect::body_of(const Records& records) const {
  return std::string(records.front()->text);
}

Posted RequestDialect::meaning_of(const net::Response& answer, const Records&, core::WallTime now) {
  const Meaning meaning = remote_write::meaning_of(answer.status);
  if (meaning == Meaning::taken) return {};
  const std::string said = shown_answer(answer.status, answer.body);
  const bool is_busy = meaning == Meaning::again;
  return {meaning,
          said,
          {is_busy ? core::Errc::busy : core::Errc::refused, said, hint_for(answer.status)},
          net::retry_after(answer.headers, now)};
}

}  // namespace outrider::sinks::remote_write
