#include "agent/sinks/remote_write/dialect.hpp"

#include "agent/core/number.hpp"
#include "agent/net/wire/retry_after.hpp"
#include "agent/telemetry/remote_write/second_version.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

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
    case 415: return "does it take that version of remote write? See `version`";
    default: return "";
  }
}

// What the receiver says of a request of 2.0; nothing: it does not say.
std::optional<std::uint64_t> written(const net::Response& answer, std::string_view what) {
  const std::string name = "X-Prometheus-Remote-Write-" + std::string(what) + "-Written";
  return core::read_number<std::uint64_t>(net::header(answer.headers, name));
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
  const bool is_second = version_ == Version::second;
  headers.emplace_back("Content-Type", is_second
                                           ? "application/x-protobuf;proto=io.prometheus.write.v2.Request"
                                           : "application/x-protobuf");
  headers.emplace_back("Content-Encoding", "snappy");
  headers.emplace_back("X-Prometheus-Remote-Write-Version", is_second ? "2.0.0" : "0.1.0");
}

// What cannot be read goes as it lies there: it is refused, and that is counted.
std::string RequestDialect::body_of(const Records& records) const {
  const std::string_view portion = records.front()->text;
  if (version_ == Version::first) return std::string(portion);
  auto made = telemetry::remote_write::second_version(portion);
  sent_ = made ? Amount{made->samples, made->exemplars} : Amount();
  return made ? std::move(made->packed) : std::string(portion);
}

// By the protocol 415; but who knows the first version only may take a request of the second for one in which
// there is nothing, and say that it is fine, or for one that is broken.
bool RequestDialect::does_not_know_it(const net::Response& answer) const {
  if (version_ != Version::second) return false;
  if (answer.status == 415) return true;
  if (is_known_) return false;
  const bool is_about_it = answer.status == 400 || answer.status == 406 || answer.status == 422;
  return is_about_it || (answer.status < 300 && !written(answer, "Samples"));
}

bool RequestDialect::fell_back() { return std::exchange(fell_back_, false); }

Posted RequestDialect::taken(const net::Response& answer) {
  if (version_ == Version::first) return {};
  const auto samples = written(answer, "Samples");
  if (!samples) {
    const std::string said = shown_answer(answer.status, "it does not say how much it has written");
    return {Meaning::held, said, {core::Errc::refused, said, hint_for(415)}};
  }
  is_known_ = true;
  unwritten_.samples += sent_.samples - std::min(sent_.samples, *samples);
  unwritten_.exemplars +=
      sent_.exemplars - std::min(sent_.exemplars, written(answer, "Exemplars").value_or(0));
  return {};
}

Posted RequestDialect::meaning_of(const net::Response& answer, const Records&, core::WallTime now) {
  if (wanted_ == Version::automatic && does_not_know_it(answer)) {
    version_ = Version::first;
    fell_back_ = true;
    return {Meaning::bad, "it does not know remote write 2.0", {}};
  }
  const Meaning meaning = remote_write::meaning_of(answer.status);
  if (meaning == Meaning::taken) return taken(answer);
  const std::string said = shown_answer(answer.status, answer.body);
  const bool is_busy = meaning == Meaning::again;
  return {meaning,
          said,
          {is_busy ? core::Errc::busy : core::Errc::refused, said, hint_for(answer.status)},
          net::retry_after(answer.headers, now)};
}

}  // namespace outrider::sinks::remote_write
