#include "agent/cli/doctor/doctor.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/core.h>
#include <gtest/gtest.h>

using namespace outrider::cli;

namespace {

class DoctorTest : public ::testing::Test {
 protected:
  DoctorTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "doctor-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~DoctorTest() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  std::string file(const std::string& name, const std::string& content, int mode = 0644) const {
    std::ofstream(path(name)) << content;
    std::filesystem::permissions(path(name), static_cast<std::filesystem::perms>(mode));
    return path(name);
  }

  static Finding one(const Premises& premises, const std::string& about) {
    for (const Finding& finding : examine_premises(premises)) {
      if (finding.about == about) return finding;
    }
    ADD_FAILURE() << "nothing found about " << about;
    return {};
  }

  Finding child(std::vector<std::string> argv, std::string directory = {}) const {
    Premises premises;
    premises.child = std::move(argv);
    premises.child_directory = std::move(directory);
    return one(premises, "child");
  }

  std::string directory_;
};

}  // namespace

TEST_F(DoctorTest, LooksAtTheMachineAndHasAWordOnEachThing) {
  for (const Finding& finding : examine_machine()) {
    EXPECT_FALSE(finding.about.empty());
    EXPECT_FALSE(finding.what.empty()) << finding.about;
    EXPECT_TRUE(finding.health != Health::bad || !finding.hint.empty()) << finding.about;
  }
}

TEST_F(DoctorTest, TriesTheStateDirectoryAndLeavesNothingThere) {
  Premises premises;
  premises.state_directory = directory_;
  EXPECT_EQ(one(premises, "state").health, Health::ok);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
  premises.state_directory = path("not/yet/there");
  EXPECT_EQ(one(premises, "state").what, path("not/yet/there") + " will be made");
  premises.state_directory = file("a_file", "");
  EXPECT_EQ(one(premises, "state").health, Health::bad);
  premises.state_directory = "/proc/self";  // not even root writes here
  EXPECT_EQ(one(premises, "state").health, Health::bad);
}

TEST_F(DoctorTest, NamesWhoHoldsAPort) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  socklen_t length = sizeof address;
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);

  Premises premises;
  premises.listen = {{"api.listen", fmt::format("127.0.0.1:{}", ntohs(address.sin_port))}};
  const Finding held = one(premises, "api.listen");
  EXPECT_EQ(held.health, Health::bad);
  EXPECT_NE(held.what.find(fmt::format("pid {}", ::getpid())), std::string::npos) << held.what;
  ::close(listener);
  EXPECT_EQ(one(premises, "api.listen").health, Health::ok);
}

TEST_F(DoctorTest, KnowsAnAddressThatIsNotOurs) {
  Premises premises;
  premises.listen = {{"metrics.listen", "192.0.2.1:9464"}};
  EXPECT_EQ(one(premises, "metrics.listen").health, Health::bad);
  premises.listen = {{"metrics.listen", "no port"}};
  EXPECT_EQ(one(premises, "metrics.listen").health, Health::bad);
}

TEST_F(DoctorTest, FindsTheChildAndWhatItsFirstLineWants) {
  EXPECT_EQ(child({"/bin/sh"}).health, Health::ok);
  EXPECT_EQ(child({"sh"}).health, Health::ok);
  EXPECT_EQ(child({"surely-no-such-program"}).what, "cannot find surely-no-such-program in PATH");
  EXPECT_EQ(child({path("missing")}).health, Health::bad);
  EXPECT_EQ(child({directory_}).what, directory_ + " is a directory");
  EXPECT_EQ(child({file("plain", "x", 0644)}).what, path("plain") + " may not be executed");
  EXPECT_EQ(child({file("script", "#!/bin/sh\n", 0755)}).health, Health::ok);
  EXPECT_EQ(child({file("stray", "#! /no/such/python3 -u\n", 0755)}).what,
            path("stray") + " wants /no/such/python3, which cannot be executed");
  EXPECT_EQ(child({"/bin/sh"}, path("nowhere")).health, Health::bad);
}

TEST_F(DoctorTest, TriesTheDirectoryOfEachSinkAndItsRoom) {
  Premises premises;
  premises.sink_paths = {path("out.log")};
  EXPECT_EQ(one(premises, "sink").what, path("out.log") + " will be made");
  EXPECT_NE(one(premises, "sink space").what.find(" free at " + directory_), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(directory_)) << "it tried to write there, and tidied up";
  premises.sink_paths = {file("old.log", "a line\n")};
  EXPECT_EQ(one(premises, "sink").what, path("old.log") + " can be written");
  premises.sink_paths = {path("logs/deep/out.log")};
  EXPECT_EQ(one(premises, "sink").what, path("logs/deep/out.log") + " and its directory will be made");
  premises.sink_paths = {directory_};
  EXPECT_EQ(one(premises, "sink").health, Health::bad);
  premises.sink_paths = {path("old.log/out.log")};
  EXPECT_EQ(one(premises, "sink").what,
            path("old.log") + " is not a directory, where " + path("old.log/out.log") + " belongs");
  premises.sink_paths = {"/proc/self/out.log"};  // not even root writes here
  EXPECT_EQ(one(premises, "sink").health, Health::bad);
}

TEST_F(DoctorTest, LooksAtSocketsAndKeys) {
  Premises premises;
  premises.socket = "unix:" + path("agent.sock");
  EXPECT_EQ(one(premises, "api.socket").what, path("agent.sock") + " will be made");
  premises.socket = file("no_socket", "");
  EXPECT_EQ(one(premises, "api.socket").health, Health::bad);
  premises.socket = path(std::string(200, 'x'));
  EXPECT_EQ(one(premises, "api.socket").health, Health::bad);

  premises.readable = {{"api.tls.key", file("key.pem", "", 0644)}};
  EXPECT_EQ(one(premises, "api.tls.key").health, Health::warn);
  premises.readable = {{"api.tls.key", file("safe.pem", "", 0600)}};
  EXPECT_EQ(one(premises, "api.tls.key").health, Health::ok);
  premises.readable = {{"api.tls.key", path("absent.pem")}};
  EXPECT_EQ(one(premises, "api.tls.key").health, Health::bad);
}
