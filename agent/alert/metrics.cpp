#include "agent/alert/metrics.hpp"

#include "agent/core/seconds.hpp"

namespace outrider::alert {
namespace {

using prometheus::Family;

Family<prometheus::Gauge>& gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

}  // namespace

AlertMetrics::AlertMetrics(prometheus::Registry& registry, const std::vector<Recipient>& recipients)
    : standing_(gauges(registry, "outrider_alert_standing", "Alerts, by how far they are.")),
      messages_(counters(registry, "outrider_alert_messages_total", "Messages, by what became of them.")),
      failures_(counters(registry, "outrider_alert_delivery_failures_total", "Deliveries that failed.")),
      failing_(gauges(registry, "outrider_alert_notifier_failing", "1 while the last delivery has failed.")),
      waiting_(gauges(registry, "outrider_alert_waiting_messages", "Messages that wait for the notifier.")),
      oldest_(
          gauges(registry, "outrider_alert_oldest_waiting_seconds", "How long the oldest of them waits.")),
      delivered_at_(gauges(registry, "outrider_alert_last_delivered_timestamp_seconds",
                           "When the notifier last took a message.")) {
  for (std::size_t i = 0; i < phase_count; ++i)
    phases_.at(i) = &standing_.Add({{"state", std::string(name_of(static_cast<Phase>(i)))}});
  auto& beats = counters(registry, "outrider_alert_heartbeats_total", "Heartbeats, by whether they arrived.");
  heartbeats_ = {&beats.Add({{"result", "delivered"}}), &beats.Add({{"result", "failed"}})};
  overlooked_ = &counters(registry, "outrider_alert_overlooked_total",
                          "Looks at a trouble for which there was no room among the alerts.")
                     .Add({});
  book_failures_ = &counters(registry, "outrider_alert_book_failures_total",
                             "How often what was decided could not be written down before it was sent.")
                        .Add({});
  for (const Recipient& recipient : recipients) {
    const std::map<std::string, std::string> label{{"notifier", recipient.name}};
    Series series;
    for (std::size_t i = 0; i < fate_count; ++i) {
      series.fates.at(i) = &messages_.Add(
          {{"notifier", recipient.name}, {"fate", std::string(name_of(static_cast<Fate>(i)))}});
    }
    series.failures = &failures_.Add(label);
    series.failing = &failing_.Add(label);
    series.waiting = &waiting_.Add(label);
    series.oldest = &oldest_.Add(label);
    series.delivered_at = &delivered_at_.Add(label);
    series_.push_back(series);
  }
}

AlertMetrics::~AlertMetrics() {
  for (auto* const phase : phases_) standing_.Remove(phase);
  for (Series& series : series_) {
    for (auto* const fate : series.fates) messages_.Remove(fate);
    failures_.Remove(series.failures);
    failing_.Remove(series.failing);
    waiting_.Remove(series.waiting);
    oldest_.Remove(series.oldest);
    delivered_at_.Remove(series.delivered_at);
  }
}

void AlertMetrics::show(const Desk& desk, core::WallTime now) {
  for (std::size_t i = 0; i < phase_count; ++i)
    phases_.at(i)->Set(static_cast<double>(desk.count(static_cast<Phase>(i))));
  overlooked_->Increment(static_cast<double>(desk.overlooked() - overlooked_so_far_));
  overlooked_so_far_ = desk.overlooked();
  for (std::size_t i = 0; i < series_.size(); ++i) {
    Series& series = series_[i];
    for (std::size_t fate = 0; fate < fate_count; ++fate) {
      prometheus::Counter& counter = *series.fates.at(fate);
      counter.Increment(static_cast<double>(desk.outbox().count(i, static_cast<Fate>(fate))) -
                        counter.Value());
    }
    series.waiting->Set(static_cast<double>(desk.outbox().waiting(i)));
    const auto oldest = desk.outbox().oldest(i);
    series.oldest->Set(oldest ? std::max(0.0, core::to_seconds(now - *oldest)) : 0);
  }
}

void AlertMetrics::attempted(std::size_t recipient, bool succeeded, core::WallTime now) {
  Series& series = series_[recipient];
  series.failing->Set(succeeded ? 0 : 1);
  if (!succeeded) series.failures->Increment();
  if (succeeded) series.delivered_at->Set(core::to_seconds(now.time_since_epoch()));
}

}  // namespace outrider::alert
