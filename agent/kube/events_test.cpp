#include "agent/kube/events.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using kube::Events;
using kube::Heard;

namespace {

std::string event(const std::string& type, const std::string& version) {
  return R"({"type":")" + type + R"(","object":{"metadata":{"resourceVersion":")" + version + "\"}}}\n";
}

}  // namespace

TEST(KubeEvents, BookmarksMoveThePlaceAndAreNoNews) {
  Events events("5");
  EXPECT_TRUE(events.feed(event("BOOKMARK", "17")));
  EXPECT_EQ(events.heard(), Heard::nothing);
  EXPECT_EQ(events.version(), "17");
  EXPECT_FALSE(events.feed(event("MODIFIED", "18")));
  EXPECT_EQ(events.heard(), Heard::news);
  EXPECT_EQ(events.version(), "18");
}

TEST(KubeEvents, AreTheSameHoweverTheirBytesAreCut) {
  const std::string all = event("BOOKMARK", "6") + event("BOOKMARK", "7") + event("DELETED", "8");
  for (std::size_t size = 1; size <= all.size(); ++size) {
    Events events("5");
    for (std::size_t at = 0; at < all.size(); at += size) events.feed(all.substr(at, size));
    EXPECT_EQ(events.heard(), Heard::news) << size;
    EXPECT_EQ(events.version(), "8") << size;
  }
}

TEST(KubeEvents, APlaceThatIsTooOldIsToldFromOtherTrouble) {
  Events old("5");
  EXPECT_FALSE(old.feed(R"({"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}})"
                        "\n"));
  EXPECT_EQ(old.heard(), Heard::too_old);
  Events other("5");
  EXPECT_FALSE(other.feed(R"({"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd is away"}})"
                          "\n"));
  EXPECT_EQ(other.heard(), Heard::broken);
  EXPECT_EQ(other.why(), "a watch ended: etcd is away");
}

TEST(KubeEvents, RubbishAndLinesWithoutAnEndAreNoWatch) {
  for (const char* rubbish : {"<html>\n", "[]\n", "{}\n", "{\"type\":7}\n"}) {
    Events events("5");
    EXPECT_FALSE(events.feed(rubbish)) << rubbish;
    EXPECT_EQ(events.heard(), Heard::broken) << rubbish;
    EXPECT_EQ(events.version(), "5");
  }
  Events endless("5");
  const std::string part(64 * 1024, 'x');
  int fed = 0;
  while (endless.feed(part)) ASSERT_LT(++fed, 100) << "it takes whatever comes";
  EXPECT_EQ(endless.heard(), Heard::broken);
}
