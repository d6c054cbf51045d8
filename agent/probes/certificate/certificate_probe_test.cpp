#include "agent/probes/certificate/certificate_probe.hpp"

#include "agent/net/test_identity.hpp"
#include "agent/os/clock.hpp"
#include "agent/probes/test_kit.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;
using net::testing::Identity;

namespace {

class Certificate : public probes::testing::ProbeTest {
 protected:
  // The simulated clock shows another year than the certificates are made for.
  Certificate() {
    clock_.jump_wall(os::make_clock()->wall() - clock_.wall());
    settings_.files = {"/tls.pem"};
  }

  void write(const std::string& path, const std::string& pem) { machine_->files[path] = {{}, pem}; }
  core::Answer ask() {
    const auto probe = probes::certificate::make_probe(settings_, tools_);
    return ProbeTest::ask(*probe, 1s);
  }

  Identity authority_{{.name = "school CA", .authority = true, .ends_in_days = 300}};
  probes::certificate::Settings settings_;
};

}  // namespace

TEST_F(Certificate, OneThatLastsLongEnoughIsOk) {
  write("/tls.pem", Identity({.name = "api.school.example"}).certificate_pem());
  const core::Answer answer = ask();
  EXPECT_EQ(answer.standing, Standing::ok) << answer.detail;
  EXPECT_EQ(answer.detail.find("the certificate of api.school.example in /tls.pem ends in 29 days"), 0u)
      << answer.detail;
}

TEST_F(Certificate, OneThatEndsSoonHasEndedOrHasNotBegunIsNotOk) {
  write("/tls.pem", Identity({.name = "a", .ends_in_days = 10}).certificate_pem());
  EXPECT_EQ(ask().standing, Standing::not_ok);
  write("/tls.pem", Identity({.name = "a", .begins_in_days = -9, .ends_in_days = -2}).certificate_pem());
  EXPECT_NE(ask().detail.find("has ended 2 days"), std::string::npos) << ask().detail;
  write("/tls.pem", Identity({.name = "a", .begins_in_days = 2, .ends_in_days = 90}).certificate_pem());
  EXPECT_NE(ask().detail.find("begins at"), std::string::npos) << ask().detail;
}

TEST_F(Certificate, TheChainCountsToo) {
  const Identity middle({.name = "middle CA", .authority = true, .ends_in_days = 5}, &authority_);
  const Identity leaf({.name = "api.school.example", .ends_in_days = 90}, &middle);
  write("/tls.pem", leaf.certificate_pem() + middle.certificate_pem());
  const core::Answer answer = ask();
  EXPECT_EQ(answer.standing, Standing::not_ok);
  EXPECT_NE(answer.detail.find("middle CA"), std::string::npos) << answer.detail;
}

TEST_F(Certificate, ItMustLeadToTheAuthorityAndBeForTheName) {
  const Identity leaf({.name = "api.school.example"}, &authority_);
  write("/tls.pem", leaf.certificate_pem());
  write("/ca.pem", authority_.certificate_pem());
  settings_.authority = "/ca.pem";
  EXPECT_EQ(ask().standing, Standing::ok) << ask().detail;
  settings_.name = "elsewhere.example";
  EXPECT_EQ(ask().detail, "/tls.pem would not be believed: it is not for elsewhere.example");
  settings_.name.clear();
  write("/ca.pem", Identity({.name = "other CA", .authority = true}).certificate_pem());
  EXPECT_EQ(ask().standing, Standing::not_ok);
  machine_->files.erase("/ca.pem");
  EXPECT_EQ(ask().standing, Standing::unknown) << "what it is compared with is ours";
}

TEST_F(Certificate, NoCertificateIsNotOkOneThatWeMayNotReadIsUnknown) {
  EXPECT_EQ(ask().standing, Standing::not_ok);
  for (const char* wrong :
       {"", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    write("/tls.pem", wrong);
    EXPECT_EQ(ask().standing, Standing::not_ok) << wrong;
  }
  machine_->trouble = core::Error(core::Errc::denied, "cannot open /tls.pem: Permission denied");
  EXPECT_EQ(ask().standing, Standing::unknown);
}

TEST_F(Certificate, AFileThatLiesWhereNobodyAnswersIsUnknown) {
  calls_hang_ = true;
  EXPECT_EQ(ask().standing, Standing::unknown);
}

TEST_F(Certificate, AServerIsAskedForItsOwn) {
  settings_.files.clear();
  settings_.server = "api:443";
  settings_.name = "api.school.example";
  streams_.listen("api:443");
  streams_.set_certificates("api:443", {{"api.school.example", "CA", {}, clock_.wall() + 36h}});
  const core::Answer soon = ask();
  EXPECT_EQ(soon.standing, Standing::not_ok);
  EXPECT_EQ(soon.detail, "the certificate of api.school.example in api:443 ends in 1 day 11 h, wanted 14d");
  EXPECT_EQ(streams_.trust_shown("api:443")->server_name, "api.school.example");
  streams_.set_certificates("api:443", {{"api.school.example", "CA", {}, clock_.wall() + 2400h}});
  EXPECT_EQ(ask().standing, Standing::ok);
  streams_.close("api:443");
  EXPECT_EQ(ask().standing, Standing::not_ok);
}
