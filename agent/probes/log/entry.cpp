#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/lines/pattern.hpp"
#include "agent/probes/log/log_probe.hpp"

namespace outrider::probes::log {
namespace {

using namespace std::chrono_literals;
using telemetry::Severity;

constexpr std::int64_t most_lines = 1'000'000'000;

config::Kind<std::string> pattern() {
  return config::text_matching(1, lines::longest_pattern).check(lines::not_a_pattern);
}

std::optional<config::Complaint> senseless(const Settings& settings) {
  if (!settings.most && !settings.least)
    return config::Complaint{"log", "`log` needs `most` or `least`: how many lines are not ok?"};
  if (settings.most && settings.least && *settings.least > *settings.most)
    return config::Complaint{"least", "`least` is more than `most`"};
  if (settings.most && settings.match.empty() && settings.level == Severity::unspecified)
    return config::Complaint{"most", "`most` needs a `match` or a `level`: which lines are counted?"};
  return std::nullopt;
}

config::Kind<Settings> long_form() {
  const std::vector<std::pair<std::string, Severity>> levels{{"info", Severity::info},
                                                             {"warn", Severity::warn},
                                                             {"error", Severity::error},
                                                             {"fatal", Severity::fatal}};
  return config::Object<Settings>()
      .optional("match", &Settings::match, pattern(),
                "only lines in whose text this regular expression is found")
      .optional("field", &Settings::field, config::text_matching(1, 200),
                "the field that `match` is held against")
      .optional("level", &Settings::level, config::choice<Severity>(levels),
                "only lines of this level or a worse one")
      .optional("most", &Settings::most, config::whole(0, most_lines),
                "more of them within the time is not ok")
      .optional("least", &Settings::least, config::whole(1, most_lines),
                "fewer of them within the time is not ok")
      .optional("within", &Settings::within, config::duration(1s, 24h), "the time in which they are counted")
      .rule(senseless);
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Settings(std::string)> of_pattern = [](std::string match) {
    Settings made;
    made.match = std::move(match);
    made.most = 0;
    return made;
  };
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_probe(made, tools); };
  };
  const config::Kind<Settings> short_form = pattern().as<Settings>(of_pattern);
  shelf.put({"log", "what the service writes: too many lines of a kind, or too few",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::log
