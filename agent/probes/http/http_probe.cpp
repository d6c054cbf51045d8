#include "agent/probes/http/http_probe.hpp"

#include "agent/async/race.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/probes/trouble.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outrider::probes::http {
namespace {

using core::Errc;
using core::Outcome;

constexpr int most_redirects = 5;

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

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// It asks to be spared for a while: that is not how the dead speak.
bool says_busy(const net::Response& response) {
  return response.status == 429 ||
         (response.status == 503 && !net::header(response.headers, "Retry-After").empty());
}

class HttpProbe final : public Probe {
 public:
  HttpProbe(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    // The client keeps the limit by itself; this holds even if it did not.
    core::Task<Outcome<net::Response>> asking = follow(limit);
    std::string doing = "the answer";
    const Outcome<net::Response> response =
        co_await async::with_deadline(tools_.clock, limit, std::move(doing), std::move(asking));
    const core::Duration took = tools_.clock.now() - started;
    if (!response) {
      core::Answer none = answer_from(response.error(), took);
      if (response.error().code == core::Errc::timed_out) none.sign = core::Sign::late;
      co_return none;
    }
    core::Answer answer = weigh(settings_.wish, *response, tools_.clock.wall());
    answer.took = took;
    answer.sign = says_busy(*response) ? core::Sign::busy : core::Sign::spoke;
    co_return answer;
  }

  std::string target() const override { return without_secrets(settings_.url); }

 private:
  core::Task<Outcome<net::Response>> follow(core::Duration limit) {
    const core::Instant end = tools_.clock.now() + limit;
    std::string url = settings_.url;
    for (int redirects = 0;; ++redirects) {
      net::Request request = request_for(url);
      const core::Duration left = end - tools_.clock.now();
      Outcome<net::Response> response = co_await tools_.http.ask(std::move(request), left);
      const bool leads_on =
          response && settings_.redirects != Redirects::weigh && is_redirect(response->status);
      if (!leads_on) co_return response;
      const auto next = next_url(url, net::header(response->headers, "location"));
      if (!next) co_return core::fail(Errc::corrupt, "it redirects to nowhere");
      if (settings_.redirects == Redirects::same_host && !same_host(settings_.url, *next)) {
        co_return core::fail(Errc::refused, "it redirects to another host: " + without_secrets(*next));
      }
      if (redirects == most_redirects) {
        co_return core::fail(Errc::refused, fmt::format("it redirects more than {} times", most_redirects));
      }
      url = *next;
    }
  }

  net::Request request_for(const std::string& url) const {
    net::Request request;
    request.method = settings_.method;
    request.url = url;
    if (same_host(settings_.url, url)) request.headers = settings_.headers;
    request.tls = settings_.tls;
    request.most_body_bytes = settings_.most_body_bytes;
    return request;
  }

  Settings settings_;
  Tools tools_;
};

}  // namespace

bool same_host(const std::string& url, const std::string& other) {
  const auto one = net::read_url(url);
  const auto two = net::read_url(other);
  if (!one || !two) return false;
  const bool is_made_safer = one->endpoint.host == two->endpoint.host && !one->tls && two->tls;
  return is_made_safer || (one->endpoint == two->endpoint && one->tls == two->tls);
}

std::optional<std::string> next_url(const std::string& url, std::string_view location) {
  location = location.substr(0, location.find('#'));
  const std::size_t scheme = url.find("://");
  if (location.empty() || scheme == std::string::npos) return std::nullopt;
  const std::size_t path = std::min(url.find_first_of("/?#", scheme + 3), url.size());
  std::string next(location);
  if (location.starts_with("//")) {
    next = url.substr(0, scheme + 1) + next;
  } else if (location.starts_with('/')) {
    next = url.substr(0, path) + next;
  } else if (location.find("://") == std::string_view::npos) {
    const std::string here = url.substr(0, url.find_first_of("?#", path));
    const std::size_t slash = here.rfind('/');
    next = (slash < path || slash == std::string::npos ? here.substr(0, path) + "/"
                                                       : here.substr(0, slash + 1)) +
           next;
  }
  if (!next.starts_with("http://") && !next.starts_with("https://")) return std::nullopt;
  if (!net::read_url(next)) return std::nullopt;
  return next;
}

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<HttpProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::http
