#include "agent/sources/keeping.hpp"

#include <gtest/gtest.h>

using namespace outrider::sources;

namespace {

ListenPlan at(std::string http, std::string grpc) {
  ListenPlan plan;
  plan.http = std::move(http);
  plan.grpc = std::move(grpc);
  return plan;
}

}  // namespace

TEST(Keeping, OneAddressIsOneListenerSoBothMustMeanTheSame) {
  const ListenPlan one = at("h:4318", "h:4317");
  EXPECT_FALSE(conflict(one, one));
  EXPECT_FALSE(conflict(one, at("h:5318", "")));
  ListenPlan other = at("", "h:4317");
  other.most_request = 1 << 20;
  EXPECT_EQ(conflict(one, other),
            "h:4317 is one listener for all signals, and their `most_request` are not the same");
  other = at("h:4318", "");
  other.tls = outrider::net::TlsFiles{"c", "k", ""};
  EXPECT_EQ(conflict(one, other), "h:4318 is one listener for all signals, and their `tls` are not the same");
  EXPECT_EQ(conflict(one, at("h:4317", "")), "h:4317 cannot be `http` for one signal and `grpc` for another");
  ListenPlan any = at("h:0", "");
  any.connections = 1;
  EXPECT_FALSE(conflict(at("h:0", ""), any)) << "each gets another";
}
