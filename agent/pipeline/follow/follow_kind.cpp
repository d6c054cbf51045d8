#include "agent/pipeline/follow/follow_kind.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <functional>
#include <utility>
#include <vector>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;
using telemetry::Severity;
using tracing::FollowSettings;

config::Kind<std::vector<Severity>> levels_kind() {
  const auto level = config::choice<Severity>({{"trace", Severity::trace},
                                               {"debug", Severity::debug},
                                               {"info", Severity::info},
                                               {"warn", Severity::warn}});
  return config::list_of(level, 1, 4);
}

config::Kind<FollowSettings> written_kind() {
  return config::Object<FollowSettings>()
      .optional("levels", &FollowSettings::levels, levels_kind(),
                "lines of these levels wait; others never do, nor do those that name no trace")
      .optional(
          "wait", &FollowSettings::wait, config::duration(1s, 30min),
          "so long a line waits at most; longer than `traces.sample.at_most`, and than an SDK keeps its "
          "spans")
      .optional("most", &FollowSettings::most_bytes, config::bytes(1 << 20, 1ull << 36),
                "so much may wait; then the oldest go on as undecided")
      .optional("undecided", &FollowSettings::keeps_undecided,
                config::choice<bool>({{"keep", true}, {"drop", false}}),
                "what becomes of lines of whose trace nothing was decided in time");
}

}  // namespace

config::Kind<std::optional<FollowSettings>> follow_kind() {
  using Optional = std::optional<FollowSettings>;
  const std::function<Optional(bool)> usual = [](bool is_wanted) {
    return is_wanted ? Optional(FollowSettings()) : std::nullopt;
  };
  const std::function<Optional(FollowSettings)> chosen = [](FollowSettings written) {
    return Optional(std::move(written));
  };
  return config::either(config::yes_or_no().as<Optional>(usual), written_kind().as<Optional>(chosen));
}

}  // namespace outrider::pipeline
