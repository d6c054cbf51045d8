#include "agent/probes/http/http_probe.hpp"

#include "agent/async/race.hpp"
#include "agent/core/number.hpp"
#include "agent/probes/trouble.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::probes::http {
namespace {

std::optional<int> read_number(std::string_view text) {
  const auto number = core::read_number<int>(text);
  return number && *number >= 100 && *number <= 599 ? number : std::nullopt;
}

std::string show(const std::vector<StatusRange>& wanted) {
  std::vector<std::string> parts;
  for (const StatusRange& range : wanted) {
    parts.push_back(range.first == range.last ? fmt::format("{}", range.first)
                                              : fmt::format("{}-{}", range.first, range.last));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// The URL without what a person may have put before the host.
std::string without_secrets(const std::string& url) {
  const auto start = url.find("://");
  if (start == std::string::npos) return url;
  const auto host = start + 3;
  const auto end = std::min(url.find_first_of("/?#", host), url.size());
  const auto at = url.rfind('@', end);
  std::string shown = at == std::string::npos || at < host ? url : url.substr(0, host) + url.substr(at + 1);
  return shown.substr(0, shown.find('?'));
}

class HttpProbe final : public Probe {
 public:
  HttpProbe(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    net::Request request;
    request.method = settings_.method;
    request.url = settings_.url;
    request.headers = settings_.headers;
    request.tls = settings_.tls;
    // The client keeps the limit by itself; this holds even if it did not.
    core::Task<core::Outcome<net::Response>> asking = tools_.http.ask(std::move(request), limit);
    std::string doing = "the answer";
    const core::Outcome<net::Response> response =
        co_await async::with_deadline(tools_.clock, limit, std::move(doing), std::move(asking));
    const core::Duration took = tools_.clock.now() - started;
    if (!response) co_return answer_from(response.error(), took);
    co_return weigh(*response, took);
  }

  std::string target() const override { return without_secrets(settings_.url); }

 private:
  core::Answer weigh(const net::Response& response, core::Duration took) const {
    const bool wanted =
        std::any_of(settings_.status.begin(), settings_.status.end(), [&](const StatusRange& range) {
          return range.first <= response.status && response.status <= range.last;
        });
    if (!wanted) {
      std::string detail = fmt::format("HTTP {}, wanted {}", response.status, show(settings_.status));
      const std::string said = first_line(response.body, 120);
      if (!said.empty() && said.front() != '<') detail += ": " + said;
      return {core::Standing::not_ok, detail, took};
    }
    if (response.body.find(settings_.body_contains) == std::string::npos) {
      return {core::Standing::not_ok,
              fmt::format("HTTP {}, but the body does not contain \"{}\"", response.status,
                          settings_.body_contains),
              took};
    }
    return {core::Standing::ok, fmt::format("HTTP {}", response.status), took};
  }

  Settings settings_;
  Tools tools_;
};

}  // namespace

std::optional<StatusRange> read_status(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = read_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : read_number(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return StatusRange{*first, *last};
}

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<HttpProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::http
