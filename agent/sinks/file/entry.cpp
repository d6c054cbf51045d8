#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/sinks/file/file.hpp"

namespace outrider::sinks::file {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

// `sync: each_batch | never | 5s`. No sync interval can be as long as the first or as short as the second.
constexpr core::Duration each_batch = 0s;
constexpr core::Duration never = core::Duration::max();

struct Written {
  std::string path;
  std::uint64_t rotate_at = 64u << 20;
  std::uint32_t keep = 5;
  core::Duration sync = each_batch;
  std::uint64_t buffer = 8u << 20;
  WhenFull when_full = WhenFull::drop_oldest;
};

Plan to_plan(const Written& written) {
  Settings settings;
  settings.path = written.path;
  settings.rotate_at = written.rotate_at;
  settings.keep = written.keep;
  settings.sync = written.sync == each_batch ? Sync::each_batch
                  : written.sync == never    ? Sync::never
                                             : Sync::at_times;
  if (settings.sync == Sync::at_times) settings.sync_every = written.sync;
  return {written.buffer,
          written.when_full,
          [settings](const Tools& tools) { return make(tools, settings); },
          {settings.path}};
}

}  // namespace

void enter(Shelf& shelf) {
  const auto sync = config::duration_or({{"each_batch", each_batch}, {"never", never}}, 10ms, 1h);
  const auto when_full = config::choice<WhenFull>(
      {{"drop_oldest", WhenFull::drop_oldest}, {"drop_newest", WhenFull::drop_newest}});
  const config::Kind<Written> written =
      config::Object<Written>()
          .required("path", &Written::path, config::path(), "the file; its directory is made when missing")
          .optional("rotate_at", &Written::rotate_at, config::bytes(4096, 1ull << 40),
                    "a file that would grow beyond this is renamed to path.1, and a new one begun")
          .optional("keep", &Written::keep, config::whole(0, 1000), "how many old files are kept")
          .optional("sync", &Written::sync, sync,
                    "when lines are made safe against a power cut, and count as delivered: each_batch, "
                    "never, or every "
                    "so often (5s)")
          .optional("buffer", &Written::buffer, config::bytes(64 * 1024, 1u << 30),
                    "how many bytes may wait in memory while the file cannot be written")
          .optional("when_full", &Written::when_full, when_full,
                    "what goes when more than that waits: drop_oldest or drop_newest; each is counted");
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"file", "a file, one JSON document a line, rotated by size", written.as<Plan>(turn)});
}

}  // namespace outrider::sinks::file
