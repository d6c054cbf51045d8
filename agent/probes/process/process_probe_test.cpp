#include "agent/probes/process/process_probe.hpp"

#include "agent/probes/test_kit.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;

namespace {

class ProcessProbe : public probes::testing::ProbeTest {
 protected:
  void run(pid_t pid, const std::string& name, char state = 'S') {
    os::ProcessSight& sight = machine_->running[pid];
    sight.facts.pid = pid;
    sight.facts.name = name;
    sight.facts.state = state;
  }
  core::Answer ask(const probes::process::Where& where) {
    probes::process::Settings settings;
    settings.where = where;
    const auto probe = probes::process::make_probe(settings, tools_);
    return ProbeTest::ask(*probe, 1s);
  }
};

}  // namespace

TEST_F(ProcessProbe, OneOfThatNameThatIsNotOkIsEnough) {
  run(10, "nginx");
  run(11, "nginx");
  EXPECT_EQ(ask({{}, "nginx"}).standing, Standing::ok);
  EXPECT_NE(ask({{}, "nginx"}).detail.find("2 processes in all"), std::string::npos);
  run(11, "nginx", 'Z');
  EXPECT_EQ(ask({{}, "nginx"}).standing, Standing::not_ok);
  EXPECT_EQ(ask({{}, "apache"}).detail, "no process is called apache");
}

TEST_F(ProcessProbe, ThePidFileMustNameOneThatLives) {
  EXPECT_EQ(ask({"/run/x.pid", {}}).standing, Standing::not_ok) << "no such file";
  machine_->files["/run/x.pid"] = {{}, "10\n"};
  EXPECT_EQ(ask({"/run/x.pid", {}}).detail, "the process that /run/x.pid names is gone");
  run(10, "x");
  EXPECT_EQ(ask({"/run/x.pid", {}}).standing, Standing::ok);
  for (const char* wrong : {"", "x", "-1", "0", "99999999999999"}) {
    machine_->files["/run/x.pid"] = {{}, wrong};
    EXPECT_EQ(ask({"/run/x.pid", {}}).standing, Standing::not_ok) << wrong;
  }
}

TEST_F(ProcessProbe, TheSupervisedOneIsFoundByTheAgent) {
  EXPECT_EQ(ask({}).standing, Standing::unknown) << "none is supervised";
  tools_.child = [] { return 0; };
  EXPECT_EQ(ask({}).detail, "the service is not running");
  run(12, "tests-api");
  tools_.child = [] { return 12; };
  EXPECT_EQ(ask({}).standing, Standing::ok);
}

TEST_F(ProcessProbe, AProcThatHangsIsUnknown) {
  calls_hang_ = true;
  EXPECT_EQ(ask({{}, "nginx"}).standing, Standing::unknown);
}
