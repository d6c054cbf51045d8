#include "agent/config/kinds.hpp"
#include "agent/sources/file_tail/file_tail.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::file_tail {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

using tail::Settings;
using tail::Start;

// As it is written.
struct Written {
  std::vector<std::string> paths;
  std::vector<std::string> exclude;
  Start start = Start::beginning;
  core::Duration rescan = Settings().rescan;
  core::Duration quiet = Settings().quiet;
  std::uint64_t hold = Settings().hold_bytes;
};

LogPlan to_plan(const Written& written) {
  Settings settings;
  for (const std::string& path : written.paths) {
    settings.name += (settings.name.empty() ? "" : ", ") + path;
    settings.choice.files.emplace_back(path);
  }
  for (const std::string& path : written.exclude) settings.choice.exclude.emplace_back(path);
  settings.start = written.start;
  settings.rescan = written.rescan;
  settings.quiet = written.quiet;
  settings.hold_bytes = written.hold;
  LogPlan plan;
  plan.streams = {settings.name};
  plan.make_replay = [settings](const Tools& tools) { return make(tools, settings); };
  return plan;
}

config::Kind<Written> written_kind() {
  const auto globs = config::list_of(config::path(), 1, 100);
  return config::Object<Written>()
      .required("paths", &Written::paths, globs,
                "which files: paths with * ? [a-z] and ** for any directories")
      .optional("exclude", &Written::exclude, config::list_of(config::path()), "which of them not")
      .optional("start", &Written::start,
                config::choice<Start>({{"beginning", Start::beginning}, {"end", Start::end}}),
                "where files begin that are there the first time; later ones always at their beginning")
      .optional("rescan", &Written::rescan, config::duration(1s, 1h),
                "how often all files are looked for, beside what the kernel tells")
      .optional("quiet", &Written::quiet, config::duration(1s, 1h),
                "how long a file that was rotated away or deleted must be quiet to be taken for complete")
      .optional("hold", &Written::hold, config::bytes(1 << 20, 1ULL << 50),
                "most bytes of deleted files that are held open until every destination has them");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Written(std::string)> alone = [](std::string path) {
    Written written;
    written.paths = {std::move(path)};
    return written;
  };
  const std::function<Written(std::vector<std::string>)> several = [](std::vector<std::string> paths) {
    Written written;
    written.paths = std::move(paths);
    return written;
  };
  const auto one_or_more = config::either(
      config::path().as<Written>(alone),
      config::list_or(config::list_of(config::path(), 1, 100).as<Written>(several), written_kind()));
  const std::function<LogPlan(Written)> turn = [](Written written) { return to_plan(written); };
  shelf.put(LogEntry{"file",
                     "log files: a path or a list of them, with * ? [a-z] and **, or {paths: …} with options",
                     one_or_more.as<LogPlan>(turn)});
}

}  // namespace outrider::sources::file_tail
