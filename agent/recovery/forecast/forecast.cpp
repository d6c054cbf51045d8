#include "agent/recovery/forecast/forecast.hpp"

#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::show_duration;

// Further away nothing can be told from today's rate.
constexpr double horizon = 30 * 86400.0;

std::string minute_of(core::WallTime time, core::WallTime now) {
  const std::string clock = core::show_clock(time).substr(0, 5);
  const auto day = std::chrono::floor<std::chrono::days>(time) - std::chrono::floor<std::chrono::days>(now);
  if (day.count() == 0) return clock;
  return core::show_time(time).substr(0, 10) + " " + clock;
}

Confidence confidence_of(const Rates& rates, const Fading& fading, core::WallTime now) {
  if (rates.drills == 0) return Confidence::none;
  const Fade fade = fade_of(rates.newest, fading, now);
  if (rates.drills < 3 || fade == Fade::stale) return Confidence::low;
  return rates.drills < 8 || fade == Fade::fading ? Confidence::fair : Confidence::good;
}

std::string why_unknown(const ForecastView& view, const Rates& rates) {
  if (rates.drills == 0) return fmt::format("no drill of {} has measured a restore yet", view.catalog);
  if (view.set.empty()) return "there is no backup that could be restored";
  if (!view.set_bytes) return fmt::format("the size of {} is not known", view.set);
  if (!view.wal_bytes) return "how much WAL was written since the backup is not known";
  if (!rates.replay_per_byte && *view.wal_bytes > 0) return "no drill has replayed any WAL yet";
  return {};
}

struct Parts {
  double restore = 0;  // all but replay
  double replay = 0;
};

Parts parts_of(const ForecastView& view, const Rates& rates) {
  Parts parts;
  parts.restore = rates.fixed + *rates.fetch_per_byte * static_cast<double>(*view.set_bytes);
  const auto wal = static_cast<double>(*view.wal_bytes);
  const double segments = view.segment_bytes > 0 ? wal / static_cast<double>(view.segment_bytes) : 0;
  parts.replay = std::max(rates.replay_per_byte.value_or(0) * wal, segments * rates.segment_overhead);
  return parts;
}

// Seconds of replay that every second of today's WAL adds.
double growth_of(const ForecastView& view, const Rates& rates) {
  if (!view.wal_rate || !rates.replay_per_byte) return 0;
  const double per_segment =
      view.segment_bytes > 0 ? rates.segment_overhead / static_cast<double>(view.segment_bytes) : 0;
  return rates.slow * *view.wal_rate * std::max(*rates.replay_per_byte, per_segment);
}

void look_ahead(const ForecastView& view, const Parts& parts, Forecast& out) {
  const double objective = core::to_seconds(view.objectives.rto);
  const double now_takes = core::to_seconds(*out.cautious);
  out.breached = now_takes > objective;
  const double growth = growth_of(view, out.rates);
  const double room = objective - out.rates.slow * parts.restore;
  if (room <= 0)
    out.interval_most = core::Duration{};
  else if (growth > 0 && room / growth < horizon)
    out.interval_most = core::from_seconds(room / growth);
  if (out.breached) {
    out.breach = view.now;
  } else if (growth > 0) {
    const double left = (objective - now_takes) / growth;
    if (left < horizon) out.breach = view.now + core::from_seconds(left);
  }
  if (!out.breach) return;
  // A backup helps when it has ended; a quarter is for what is not known of how long it takes.
  const core::Duration lead = view.backup_takes ? *view.backup_takes * 5 / 4 : core::Duration(0s);
  out.backup_by = std::max(*out.breach - lead, view.now);
}

void say(const ForecastView& view, const Parts& parts, Forecast& out) {
  const std::string promise = show_duration(view.objectives.rto);
  const std::string takes = core::show_age(*out.cautious);
  if (out.interval_most && *out.interval_most == core::Duration{}) {
    out.sentence = fmt::format("a restore takes {} without any WAL: {} cannot be kept by backups alone",
                               core::show_age(core::from_seconds(out.rates.slow * parts.restore)), promise);
    out.advice = "restore with more processes or from a nearer place, or keep a warm standby";
    return;
  }
  if (out.breached)
    out.sentence = fmt::format("a restore would take {} now, and {} is promised", takes, promise);
  else if (out.breach)
    out.sentence = fmt::format("at {} a restore would exceed {}; now it would take {}",
                               minute_of(*out.breach, view.now), promise, takes);
  else
    out.sentence = fmt::format("a restore would take {} of the {} that are promised", takes, promise);
  if (out.breached)
    out.advice = "take a differential backup now";
  else if (out.backup_by)
    out.advice = fmt::format("take a differential backup by {}", minute_of(*out.backup_by, view.now));
  if (out.interval_most && !out.advice.empty())
    out.advice +=
        fmt::format(", and at this rate one every {} at the latest", core::show_age(*out.interval_most));
}

}  // namespace

std::string_view name_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::none: return "none";
    case Confidence::low: return "low";
    case Confidence::fair: return "fair";
    case Confidence::good: return "good";
  }
  return "none";
}

Forecast forecast(const ForecastView& view) {
  Forecast out;
  out.at = view.now;
  out.catalog = view.catalog;
  out.set = view.set;
  out.set_bytes = view.set_bytes;
  out.wal_bytes = view.wal_bytes;
  out.wal_rate = view.wal_rate;
  out.objective = view.objectives.rto;
  if (view.drills != nullptr) out.rates = rates_of(*view.drills, view.catalog, view.now, view.replays);
  out.confidence = confidence_of(out.rates, view.objectives.proof, view.now);
  out.why = why_unknown(view, out.rates);
  if (!out.why.empty()) {
    out.sentence = "how long a restore would take is unknown: " + out.why;
    if (out.rates.drills == 0) out.advice = "run: outrider drill";
    return out;
  }
  const Parts parts = parts_of(view, out.rates);
  const double expected = parts.restore + parts.replay;
  out.expected = core::from_seconds(expected);
  out.cautious = core::from_seconds(expected * out.rates.slow);
  out.best = core::from_seconds(expected * out.rates.fast);
  look_ahead(view, parts, out);
  say(view, parts, out);
  return out;
}

Forecast with_more_wal(ForecastView view, std::uint64_t bytes) {
  if (view.wal_bytes) *view.wal_bytes += bytes;
  return forecast(view);
}

}  // namespace outrider::recovery
