// How the kernel keeps its time in step with others'.
#include "agent/sources/host/collectors/collectors.hpp"
#include "agent/sources/host/collectors/reading.hpp"

#include <sys/timex.h>

namespace outrider::sources::host {
namespace {

constexpr double ppm_fraction = 1000000.0 * 65536.0;  // the kernel's unit of a frequency

struct Figure {
  std::string_view name, help;
  double value;
  bool counts = false;
};

template <std::size_t size>
void put_all(telemetry::FamilyWriter& out, const std::array<Figure, size>& figures) {
  for (const Figure& figure : figures) {
    const std::string name = "node_timex_" + std::string(figure.name);
    const Place place = figure.counts ? counter(out, name, figure.help) : gauge(out, name, figure.help);
    out.put(place, figure.value);
  }
}

void put_own_clock(telemetry::FamilyWriter& out, const timex& time, double divisor, bool in_step) {
  put_all(
      out,
      std::array<Figure, 9>{{
          {"offset_seconds", "Time offset in between local system and reference clock.",
           static_cast<double>(time.offset) / divisor},
          {"frequency_adjustment_ratio", "Local clock frequency adjustment.",
           1 + static_cast<double>(time.freq) / ppm_fraction},
          {"maxerror_seconds", "Maximum error in seconds.", static_cast<double>(time.maxerror) / 1e6},
          {"estimated_error_seconds", "Estimated error in seconds.",
           static_cast<double>(time.esterror) / 1e6},
          {"status", "Value of the status array bits.", static_cast<double>(time.status)},
          {"loop_time_constant", "Phase-locked loop time constant.", static_cast<double>(time.constant)},
          {"tick_seconds", "Seconds between clock ticks.", static_cast<double>(time.tick) / 1e6},
          {"tai_offset_seconds", "International Atomic Time (TAI) offset.", static_cast<double>(time.tai)},
          {"sync_status", "Is clock synchronized to a reliable server (1 = yes, 0 = no).",
           in_step ? 1.0 : 0.0},
      }});
}

void put_pulse(telemetry::FamilyWriter& out, const timex& time, double divisor) {
  put_all(out,
          std::array<Figure, 8>{{
              {"pps_frequency_hertz", "Pulse per second frequency.",
               static_cast<double>(time.ppsfreq) / ppm_fraction},
              {"pps_jitter_seconds", "Pulse per second jitter.", static_cast<double>(time.jitter) / divisor},
              {"pps_shift_seconds", "Pulse per second interval duration.", static_cast<double>(time.shift)},
              {"pps_stability_hertz", "Pulse per second stability, average of recent frequency changes.",
               static_cast<double>(time.stabil) / ppm_fraction},
              {"pps_jitter_total", "Pulse per second count of jitter limit exceeded events.",
               static_cast<double>(time.jitcnt), true},
              {"pps_calibration_total", "Pulse per second count of calibration intervals.",
               static_cast<double>(time.calcnt), true},
              {"pps_error_total", "Pulse per second count of calibration errors.",
               static_cast<double>(time.errcnt), true},
              {"pps_stability_exceeded_total", "Pulse per second count of stability limit exceeded events.",
               static_cast<double>(time.stbcnt), true},
          }});
}

}  // namespace

core::Outcome<> collect_timex(const Look& look) {
  timex time{};
  const int state = ::adjtimex(&time);
  if (state < 0) return core::fail(core::system_error("cannot ask how the clock is kept"));
  const double divisor = (time.status & STA_NANO) != 0 ? 1e9 : 1e6;
  put_own_clock(look.out, time, divisor, state != TIME_ERROR);
  put_pulse(look.out, time, divisor);
  return {};
}

}  // namespace outrider::sources::host
