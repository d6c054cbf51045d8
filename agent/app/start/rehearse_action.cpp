#include "agent/app/start/rehearse_action.hpp"

#include "agent/app/settings.hpp"
#include "agent/app/start/real_world.hpp"
#include "agent/config/load.hpp"
#include "agent/os/files.hpp"
#include "agent/pipeline/rehearsal/rehearse.hpp"

#include <fmt/format.h>

namespace outrider::app {
namespace {

constexpr std::uint64_t most_input_bytes = 64u << 20;

// As the file of tests names it: beside itself.
std::string beside(const std::string& path, const std::string& name) {
  const auto slash = path.rfind('/');
  return name.starts_with('/') || slash == std::string::npos ? name : path.substr(0, slash + 1) + name;
}

core::Outcome<std::string> input_of(const std::string& path, const pipeline::Test& test) {
  if (!test.input_file.empty()) {
    auto files = os::make_files();
    return files->read_all(beside(path, test.input_file), most_input_bytes);
  }
  return fmt::format("{}\n", fmt::join(test.input, "\n"));
}

}  // namespace

core::Outcome<std::vector<pipeline::Rehearsed>> rehearse(const std::string& path) {
  const auto suite = config::load_file(path, pipeline::suite_kind());
  if (!suite) return core::fail(core::Errc::invalid, suite.report.text());
  core::Resource resource;
  resource.service = "test";
  pipeline::LogSettings logs;
  if (suite.value->logs) {
    logs = *suite.value->logs;
  } else {
    const auto settings = load_settings(beside(path, suite.value->config));
    if (!settings) return core::fail(core::Errc::invalid, settings.report.text());
    resource = settings.value->service;
    logs = settings.value->logs;
  }
  std::vector<pipeline::Rehearsed> all;
  for (const pipeline::Test& test : suite.value->tests) {
    const auto input = input_of(path, test);
    auto rehearsed = input ? pipeline::rehearse(resource, logs, test, *input)
                           : core::Outcome<pipeline::Rehearsed>(core::fail(input.error()));
    if (!rehearsed) {
      const core::Error& error = rehearsed.error();
      return core::fail(core::Errc::invalid, fmt::format("{}: \"{}\": {}", path, test.name, error.what),
                        error.hint);
    }
    all.push_back(std::move(*rehearsed));
  }
  return all;
}

}  // namespace outrider::app
