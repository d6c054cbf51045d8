#include "agent/sources/process/process.hpp"

#include "agent/async/nursery.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/telemetry/exposition.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <unistd.h>

#include <gtest/gtest.h>
#include <prometheus/registry.h>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

process::Seen member(pid_t pid, core::Duration started, core::Duration user) {
  process::Seen seen{pid, {}};
  seen.use.started_after_boot = started;
  seen.use.user_time = user;
  seen.use.state = 'S';
  seen.use.threads = 2;
  seen.use.resident_bytes = 1000;
  seen.use.descriptors = 10;
  seen.use.most_descriptors = 100;
  return seen;
}

std::string processes_page(const telemetry::FamilySet& set) {
  std::string text;
  telemetry::write_exposition({&set}, telemetry::Format::text, text);
  return text;
}

std::string processes_page(const process::Group& group) {
  telemetry::FamilyWriter writer;
  process::put_group(writer, "tests-api", group, core::WallTime(1000s));
  return processes_page(writer.take());
}

bool shows(const std::string& page, const std::string& line) {
  return page.find(line + "\n") != std::string::npos;
}

core::Task<std::int64_t> it_is(std::int64_t pid) { co_return pid; }

}  // namespace

TEST(ProcessGroup, WhatEndedProcessesUsedStaysCounted) {
  process::Group group;
  group.see({member(10, 1s, 5s), member(11, 2s, 1s)});
  group.see({member(10, 1s, 6s)});
  EXPECT_EQ(group.totals().user_time, 7s);
  group.see({});
  EXPECT_EQ(group.totals().user_time, 7s);
  group.see({member(10, 9s, 2s)});
  EXPECT_EQ(group.totals().user_time, 9s) << "another process of the same number";
}

TEST(ProcessGroup, IsShownUnderTheNamesOfProcessExporter) {
  process::Group group;
  group.see({member(10, 7s, 5s), member(11, 8s, 1s)});
  const std::string page = processes_page(group);
  const std::string name = "{groupname=\"tests-api\"";
  EXPECT_TRUE(shows(page, "# TYPE namedprocess_namegroup_cpu_seconds_total counter")) << page;
  EXPECT_TRUE(shows(page, "namedprocess_namegroup_cpu_seconds_total" + name + ",mode=\"user\"} 6")) << page;
  EXPECT_TRUE(shows(page, "namedprocess_namegroup_num_procs" + name + "} 2"));
  EXPECT_TRUE(shows(page, "namedprocess_namegroup_num_threads" + name + "} 4"));
  EXPECT_TRUE(shows(page, "namedprocess_namegroup_memory_bytes" + name + ",memtype=\"resident\"} 2000"));
  EXPECT_TRUE(shows(page, "namedprocess_namegroup_worst_fd_ratio" + name + "} 0.1"));
  EXPECT_TRUE(shows(page, "namedprocess_namegroup_states" + name + ",state=\"Sleeping\"} 2"));
  EXPECT_TRUE(shows(page, "namedprocess_namegroup_oldest_start_time_seconds" + name + "} 1007"));
}

TEST(ProcessGroup, WithoutProcessesHasNoStart) {
  const std::string page = processes_page(process::Group());
  EXPECT_TRUE(shows(page, "namedprocess_namegroup_num_procs{groupname=\"tests-api\"} 0"));
  EXPECT_EQ(page.find("oldest_start_time"), std::string::npos);
}

TEST(ProcessSource, SeesARealProcess) {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  const auto random = os::make_seeded_random(1);
  const auto pool = async::make_inline_pool(loop.get_executor());
  const auto slow = async::make_inline_slow_calls(loop.get_executor());
  os::CapturedLog log;
  net::NoClient client;
  ::prometheus::Registry registry;
  const core::Resource resource{
      .service = "me", .namespace_ = "school", .version = {}, .environment = {}, .instance = {}, .host = {}};
  Tools tools{clock, *random, *pool, log, client, registry, resource, {}};
  telemetry::Board board;
  {
    Tools without = tools;
    async::Nursery nursery(loop.get_executor());
    const auto source = process::make(without, {});
    nursery.start(source->run(board));
    clock.settle();
    EXPECT_EQ(source->status().up, core::Standing::not_ok) << "nothing is supervised";
    nursery.cancel();
    clock.settle();
  }
  Tools whole{clock,
              *random,
              *pool,
              log,
              client,
              registry,
              resource,
              {},
              os::no_watched_files(),
              net::no_listeners(),
              net::listen_nowhere,
              *slow,
              [] { return it_is(::getpid()); }};
  async::Nursery nursery(loop.get_executor());
  const auto source = process::make(whole, {});
  nursery.start(source->run(board));
  clock.settle();
  const auto families = board.entries().at(1).families;
  ASSERT_NE(families, nullptr) << source->status().detail;
  const std::string page = processes_page(*families);
  EXPECT_NE(
      page.find("namedprocess_namegroup_num_threads{groupname=\"me\",service=\"me\",namespace=\"school\"} "),
      std::string::npos)
      << page;
  EXPECT_EQ(page.find("memtype=\"resident\",service=\"me\",namespace=\"school\"} 0\n"), std::string::npos);
  EXPECT_EQ(page.find("open_filedesc{groupname=\"me\",service=\"me\",namespace=\"school\"} 0\n"),
            std::string::npos);
  nursery.cancel();
  clock.settle();
}
