#include "agent/probes/port_owner/port_owner_probe.hpp"

#include "agent/probes/test_kit.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;

namespace {

class PortOwner : public probes::testing::ProbeTest {
 protected:
  void listen(pid_t pid, const std::string& name, pid_t group) {
    machine_->ports[8080].push_back({pid, name, "0.0.0.0"});
    machine_->running[pid].facts.group = group;
  }
  core::Answer ask(const std::string& process = {}) {
    const auto probe = probes::port_owner::make_probe({8080, process}, tools_);
    return ProbeTest::ask(*probe, 1s);
  }
};

}  // namespace

TEST_F(PortOwner, NobodyIsNotOk) { EXPECT_EQ(ask().detail, "nobody listens on port 8080"); }

TEST_F(PortOwner, TheServiceItselfOrOneOfItsGroupIsOk) {
  tools_.child = [] { return 10; };
  listen(10, "tests-api", 10);
  listen(11, "worker", 10);
  EXPECT_EQ(ask().standing, Standing::ok);
  EXPECT_EQ(ask().detail, "tests-api (pid 10) listens on port 8080");
}

TEST_F(PortOwner, SomebodyElseIsNotOkAndNamed) {
  tools_.child = [] { return 10; };
  listen(10, "tests-api", 10);
  listen(7, "old-api", 7);
  EXPECT_EQ(ask().detail, "old-api (pid 7) listens on port 8080, not the service");
}

TEST_F(PortOwner, ANameMayBeLongerThanTheKernelKeeps) {
  listen(10, "a-very-long-nam", 10);
  EXPECT_EQ(ask("a-very-long-name-of-a-program").standing, Standing::ok);
  EXPECT_EQ(ask("nginx").standing, Standing::not_ok);
}

TEST_F(PortOwner, WhomWeMayNotSeeIsUnknown) {
  listen(0, "", 0);
  EXPECT_EQ(ask("nginx").standing, Standing::unknown);
  listen(7, "apache2", 7);
  EXPECT_EQ(ask("nginx").standing, Standing::not_ok) << "one that we do see is enough";
}
