#include "agent/sources/scrape/scrape.hpp"

#include "agent/core/text.hpp"
#include "agent/sources/meters.hpp"
#include "agent/sources/scrape/reading/exposition.hpp"

#include <utility>

namespace outrider::sources::scrape {
namespace {

constexpr std::string_view accept =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

using Trouble = Meters::Trouble;

struct Failure {
  Trouble trouble;
  std::string detail;
};

// What two targets of one URL with different labels would share is told apart by the Board, not here.
class ScrapeSource final : public MetricSource {
 public:
  ScrapeSource(const Tools& tools, Target target)
      : tools_(tools), target_(std::move(target)), meters_(tools.registry, target_.url) {
    status_.url = target_.url;
    status_.detail = "not yet scraped";
    added_ = stamped(target_.labels, tools.resource);
  }

  core::ScrapeStatus status() const override { return status_; }

  core::Task<void> run(telemetry::Board& board) override {
    const std::size_t place = board.add(target_.url);
    // Spread over at most a second: agents started together do not knock together, and the first page is soon
    // complete.
    const core::Duration spread = std::min<core::Duration>(target_.every, std::chrono::seconds(1));
    core::Instant next =
        tools_.clock.now() + core::Duration(static_cast<core::Duration::rep>(
                                 tools_.random.share() * static_cast<double>(spread.count())));
    for (;;) {
      co_await tools_.clock.sleep_until(next);
      co_await scrape(board, place);
      next += target_.every;
      // After a long stop (a sleeping machine) the missed beats are not made up for.
      const core::Instant now = tools_.clock.now();
      if (next < now) next += ((now - next) / target_.every + 1) * target_.every;
    }
  }

 private:
  core::Task<void> scrape(telemetry::Board& board, std::size_t place) {
    const core::Instant started = tools_.clock.now();
    std::uint64_t samples = 0;
    tl::expected<telemetry::FamilySet, Failure> brought = co_await fetch();
    if (brought) {
      samples = brought->sample_count;
      meters_.count_duplicates(brought->duplicates);
      board.publish(place, std::make_shared<const telemetry::FamilySet>(std::move(*brought)));
      status_.up = core::Standing::ok;
      status_.detail = std::to_string(samples) + " series";
    } else {
      meters_.count(brought.error().trouble);
      board.publish(place, nullptr);
      if (status_.up != core::Standing::not_ok) {
        tools_.log.warn("scrape", "Cannot scrape the target",
                        {{"target", target_.url}, {"why", brought.error().detail}});
      }
      status_.up = core::Standing::not_ok;
      status_.detail = brought.error().detail;
    }
    meters_.show(brought.has_value(), samples, tools_.clock.now() - started);
    status_.series = samples;
    status_.scraped = tools_.clock.wall();
  }

  core::Task<tl::expected<telemetry::FamilySet, Failure>> fetch() {
    net::Request request;
    request.url = target_.url;
    request.headers = {{"Accept", std::string(accept)}, {"Accept-Encoding", "gzip"}};
    const core::Outcome<net::Response> response =
        co_await tools_.http.ask(std::move(request), target_.timeout);
    if (!response) {
      const bool late = response.error().code == core::Errc::timed_out;
      co_return tl::unexpected(
          Failure{late ? Trouble::timeout : Trouble::unreachable, response.error().what});
    }
    if (response->status != 200) {
      co_return tl::unexpected(Failure{Trouble::status, "HTTP " + std::to_string(response->status)});
    }
    const telemetry::Format format = telemetry::format_of(net::header(response->headers, "Content-Type"));
    ParseLimits limits;
    limits.samples = target_.sample_limit;
    // A large page takes tens of milliseconds to read: not on the river.
    auto read = [&] { return parse_exposition(response->body, format, added_, limits); };
    core::Outcome<telemetry::FamilySet> families = co_await async::offload(tools_.pool, read);
    if (!families) {
      const bool too_much = families.error().code == core::Errc::exhausted;
      co_return tl::unexpected(
          Failure{too_much ? Trouble::sample_limit : Trouble::parse, families.error().what});
    }
    co_return std::move(*families);
  }

  Tools tools_;
  Target target_;
  telemetry::Labels added_;
  Meters meters_;
  core::ScrapeStatus status_;
};

}  // namespace

std::unique_ptr<MetricSource> make(const Tools& tools, Target target) {
  return std::make_unique<ScrapeSource>(tools, std::move(target));
}

}  // namespace outrider::sources::scrape
