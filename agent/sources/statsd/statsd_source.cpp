#include "agent/sources/statsd/statsd_source.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/text.hpp"
#include "agent/sources/meters.hpp"
#include "agent/sources/statsd/meters.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

namespace outrider::sources::statsd {
namespace {

constexpr core::Duration until_listening_again = std::chrono::seconds(10);
constexpr core::Duration between_complaints = std::chrono::minutes(1);
constexpr std::size_t largest_datagram = 64UL * 1024;
constexpr std::size_t shown_bytes = 100;

class StatsdSource final : public MetricSource {
 public:
  StatsdSource(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        name_("statsd " + settings_.listen),
        labels_(stamped(settings_.labels, tools.resource)),
        table_(settings_.bounds),
        looks_(tools.registry, name_),
        meters_(tools.registry, settings_.listen) {
    status_.url = name_;
    status_.detail = "not yet listening";
  }

  core::ScrapeStatus status() const override {
    core::ScrapeStatus now = status_;
    if (now.up != core::Standing::ok) return now;
    now.series = table_.series();
    now.detail = fmt::format("{} series{}", now.series,
                             last_bad_.empty() ? "" : "; not understood was at last " + last_bad_);
    return now;
  }

  core::Task<void> run(telemetry::Board& board) override {
    const std::size_t place = board.add(name_, [this, &board] { return publish(board); });
    place_ = place;
    const async::Executor executor = co_await boost::asio::this_coro::executor;
    for (;;) {
      const auto box = tools_.listeners.receive(executor, settings_.listen);
      if (box) {
        stand(core::Standing::ok, {});
        const core::Error trouble = co_await receive(**box);
        co_await cannot_listen(trouble);
      } else {
        co_await cannot_listen(box.error());
      }
    }
  }

 private:
  core::Task<core::Error> receive(net::DatagramListener& box) {
    std::vector<char> buffer(largest_datagram);
    std::uint64_t lost = 0;
    for (;;) {
      const core::Outcome<net::Datagram> got = co_await box.receive(buffer);
      if (!got) co_return got.error();
      take(std::string_view(buffer.data(), got->bytes), got->is_cut);
      meters_.lost_datagrams->Increment(static_cast<double>(box.lost() - lost));
      lost = box.lost();
      co_await async::yield_turn();  // a flood takes turns with the rest
    }
  }

  void take(std::string_view datagram, bool is_cut) {
    while (!datagram.empty()) {
      std::string_view line = core::take_line(datagram);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty()) continue;
      if (is_cut && datagram.empty()) {
        complain("cut", line);
      } else {
        take_line(line);
      }
    }
  }

  void take_line(std::string_view text) {
    const auto line = read_line(text);
    if (!line) return complain(name_of(line.error()), text);
    const Table::Fate fate = table_.add(*line, tools_.clock.now());
    if (fate == Table::Fate::conflict) return complain("conflict", text);
    meters_.lines->Increment();
    status_.scraped = tools_.clock.wall();
    is_changed_ = true;
    if (fate == Table::Fate::taken) return;
    (fate == Table::Fate::folded ? meters_.folded : meters_.dropped)->Increment();
    if (std::exchange(is_full_, true)) return;
    tools_.log.warn("metrics",
                    "As many series over StatsD as may be: what is new goes into one for all others",
                    {{"listener", settings_.listen}, {"series", std::to_string(table_.series())}});
  }

  // Each is counted; a flood of them is told once a minute.
  void complain(std::string_view reason, std::string_view line) {
    meters_.bad_line(reason);
    const std::string shown = core::without_controls(core::clean_utf8(line.substr(0, shown_bytes)));
    last_bad_ = fmt::format("{}: {}", reason, shown);
    const core::Instant now = tools_.clock.now();
    if (complained_ && now - *complained_ < between_complaints) return;
    complained_ = now;
    tools_.log.warn("metrics", "A line of StatsD was not understood",
                    {{"listener", settings_.listen}, {"why", std::string(reason)}, {"line", shown}});
  }

  core::Task<void> cannot_listen(const core::Error& error) {
    if (status_.up != core::Standing::not_ok) {
      tools_.log.error("metrics", "Cannot listen for StatsD",
                       {{"listener", settings_.listen}, {"why", error.what}, {"hint", error.hint}});
    }
    stand(core::Standing::not_ok, error.what);
    co_await tools_.clock.sleep(until_listening_again);
  }

  void stand(core::Standing standing, std::string detail) {
    status_.up = standing;
    status_.detail = std::move(detail);
    looks_.show(standing == core::Standing::ok, table_.series(), {});
  }

  // When the page is asked for: it shows now. Nothing was said since: it shows what it did.
  core::Task<void> publish(telemetry::Board& board) {
    const bool is_other_minute = table_.turn(tools_.clock.now());
    if (std::exchange(is_changed_, false) || is_other_minute) {
      telemetry::FamilyWriter out(labels_);
      table_.put(out);
      auto families = std::make_shared<const telemetry::FamilySet>(out.take());
      looks_.show(status_.up == core::Standing::ok, families->sample_count, {});
      looks_.count_duplicates(families->duplicates);
      board.publish(place_, std::move(families));
    }
    co_return;
  }

  Tools tools_;
  Settings settings_;
  std::string name_;
  telemetry::Labels labels_;
  Table table_;
  sources::Meters looks_;
  Meters meters_;
  core::ScrapeStatus status_;
  std::size_t place_ = 0;
  bool is_changed_ = false;
  bool is_full_ = false;
  std::string last_bad_;
  std::optional<core::Instant> complained_;
};

}  // namespace

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings) {
  return std::make_unique<StatsdSource>(tools, std::move(settings));
}

}  // namespace outrider::sources::statsd
