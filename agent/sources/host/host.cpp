#include "agent/sources/host/host.hpp"

#include "agent/core/seconds.hpp"
#include "agent/os/stopwatch.hpp"
#include "agent/sources/host/collectors/reading.hpp"
#include "agent/sources/looking.hpp"

#include <algorithm>
#include <utility>

namespace outrider::sources::host {
namespace {

// What one look has found so far. It belongs to the thread that looks until that has ended.
struct Found {
  explicit Found(const Settings& of) : settings(of), writer(of.labels) {}

  Settings settings;
  telemetry::FamilyWriter writer;
  core::Outcome<std::vector<os::Mount>> mounts;
};

bool is_wanted(const Settings& settings, std::string_view name) {
  return settings.collectors.empty() ||
         std::ranges::find(settings.collectors, name) != settings.collectors.end();
}

void put_collected(telemetry::FamilyWriter& out, std::string_view name, bool fine, double seconds) {
  out.put(
      gauge(out, "node_scrape_collector_duration_seconds", "node_exporter: Duration of a collector scrape."),
      seconds, {{"collector", name}});
  out.put(gauge(out, "node_scrape_collector_success", "node_exporter: Whether a collector succeeded."),
          fine ? 1 : 0, {{"collector", name}});
}

// Where it is mounted as the host sees it, which may be below another root from here.
void strip_root(std::string& point, std::string root) {
  while (root.ends_with('/')) root.pop_back();
  if (point.starts_with(root)) point.erase(0, root.size());
  if (point.empty()) point = "/";
}

core::Outcome<std::vector<os::Mount>> mounts_of(const Roots& roots) {
  core::Outcome<std::string> table = os::read_virtual(roots.in_proc("1/mounts"));
  if (!table) table = os::read_virtual(roots.in_proc("mounts"));
  if (!table) return core::fail(table.error());
  std::vector<os::Mount> mounts = os::mounts_in(*table);
  for (os::Mount& mount : mounts) strip_root(mount.point, roots.root);
  std::erase_if(mounts, [](const os::Mount& mount) {
    return is_ignored_type(mount.type) || is_ignored_point(mount.point);
  });
  return mounts;
}

void collect(Found& found, Remembered& remembered, core::WallTime now) {
  if (is_wanted(found.settings, filesystem)) found.mounts = mounts_of(found.settings.roots);
  for (const Collector& collector : all_collectors()) {
    if (!is_wanted(found.settings, collector.name)) continue;
    const os::Stopwatch watch;
    const Look look{found.settings.roots, found.writer, remembered, now};
    const bool fine = collector.collect(look).has_value();
    put_collected(found.writer, collector.name, fine, watch.seconds());
  }
}

class HostLooker final : public Looker {
 public:
  HostLooker(const Tools& tools, Settings settings, AskMount ask)
      : tools_(tools),
        settings_(std::move(settings)),
        kernel_(tools.slow, tools.clock, "the kernel's figures"),
        mounts_(tools.slow, tools.clock, below_root(settings_.roots, std::move(ask))) {}

  core::Task<Sight> look() override {
    const auto found = std::make_shared<Found>(settings_);
    std::function<core::Outcome<bool>()> work = [found, remembered = remembered_,
                                                 now = tools_.clock.wall()]() -> core::Outcome<bool> {
      collect(*found, *remembered, now);
      return true;
    };
    const core::Outcome<bool> looked = co_await kernel_.ask(std::move(work), settings_.timeout);
    if (!looked) co_return Sight{{}, looked.error()};
    if (is_wanted(settings_, filesystem)) co_await look_at_mounts(*found);
    co_return Sight{found->writer.take()};
  }

 private:
  static AskMount below_root(Roots roots, AskMount ask) {
    return [roots = std::move(roots), ask = std::move(ask)](const std::string& point) {
      return ask(roots.in_root(point));
    };
  }

  core::Task<void> look_at_mounts(Found& found) {
    const core::Instant started = tools_.clock.now();
    if (found.mounts) {
      const std::vector<MountSight> sights = co_await mounts_.look(*found.mounts, settings_.timeout);
      put_mounts(found.writer, sights);
    }
    const double seconds = core::to_seconds(tools_.clock.now() - started);
    put_collected(found.writer, filesystem, found.mounts.has_value(), seconds);
  }

  Tools tools_;
  Settings settings_;
  std::shared_ptr<Remembered> remembered_ = std::make_shared<Remembered>();
  async::SlowCall<bool> kernel_;
  MountWatch mounts_;
};

}  // namespace

std::vector<std::string_view> collector_names() {
  std::vector<std::string_view> names{filesystem};
  for (const Collector& collector : all_collectors()) names.push_back(collector.name);
  std::ranges::sort(names);
  return names;
}

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings, AskMount ask) {
  const Looking looking{"host", settings.every};
  return make_looking(tools, looking,
                      std::make_unique<HostLooker>(tools, std::move(settings), std::move(ask)));
}

}  // namespace outrider::sources::host
