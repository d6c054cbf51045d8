#include "agent/net/resp/resp.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;

TEST(Resp, WritesACommandWithTheLengthOfEachWord) {
  EXPECT_EQ(resp::command({"AUTH", "a b"}), "*2\r\n$4\r\nAUTH\r\n$3\r\na b\r\n");
}

TEST(Resp, WhoDoesNotLetUsInIsNotSick) {
  EXPECT_EQ(resp::refusal("NOAUTH Authentication required.").code, core::Errc::denied);
  EXPECT_EQ(resp::refusal("NOPERM no").code, core::Errc::denied);
  EXPECT_EQ(resp::refusal("BUSY Redis is busy running a script").code, core::Errc::refused);
  EXPECT_EQ(resp::refusal("ERR a\x01"
                          "b")
                .what,
            "it says: ERR a b");
  EXPECT_LT(resp::refusal(std::string(5000, 'x')).what.size(), 300u);
}

TEST(Resp, FindsAFieldOfInfo) {
  const std::string info = "# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\n";
  EXPECT_EQ(resp::field(info, "role"), "slave");
  EXPECT_EQ(resp::field(info, "master_host"), "10.0.0.1");
  EXPECT_EQ(resp::field(info, "master"), "");
}
