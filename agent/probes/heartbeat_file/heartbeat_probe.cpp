#include "agent/probes/heartbeat_file/heartbeat_probe.hpp"

#include "agent/core/number.hpp"
#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"
#include "agent/probes/trouble.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::probes::heartbeat_file {
namespace {

using core::Standing;

constexpr std::uint64_t most_content_bytes = 64;
constexpr core::Duration clocks_differ = std::chrono::seconds(2);  // a file server's and ours
constexpr double most_seconds = 9e9;                               // what a time can hold: the year 2255

// What its own looks prove of the age, whatever the wall clock does meanwhile.
struct Seen {
  core::WallTime mark{};
  core::Instant not_before;  // it was written after this, when it changed under our eyes
  core::Instant first;       // and is not younger than this
  bool changed = false;      // under our eyes
};

class HeartbeatProbe final : public Probe {
 public:
  HeartbeatProbe(Settings settings, const Tools& tools)
      : settings_(std::move(settings)), tools_(tools), mark_(tools.slow, tools.clock, settings_.path) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    std::function<core::Outcome<core::WallTime>()> look = [machine = tools_.machine, settings = settings_] {
      return look_at(*machine, settings);
    };
    const core::Outcome<core::WallTime> mark = co_await mark_.ask(std::move(look), limit);
    core::Answer answer = mark ? weigh(*mark) : trouble(mark.error());
    answer.took = tools_.clock.now() - started;
    co_return answer;
  }

  std::string target() const override { return settings_.path; }

 private:
  static core::Outcome<core::WallTime> look_at(os::Machine& machine, const Settings& settings) {
    if (settings.mark == Mark::modified) {
      const core::Outcome<os::FileSight> facts = machine.file(settings.path);
      if (!facts) return core::fail(facts.error());
      return facts->modified;
    }
    const core::Outcome<std::string> content = machine.read(settings.path, most_content_bytes);
    if (!content) return core::fail(content.error());
    const auto time = read_mark(*content, settings.mark);
    if (time) return *time;
    return core::fail(core::Errc::corrupt, fmt::format("{} holds no time: \"{}\"", settings.path,
                                                       first_line(*content, most_content_bytes)));
  }

  // A file that is not there was never written; a kernel that does not answer says nothing of the writer.
  static core::Answer trouble(const core::Error& error) {
    const bool its_own = error.code == core::Errc::not_found || error.code == core::Errc::corrupt;
    return {its_own ? Standing::not_ok : Standing::unknown, error.what, {}};
  }

  core::Answer weigh(core::WallTime mark) {
    const core::Instant now = tools_.clock.now();
    if (!seen_ || seen_->mark != mark) {
      seen_ = Seen{mark, last_look_, now, seen_.has_value()};
    }
    last_look_ = now;
    const core::Duration by_clock = tools_.clock.wall() - mark;
    if (seen_->changed && now - seen_->not_before <= settings_.most_age) {
      return fresh(std::min(now - seen_->not_before, std::max(by_clock, core::Duration{})));
    }
    if (now - seen_->first > settings_.most_age) return stale(std::max(by_clock, now - seen_->first));
    if (by_clock < -clocks_differ) {
      return {Standing::unknown,
              fmt::format("{} is from {}, which is yet to come: the clock was moved back", settings_.path,
                          core::show_time(mark)),
              {}};
    }
    return by_clock > settings_.most_age ? stale(by_clock) : fresh(by_clock);
  }

  core::Answer fresh(core::Duration age) const {
    return {Standing::ok, fmt::format("{} is {} old", settings_.path, core::show_age(age)), {}};
  }
  core::Answer stale(core::Duration age) const {
    return {Standing::not_ok,
            fmt::format("{} is {} old, wanted {} at most", settings_.path, core::show_age(age),
                        core::show_duration(settings_.most_age)),
            {}};
  }

  Settings settings_;
  Tools tools_;
  async::SlowCall<core::WallTime> mark_;
  std::optional<Seen> seen_;
  core::Instant last_look_;
};

}  // namespace

std::optional<core::WallTime> read_mark(std::string_view content, Mark mark) {
  const auto end = content.find_last_not_of(" \t\r\n");
  content = content.substr(0, end == std::string_view::npos ? 0 : end + 1);
  if (mark == Mark::rfc3339) return core::read_time(content);
  const auto seconds = core::read_number<double>(content);
  if (!seconds || !(*seconds >= 0 && *seconds < most_seconds)) return std::nullopt;
  return core::WallTime(core::from_seconds(*seconds));
}

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<HeartbeatProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::heartbeat_file
