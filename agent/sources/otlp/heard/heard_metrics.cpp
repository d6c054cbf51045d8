#include "agent/sources/otlp/heard/heard_metrics.hpp"

#include "agent/sources/meters.hpp"
#include "agent/sources/otlp/heard/metric_teller.hpp"

#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::sources::otlp {
namespace {

constexpr core::Duration between_looks_at_age = std::chrono::seconds(1);
constexpr std::uint64_t points_a_turn = 1000;  // then others have theirs
constexpr const char* target = "otlp";

::prometheus::Counter& counter(::prometheus::Registry& registry, const char* name, const char* help) {
  return ::prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

class Heard final : public HeardMetrics, private KeepingIntake {
 public:
  Heard(const Tools& tools, HeardSettings settings)
      : tools_(tools),
        labels_(stamped(std::move(settings.labels), tools.resource)),
        table_(settings.bounds),
        meters_(tools.registry, target),
        folded_(counter(tools.registry, "outrider_otlp_folded_points_total",
                        "Data points that went into the series of all others, since there were as many "
                        "series as may be.")),
        repeated_(counter(tools.registry, "outrider_otlp_repeated_points_total",
                          "Deltas that came twice, and were added once.")) {
    status_.url = target;
    status_.detail = "nothing has come yet";
    meters_.show(true, 0, {});
  }

  KeepingIntake& intake() override { return *this; }

  core::ScrapeStatus status() const override {
    core::ScrapeStatus now = status_;
    now.series = table_.series();
    if (now.up == core::Standing::ok) now.detail = fmt::format("{} series", now.series);
    return now;
  }

  core::Task<void> run(telemetry::Board& board) override {
    place_ = board.add(target, [this, &board] { return publish(board); });
    for (;;) {
      co_await tools_.clock.sleep(between_looks_at_age);
      is_changed_ = table_.forget(tools_.clock.now()) || is_changed_;
      if (table_.series() > 0 || status_.up != core::Standing::ok) continue;
      status_.up = core::Standing::unknown;
      status_.detail = "nothing comes any more";
    }
  }

 private:
  core::Task<core::Outcome<Kept>> keep(telemetry::Batch batch) override {
    Kept kept;
    for (const telemetry::Record& record : batch.records) {
      MetricTeller teller(table_, tools_.resource, labels_);
      std::uint64_t told = 0;
      for (const MetricPlace& place : metrics_in(record.text)) {
        teller.tell(place, tools_.clock.now());
        if (teller.points() - told < points_a_turn) continue;
        told = teller.points();
        co_await async::yield_turn();
      }
      account_for(teller, kept);
    }
    co_return kept;
  }

  void account_for(const MetricTeller& teller, Kept& kept) {
    is_changed_ = true;
    folded_.Increment(static_cast<double>(teller.folded()));
    repeated_.Increment(static_cast<double>(teller.repeated()));
    kept.refused += teller.kept().refused;
    if (kept.why.empty()) kept.why = teller.kept().why;
    if (teller.points() > teller.kept().refused) {
      status_.up = core::Standing::ok;
      status_.scraped = tools_.clock.wall();
    }
    if (teller.folded() == 0 || std::exchange(is_full_, true)) return;
    tools_.log.warn("metrics", "As many series over OTLP as may be: what is new goes into one for all others",
                    {{"series", std::to_string(table_.series())}});
  }

  // When the page is asked for: it shows now. Nothing was said since: it shows what it did.
  core::Task<void> publish(telemetry::Board& board) {
    if (!std::exchange(is_changed_, false)) co_return;
    telemetry::FamilyWriter out(labels_);
    table_.put(out);
    auto families = std::make_shared<const telemetry::FamilySet>(out.take());
    meters_.show(true, families->sample_count, {});
    meters_.count_duplicates(families->duplicates);
    board.publish(place_, std::move(families));
  }

  Tools tools_;
  telemetry::Labels labels_;
  SeriesTable table_;
  sources::Meters meters_;
  ::prometheus::Counter& folded_;
  ::prometheus::Counter& repeated_;
  core::ScrapeStatus status_;
  std::size_t place_ = 0;
  bool is_changed_ = false;
  bool is_full_ = false;
};

}  // namespace

std::unique_ptr<HeardMetrics> make_heard_metrics(const Tools& tools, HeardSettings settings) {
  return std::make_unique<Heard>(tools, std::move(settings));
}

}  // namespace outrider::sources::otlp
