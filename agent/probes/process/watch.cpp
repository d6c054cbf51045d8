#include "agent/probes/process/watch.hpp"

#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"

#include <fmt/format.h>

namespace outrider::probes::process {
namespace {

using core::Standing;

// What it grows by in the time that its limit speaks of; nothing when that is within the limit, or not known.
std::optional<double> too_fast(const std::optional<Growth>& limit, const Trend& trend) {
  if (!limit) return std::nullopt;
  const auto slope = trend.slope();
  if (!slope) return std::nullopt;
  const double grown = *slope * core::to_seconds(limit->per);
  if (grown <= static_cast<double>(limit->units)) return std::nullopt;
  return grown;
}

std::string sentence(std::string_view what, const std::string& grown, const Growth& limit,
                     const std::string& wanted, const Trend& trend) {
  return fmt::format("its {} grows by {} in {}, wanted {} at most; seen for {}", what, grown,
                     core::show_duration(limit.per), wanted, core::show_age(trend.seen()));
}

}  // namespace

Watch::Watch(const Settings& settings)
    : settings_(settings),
      memory_(settings.window),
      descriptors_(settings.window),
      threads_(settings.window) {}

void Watch::remember(const os::ProcessSight& sight, core::Instant now) {
  const os::ProcessFacts& facts = sight.facts;
  if (!known_ || started_ != facts.started_after_boot) {
    *this = Watch(settings_);
    known_ = true;
    started_ = facts.started_after_boot;
  } else if (now > last_) {
    cores_ = core::to_seconds(facts.cpu_used - cpu_used_) / core::to_seconds(now - last_);
    const bool is_busy = settings_.busy && cores_ >= settings_.busy->above;
    if (!is_busy) busy_since_.reset();
    if (is_busy && !busy_since_) busy_since_ = last_;
  }
  const bool is_blocked = facts.state == 'D' && (!blocked_since_ || facts.cpu_used == cpu_used_);
  if (!is_blocked) blocked_since_.reset();
  if (is_blocked && !blocked_since_) blocked_since_ = now;
  last_ = now;
  cpu_used_ = facts.cpu_used;
  memory_.add(now, static_cast<double>(facts.resident_bytes));
  threads_.add(now, static_cast<double>(facts.threads));
  if (sight.descriptors) descriptors_.add(now, static_cast<double>(*sight.descriptors));
}

std::string Watch::state_trouble(const os::ProcessFacts& facts, core::Instant now) const {
  if (facts.state == 'Z') return "is a zombie: it has ended, and its parent does not fetch it";
  if (facts.state == 'T') return "is stopped";
  if (blocked_since_ && now - *blocked_since_ >= settings_.blocked_for) {
    return fmt::format("has been waiting for the kernel (state D) for {} without doing anything",
                       core::show_age(now - *blocked_since_));
  }
  if (busy_since_ && now - *busy_since_ >= settings_.busy->during) {
    return fmt::format("has used {:.2f} cores and more for {}", settings_.busy->above,
                       core::show_age(now - *busy_since_));
  }
  return {};
}

std::string Watch::size_trouble(const os::ProcessSight& sight) const {
  const os::ProcessFacts& facts = sight.facts;
  if (settings_.memory_bytes && facts.resident_bytes > *settings_.memory_bytes) {
    return fmt::format("holds {} of memory, wanted {} at most", core::show_bytes(facts.resident_bytes),
                       core::show_bytes(*settings_.memory_bytes));
  }
  if (settings_.threads && facts.threads > *settings_.threads) {
    return fmt::format("has {} threads, wanted {} at most", facts.threads, *settings_.threads);
  }
  if (!settings_.descriptors || !sight.descriptors) return {};
  const std::uint64_t own = sight.most_descriptors.value_or(0);  // 0: it has none
  if (settings_.descriptors->percent && own == 0) return {};
  const std::uint64_t most = settings_.descriptors->of(own);
  if (*sight.descriptors <= most) return {};
  return fmt::format("has {} descriptors open, wanted {} at most (its limit is {})", *sight.descriptors, most,
                     own);
}

std::string Watch::growth_trouble() const {
  if (const auto grown = too_fast(settings_.memory_growth, memory_)) {
    return sentence("memory", core::show_bytes(static_cast<std::uint64_t>(*grown)), *settings_.memory_growth,
                    core::show_bytes(settings_.memory_growth->units), memory_);
  }
  if (const auto grown = too_fast(settings_.descriptor_growth, descriptors_)) {
    return sentence("number of open descriptors", fmt::format("{:.0f}", *grown), *settings_.descriptor_growth,
                    fmt::format("{}", settings_.descriptor_growth->units), descriptors_);
  }
  if (const auto grown = too_fast(settings_.thread_growth, threads_)) {
    return sentence("number of threads", fmt::format("{:.0f}", *grown), *settings_.thread_growth,
                    fmt::format("{}", settings_.thread_growth->units), threads_);
  }
  return {};
}

core::Answer Watch::look(const os::ProcessSight& sight, core::Instant now) {
  remember(sight, now);
  const os::ProcessFacts& facts = sight.facts;
  const std::string who = fmt::format("pid {} ({})", facts.pid, facts.name);
  std::string trouble = state_trouble(facts, now);
  if (trouble.empty()) trouble = size_trouble(sight);
  if (trouble.empty()) trouble = growth_trouble();
  if (!trouble.empty()) return {Standing::not_ok, who + " " + trouble, {}};
  const bool asks_descriptors = settings_.descriptor_growth.has_value();
  if (asks_descriptors && !sight.descriptors) {
    return {Standing::unknown, "we may not see the descriptors of " + who, {}};
  }
  return {Standing::ok,
          fmt::format("{}: {:.2f} cores, {}, {} threads", who, cores_, core::show_bytes(facts.resident_bytes),
                      facts.threads),
          {}};
}

}  // namespace outrider::probes::process
