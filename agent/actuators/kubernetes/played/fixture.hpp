// The actuator before a small cluster, on a virtual clock.
#pragma once

#include "agent/actuators/kubernetes/kubernetes.hpp"
#include "agent/actuators/kubernetes/played/small_cluster.hpp"
#include "agent/async/nursery.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim/sim_run.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/os/sim_processes.hpp"

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace outrider::actuators::kubernetes::played {

class Kubernetes : public ::testing::Test {
 protected:
  void SetUp() override {
    net.add_host("10.0.0.1:6443", [this](const net::Call& call) { return cluster.answer(call); });
    cluster.pods["tests-api-0"] = {.uid = "u1"};
  }
  void make(Sort sort, std::optional<By> by = {}) {
    Settings settings;
    settings.server = "https://10.0.0.1:6443";
    settings.name_space = "school";
    settings.name = sort == Sort::pod ? "tests-api-0" : "tests-api";
    settings.sort = sort;
    settings.written_by = by;
    const Tools tools{clock,        processes,
                      client.get(), [this](const std::string& sentence) { told += sentence + "\n"; },
                      &files,       pool.get()};
    place = make_place(tools, settings, std::chrono::seconds(10));
  }
  template <class T>
  std::optional<T> run(core::Task<T> work, core::Duration most = std::chrono::minutes(1)) {
    return os::run_for(clock, loop, most, std::move(work));
  }
  // Goes on while time passes; what came of it, once it has ended.
  void begin_restart(async::Nursery& nursery, std::optional<core::Outcome<>>& restarted) {
    auto store = [](core::Task<core::Outcome<>> what,
                    std::optional<core::Outcome<>>& into) -> core::Task<void> {
      into = co_await std::move(what);
    };
    nursery.start(store(place->restart(), restarted));
  }
  core::Outcome<Seen> look() { return run(place->look()).value(); }
  core::Outcome<> done(core::Task<core::Outcome<>> work, core::Duration most = std::chrono::minutes(5)) {
    return run(std::move(work), most).value_or(core::fail(core::Errc::internal, "it never ended"));
  }
  std::string asked(const std::string& method) const {
    std::string all;
    for (const std::string& one : cluster.asked)
      if (one.starts_with(method)) all += one.substr(one.rfind('/') + 1) + " ";
    return all;
  }
  std::string body_of(const std::string& method) const {
    for (std::size_t at = cluster.asked.size(); at-- > 0;)
      if (cluster.asked[at].starts_with(method)) return cluster.bodies[at];
    return {};
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  os::SimFiles files;
  net::SimNet net{clock};
  std::unique_ptr<net::Client> client = net.make_client();
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  SmallCluster cluster;
  std::string told;
  std::unique_ptr<Place> place;
};

}  // namespace outrider::actuators::kubernetes::played
