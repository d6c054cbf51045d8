#include "agent/net/certificate.hpp"

#include "agent/net/test_identity.hpp"
#include "agent/os/clock.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace outrider::net::testing;
using namespace std::chrono_literals;

namespace {

struct Certificates : ::testing::Test {
  core::WallTime now = os::make_clock()->wall();
  Identity authority{{.name = "school CA", .authority = true}};
  Identity middle{{.name = "middle CA", .authority = true}, &authority};
  Identity leaf{{.name = "api.school.example"}, &middle};
};

}  // namespace

TEST_F(Certificates, SayWhoTheyAreForAndHowLong) {
  const auto read = read_certificates(leaf.certificate_pem() + "between\n" + middle.certificate_pem());
  ASSERT_TRUE(read) << read.error().what;
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->front().subject, "api.school.example");
  EXPECT_EQ(read->front().issuer, "middle CA");
  EXPECT_LT(read->front().begins, now);
  EXPECT_NEAR(std::chrono::duration<double>(read->front().ends - now) / 24h, 30, 0.1);
}

TEST_F(Certificates, OneWithoutAnEndIsNotAtItsEnd) {
  const Identity eternal({.name = "eternal", .ends_in_days = 365 * 3000});
  EXPECT_GT(read_certificates(eternal.certificate_pem())->front().ends, now + 24h * 365 * 100);
}

TEST_F(Certificates, WhatIsNoneIsAnError) {
  for (const char* wrong :
       {"", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    EXPECT_FALSE(read_certificates(wrong)) << wrong;
  }
}

TEST_F(Certificates, AreDoubtedWithoutTheWayToTheAuthority) {
  const std::string chain = leaf.certificate_pem() + middle.certificate_pem();
  const std::string root = authority.certificate_pem();
  EXPECT_EQ(doubt_about(chain, root, "api.school.example", now).value(), std::nullopt);
  EXPECT_EQ(doubt_about(chain, root, "127.0.0.1", now).value(), std::nullopt);
  EXPECT_EQ(doubt_about(chain, root, "x.example", now).value(), "it is not for x.example");
  EXPECT_TRUE(doubt_about(leaf.certificate_pem(), root, "", now).value()) << "the middle one is missing";
  EXPECT_TRUE(doubt_about(chain, root, "", now + 24h * 60).value()) << "it has ended by then";
  EXPECT_FALSE(doubt_about(chain, "no authority", "", now));
}
