// A configuration file, read against everything that the program declares.
#include "agent/app/settings.hpp"
#include "agent/config/load.hpp"
#include "tests/fuzz/target.hpp"

namespace outrider::fuzz {
namespace {

// Variables and secrets hold what looks most like YAML.
config::Environment hostile_environment() {
  return {
      .variable = [](const std::string& name) -> std::optional<std::string> {
        if (name.size() > 8) return std::nullopt;
        return "{a: *b, c: [\"" + name;
      },
      .read_file = [](const std::string&, std::uint64_t) -> core::Outcome<std::string> {
        return std::string("secret\n");
      },
  };
}

}  // namespace

void config(std::string_view bytes) {
  static const config::Kind<app::Settings> kind = app::settings_kind();
  const auto loaded = config::load_text("fuzz.yaml", std::string(bytes), kind, hostile_environment());
  must(loaded.value.has_value() == loaded.report.clean(), "either a value or something wrong");
  const std::string told = loaded.report.text();
  must(loaded.value.has_value() == told.empty(), "what is wrong is told");
  must(told.size() < 1024 * 1024, "a report stays readable");
  if (!loaded.value) return;
  const auto again = config::load_text("fuzz.yaml", std::string(bytes), kind, hostile_environment());
  must(config::same_under("", loaded, again), "the same text is the same configuration");
}

}  // namespace outrider::fuzz
