#include "agent/recovery/ground/desk/try_isolation.hpp"

#include "agent/catalogs/tool_world.hpp"

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

core::Outcome<Isolation> tried(NetworkCut wanted, int code) {
  catalogs::ToolWorld world;
  world.program("/bin/true", [code](const std::vector<std::string>&) {
    return catalogs::ToolAnswer{code, "", "unshare: Operation not permitted"};
  });
  return world.wait(try_isolation(world.processes, world.clock, {"/bin/true"}, wanted));
}

TEST(TryIsolation, WhereItWorksItIsCut) {
  for (const NetworkCut wanted : {NetworkCut::automatic, NetworkCut::cut}) {
    const auto found = tried(wanted, 0);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->cut);
    EXPECT_EQ(found->text(), "cut off from the network");
  }
}

TEST(TryIsolation, WhereItDoesNotAndNeedNotItSaysWhyNot) {
  const auto found = tried(NetworkCut::automatic, 1);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->cut);
  EXPECT_NE(found->text().find("Operation not permitted"), std::string::npos) << found->text();
}

TEST(TryIsolation, WhereItDoesNotAndMustItIsAnErrorWithAWayOut) {
  const auto found = tried(NetworkCut::cut, 1);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, core::Errc::unsupported);
  EXPECT_NE(found.error().what.find("Operation not permitted"), std::string::npos) << found.error().what;
  EXPECT_NE(found.error().hint.find("recovery.drill.network: auto"), std::string::npos);
}

TEST(TryIsolation, WhatIsToBeSharedIsNotEvenTried) {
  const auto found = tried(NetworkCut::shared, 0);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->cut);
}

}  // namespace
}  // namespace outrider::recovery
