#include "agent/sources/host/host.hpp"

#include "agent/async/nursery.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/telemetry/exposition.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <prometheus/registry.h>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

const std::string fixtures = "agent/sources/host/fixtures";

class Host : public ::testing::Test {
 protected:
  Host() { settings_.roots = {fixtures + "/proc", fixtures + "/sys", fixtures + "/tree"}; }
  ~Host() override {
    nursery_.cancel();
    clock_.settle();
  }

  void start() {
    source_ = host::make(tools_, settings_, [this](const std::string& path) { return ask_mount(path); });
    nursery_.start(source_->run(board_));
    clock_.settle();
  }
  core::Outcome<os::Fullness> ask_mount(const std::string& path) {
    asked_.push_back(path);
    if (path.ends_with("two words")) return core::fail(core::Errc::unavailable, "stale file handle");
    return os::Fullness{1000, 400, 300, 50, 20};
  }
  std::string page() {
    start();
    std::string text;
    const auto& families = board_.entries().at(0).families;
    if (families) telemetry::write_exposition({families.get()}, telemetry::Format::text, text);
    return text;
  }

  boost::asio::io_context loop_{1};
  os::SimClock clock_{loop_};
  std::unique_ptr<core::Random> random_ = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool_ = async::make_inline_pool(loop_.get_executor());
  bool hangs_ = false;
  std::unique_ptr<async::SlowCalls> slow_ = async::make_inline_slow_calls(loop_.get_executor(), &hangs_);
  os::CapturedLog log_;
  net::NoClient client_;
  ::prometheus::Registry registry_;
  core::Resource resource_;
  telemetry::Board board_;
  Tools tools_{clock_,
               *random_,
               *pool_,
               log_,
               client_,
               registry_,
               resource_,
               {},
               os::no_watched_files(),
               net::no_listeners(),
               net::listen_nowhere,
               *slow_};
  host::Settings settings_;
  std::vector<std::string> asked_;
  async::Nursery nursery_{loop_.get_executor()};
  std::unique_ptr<MetricSource> source_;
};

#define EXPECT_LINE(page, line) EXPECT_NE(("\n" + (page)).find("\n" line "\n"), std::string::npos) << (page)

}  // namespace

TEST_F(Host, ShowsProcessorsAsNodeExporterDoes) {
  settings_.collectors = {"cpu", "stat", "loadavg", "pressure"};
  const std::string text = page();
  EXPECT_LINE(text, "# HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.");
  EXPECT_LINE(text, "# TYPE node_cpu_seconds_total counter");
  EXPECT_LINE(text, "node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 153.65");
  EXPECT_LINE(text, "node_cpu_seconds_total{cpu=\"1\",mode=\"iowait\"} 3.82");
  EXPECT_LINE(text, "node_cpu_guest_seconds_total{cpu=\"0\",mode=\"nice\"} 0.1");
  EXPECT_LINE(text, "node_cpu_core_throttles_total{core=\"1\",package=\"0\"} 6");
  EXPECT_LINE(text, "node_cpu_package_throttles_total{package=\"0\"} 30");
  EXPECT_LINE(text, "node_intr_total 609282");
  EXPECT_LINE(text, "node_boot_time_seconds 1795960442");
  EXPECT_LINE(text, "node_procs_blocked 1");
  EXPECT_LINE(text, "node_load5 1.5");
  EXPECT_LINE(text, "node_pressure_io_stalled_seconds_total 3.382385");
  EXPECT_LINE(text, "node_scrape_collector_success{collector=\"cpu\"} 1");
  EXPECT_EQ(text.find("cpu=\"\""), std::string::npos)
      << "the sum of all processors is for Prometheus to make";
}

TEST_F(Host, ShowsMemoryAsNodeExporterDoes) {
  settings_.collectors = {"meminfo", "vmstat"};
  const std::string text = page();
  EXPECT_LINE(text, "# HELP node_memory_Active_anon_bytes Memory information field Active_anon_bytes.");
  EXPECT_LINE(text, "# TYPE node_memory_Active_anon_bytes gauge");
  EXPECT_LINE(text, "node_memory_Hugepagesize_bytes 2097152");
  EXPECT_LINE(text, "node_memory_HugePages_Total 0");
  EXPECT_LINE(text, "# TYPE node_vmstat_pgfault untyped");
  EXPECT_LINE(text, "# HELP node_vmstat_oom_kill /proc/vmstat information field oom_kill.");
  EXPECT_EQ(text.find("node_vmstat_nr_"), std::string::npos);
}

