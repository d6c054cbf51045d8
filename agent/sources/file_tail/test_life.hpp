// For this entry's tests: real files in a directory of their own, a virtual clock, and lives of the source
// that begin with what the one before had saved.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/random.hpp"
#include "agent/os/scratch.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/sources/file_tail/file_tail.hpp"
#include "agent/sources/file_tail/test_lane.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace outrider::sources::file_tail::testing {

using tail::Settings;
using tail::Start;

class TestLog final : public core::Log {
 public:
  void write(core::Level, std::string_view, std::string_view what, std::span<const core::Field>) override {
    said.emplace_back(what);
  }
  std::vector<std::string> said;
};

// One life of the source: from its start to a stop, or a crash.
class Life {
 public:
  Life(Saved& store, os::WatchedFiles& files, Settings settings, std::size_t lane_count = 1) : store(store) {
    source = make({clock, *random, *pool, log, client, registry, resource, "installation", files},
                  std::move(settings));
    std::vector<Lane*> pointers;
    for (std::size_t i = 0; i < lane_count; ++i) {
      lanes.push_back(std::make_unique<TestLane>(loop.get_executor(),
                                                 i == 0 ? "sink" : "sink " + std::to_string(i), store));
      pointers.push_back(lanes.back().get());
    }
    nursery.start(source->run(notebook, pointers));
  }
  ~Life() {
    nursery.cancel();
    for (int i = 0; i < 20 && nursery.size() > 0; ++i) clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(nursery.size(), 0u) << "the source did not end";
  }

  TestLane& lane(std::size_t index = 0) { return *lanes[index]; }
  std::string metrics() { return ::prometheus::TextSerializer().Serialize(registry.Collect()); }
  // Bytes, by reason.
  double lost(const std::string& reason) {
    double bytes = 0;
    for (const auto& family : registry.Collect()) {
      if (family.name != "outrider_file_lost_bytes_total") continue;
      for (const auto& metric : family.metric) {
        for (const auto& label : metric.label) bytes += label.value == reason ? metric.counter.value : 0;
      }
    }
    return bytes;
  }

  // What arrived since the last call, one line each.
  std::vector<std::string> lines(core::Duration after = std::chrono::milliseconds(20),
                                 std::size_t index = 0) {
    clock.advance(after);
    std::vector<std::string> texts;
    for (const Arrived& one : lane(index).arrived) texts.push_back(one.text);
    all.insert(all.end(), lane(index).arrived.begin(), lane(index).arrived.end());
    lane(index).arrived.clear();
    return texts;
  }

  Saved& store;
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(7);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  TestLog log;
  net::NoClient client;
  ::prometheus::Registry registry;
  core::Resource resource;
  TestNotebook notebook{store};
  std::unique_ptr<ReplaySource> source;
  std::vector<std::unique_ptr<TestLane>> lanes;
  std::vector<Arrived> all;
  async::Nursery nursery{loop.get_executor()};
};

class RealFiles : public ::testing::Test {
 protected:
  std::string operator/(const std::string& name) const { return directory_ / name; }

  void append(const std::string& name, std::string_view text) const {
    std::ofstream(directory_ / name, std::ios::app | std::ios::binary) << text;
  }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(directory_ / from, directory_ / to);
  }
  void remove(const std::string& name) const { std::filesystem::remove(directory_ / name); }
  void copy_and_truncate(const std::string& name, const std::string& to) const {
    std::filesystem::copy_file(directory_ / name, directory_ / to);
    std::filesystem::resize_file(directory_ / name, 0);
  }

  Settings settings(const std::string& glob = "*.log") const {
    Settings settings;
    settings.name = directory_ / glob;
    settings.choice.files.emplace_back(directory_ / glob);
    return settings;
  }
  void start(std::size_t lanes = 1) { start(settings(), lanes); }
  void start(Settings settings, std::size_t lanes = 1) {
    life.reset();
    life = std::make_unique<Life>(saved, *files_, std::move(settings), lanes);
  }
  void stop() { life.reset(); }
  std::vector<std::string> lines(core::Duration after = std::chrono::milliseconds(20)) {
    return life->lines(after);
  }

  Saved saved;
  std::unique_ptr<Life> life;
  os::Scratch directory_;
  std::unique_ptr<os::WatchedFiles> files_ = os::make_watched_files();
};

using Texts = std::vector<std::string>;

}  // namespace outrider::sources::file_tail::testing
