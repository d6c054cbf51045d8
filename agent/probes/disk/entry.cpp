#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/probes/disk/disk_probe.hpp"

namespace outrider::probes::disk {
namespace {

using namespace std::chrono_literals;

config::Kind<Settings> long_form() {
  return config::Object<Settings>()
      .required("path", &Settings::path, config::path(), "any file or directory on the file system")
      .optional("free", &Settings::free, amount(), "so much must be free for users: 10% or 5GiB")
      .optional("free_inodes", &Settings::free_inodes, amount(),
                "so many inodes must be free; not asked where there is no fixed number of them")
      .optional("full_within", &Settings::full_within, config::duration(1min, 365 * 24h),
                "not ok when it is full in less than this, at the pace of the last `window`")
      .optional("window", &Settings::window, config::duration(1min, 30 * 24h),
                "how far back the pace is measured; a quarter of it must have been seen")
      .optional("may_be_read_only", &Settings::may_be_read_only, config::yes_or_no(),
                "true: a read-only mount is ok")
      .optional("must_be_mounted", &Settings::must_be_mounted, config::yes_or_no(),
                "true: `path` must be a mount point, not a directory of the disk below it");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Settings(std::string)> of_path = [](std::string path) {
    Settings made;
    made.path = std::move(path);
    return made;
  };
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_probe(made, tools); };
  };
  const config::Kind<Settings> short_form = config::path().as<Settings>(of_path);
  shelf.put({"disk", "how full a file system is, whether it can be written, and when it will be full",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::disk