TEST_F(Host, ShowsDisksButNotTheirPartitions) {
  settings_.collectors = {"diskstats"};
  const std::string text = page();
  EXPECT_LINE(text, "node_disk_read_bytes_total{device=\"vda\"} 1646527488");
  EXPECT_LINE(text, "node_disk_io_now{device=\"vda\"} 2");
  EXPECT_LINE(text, "node_disk_flush_requests_time_seconds_total{device=\"vda\"} 0.137");
  EXPECT_LINE(text, "node_disk_info{device=\"vda\",major=\"254\",minor=\"0\"} 1");
  EXPECT_LINE(text,
              "node_disk_info{device=\"sda\",major=\"8\",minor=\"0\",model=\"SAMSUNG_MZ7LH480\","
              "path=\"pci-0000:3b:00.0-ata-5\",revision=\"304Q\",serial=\"S45P\",wwn=\"0x5002538e4\"} 1");
  EXPECT_LINE(text, "node_disk_ata_rotation_rate_rpm{device=\"sda\"} 7200");
  EXPECT_LINE(text,
              "node_disk_device_mapper_info{device=\"dm-0\",lv_name=\"root\",name=\"vg0-root\","
              "uuid=\"LVM-abc\",vg_name=\"vg0\"} 1");
  EXPECT_LINE(text, "node_disk_reads_completed_total{device=\"nvme0n1\"} 47114");
  for (const char* left_out : {"sda1", "nvme0n1p1", "loop0", "ram0"}) {
    EXPECT_EQ(text.find(left_out), std::string::npos) << left_out;
  }
  EXPECT_EQ(text.find("discards_completed_total{device=\"sda\"}"), std::string::npos)
      << "an older kernel has no such column";
}

TEST_F(Host, ShowsTheNetworkAsNodeExporterDoes) {
  settings_.collectors = {"netdev", "netstat", "sockstat", "conntrack"};
  const std::string text = page();
  EXPECT_LINE(text, "# HELP node_network_receive_bytes_total Network device statistic receive_bytes.");
  EXPECT_NE(text.find("\nnode_network_transmit_carrier_total{device=\"eth0\"} "), std::string::npos);
  EXPECT_LINE(text, "node_network_receive_nohandler_total{device=\"eth0\"} 3");
  EXPECT_LINE(text, "# TYPE node_netstat_Tcp_CurrEstab untyped");
  EXPECT_LINE(text, "# HELP node_netstat_TcpExt_ListenDrops Statistic TcpExtListenDrops.");
  EXPECT_LINE(text, "# TYPE node_netstat_Udp6_InDatagrams untyped");
  EXPECT_EQ(text.find("node_netstat_TcpExt_TW"), std::string::npos);
  EXPECT_LINE(text, "# HELP node_sockstat_TCP_mem_bytes Number of TCP sockets in state mem_bytes.");
  EXPECT_LINE(text, "node_nf_conntrack_entries 123");
  EXPECT_LINE(text, "node_nf_conntrack_stat_invalid 15");
  EXPECT_LINE(text, "node_nf_conntrack_stat_insert_failed 17");
}

TEST_F(Host, ShowsInterfacesAndQueues) {
  settings_.collectors = {"netclass", "arp", "softnet", "udp_queues", "schedstat", "timex"};
  const std::string text = page();
  EXPECT_LINE(text, "node_network_up{device=\"eth0\"} 1");
  EXPECT_LINE(text, "node_network_up{device=\"lo\"} 0");
  EXPECT_LINE(text,
              "node_network_info{address=\"02:fc:00:00:00:01\",broadcast=\"ff:ff:ff:ff:ff:ff\","
              "device=\"eth0\",duplex=\"unknown\",ifalias=\"uplink\",operstate=\"up\"} 1");
  EXPECT_LINE(text, "node_network_speed_bytes{device=\"eth0\"} 1250000000");
  EXPECT_LINE(text, "node_network_flags{device=\"eth0\"} 4099");
  EXPECT_LINE(text,
              "# HELP node_network_carrier_changes_total Network device property: carrier_changes_total");
  EXPECT_EQ(text.find("bonding_masters"), std::string::npos);
  EXPECT_LINE(text, "node_arp_entries{device=\"eth0\"} 1");
  EXPECT_NE(text.find("\nnode_softnet_processed_total{cpu=\"1\"} "), std::string::npos);
  EXPECT_LINE(text, "node_udp_queues{ip=\"v4\",queue=\"rx\"} 266");
  EXPECT_LINE(text, "node_udp_queues{ip=\"v4\",queue=\"tx\"} 21");
  EXPECT_LINE(text, "node_schedstat_waiting_seconds_total{cpu=\"1\"} 364107.263788241");
  EXPECT_NE(text.find("\nnode_timex_sync_status "), std::string::npos);
}

TEST_F(Host, SaysWhatMachineItIs) {
  settings_.collectors = {"os", "time", "filefd", "entropy", "uname"};
  const std::string text = page();
  EXPECT_LINE(text,
              "node_os_info{id=\"debian\",name=\"Debian GNU/Linux\",pretty_name=\"Debian GNU/Linux 12 "
              "(bookworm)\",version=\"12 (bookworm)\",version_codename=\"bookworm\",version_id=\"12\"} 1");
  EXPECT_LINE(text, "node_os_version{id=\"debian\",name=\"Debian GNU/Linux\"} 12");
  EXPECT_LINE(text, "node_time_seconds 1700000000");
  EXPECT_LINE(text, "node_time_clocksource_current_info{clocksource=\"tsc\",device=\"0\"} 1");
  EXPECT_LINE(text, "node_filefd_allocated 662");
  EXPECT_LINE(text, "node_filefd_maximum 2466170");
  EXPECT_LINE(text, "node_entropy_available_bits 256");
  EXPECT_NE(text.find("sysname=\"Linux\""), std::string::npos);
}

TEST_F(Host, AsksFileSystemsBelowTheirRootAndTellsWhichAreBroken) {
  settings_.collectors = {"filesystem"};
  const std::string text = page();
  EXPECT_EQ(asked_, (std::vector<std::string>{fixtures + "/tree/", fixtures + "/tree/mnt/two words",
                                              fixtures + "/tree/run", fixtures + "/tree/run"}));
  EXPECT_LINE(text, "node_filesystem_avail_bytes{device=\"/dev/vda\",fstype=\"ext4\",mountpoint=\"/\"} 300");
  EXPECT_LINE(text, "node_filesystem_files_free{device=\"tmpfs\",fstype=\"tmpfs\",mountpoint=\"/run\"} 20");
  EXPECT_LINE(text,
              "node_filesystem_device_error{device=\"nas:/export\",fstype=\"nfs4\",mountpoint=\"/mnt/two "
              "words\"} 1");
  EXPECT_EQ(text.find("node_filesystem_size_bytes{device=\"nas"), std::string::npos);
}

TEST_F(Host, WhatTheKernelDoesNotHaveIsAFailedCollectorAndNoMore) {
  settings_.roots.proc = fixtures + "/tree";
  settings_.collectors = {"loadavg", "os"};
  const std::string text = page();
  EXPECT_LINE(text, "node_scrape_collector_success{collector=\"loadavg\"} 0");
  EXPECT_LINE(text, "node_scrape_collector_success{collector=\"os\"} 1");
  EXPECT_EQ(source_->status().up, core::Standing::ok);
}

TEST_F(Host, AKernelThatDoesNotAnswerKeepsNobodyWaiting) {
  hangs_ = true;
  start();
  EXPECT_EQ(source_->status().up, core::Standing::unknown);
  clock_.advance(2s);
  EXPECT_EQ(source_->status().up, core::Standing::not_ok);
  EXPECT_EQ(board_.entries().at(0).families, nullptr);
}

TEST_F(Host, LabelsGoOnEachOfItsSeries) {
  settings_.collectors = {"loadavg"};
  settings_.labels = {{"rack", "7"}};
  EXPECT_LINE(page(), "node_load1{rack=\"7\"} 5.24");
}

TEST_F(Host, APassingStepBackOfTheIdleTimeIsNotShown) {
  host::Remembered remembered;
  const auto idle_after = [&](const char* folder) {
    const host::Roots roots{folder, "", ""};
    telemetry::FamilyWriter writer;
    EXPECT_TRUE(host::collect_cpu({roots, writer, remembered, {}}));
    std::string text;
    const auto set = writer.take();
    telemetry::write_exposition({&set}, telemetry::Format::text, text);
    const std::size_t at = text.find("mode=\"idle\"} ");
    return text.substr(at + 13, text.find('\n', at) - at - 13);
  };
  const std::string folder = ::testing::TempDir() + "/host_idle";
  std::filesystem::create_directories(folder);
  const auto write = [&](int ticks) {
    std::ofstream(folder + "/stat") << "cpu0 1 2 3 " << ticks << " 0 0 0 0 0 0\n";
  };
  write(1000);
  EXPECT_EQ(idle_after(folder.c_str()), "10");
  write(999);
  EXPECT_EQ(idle_after(folder.c_str()), "10");
  write(100);
  EXPECT_EQ(idle_after(folder.c_str()), "1") << "the processor was taken out and put in again";
}
