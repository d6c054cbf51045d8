#include "agent/os/reading/mounts.hpp"

#include <gtest/gtest.h>

using namespace outrider;

TEST(Mounts, AreReadWithTheBlanksInTheirNames) {
  const auto mounts = os::mounts_in(
      "/dev/vda / ext4 rw,relatime,errors=remount-ro 0 0\n"
      "nas:/export\\040of\\040all /mnt/two\\040words nfs4 ro,vers=4.2 0 0\n"
      "odd\\134x /mnt/\\09 tmpfs noro,rw 0 0\n"
      "cut short\n\n");
  ASSERT_EQ(mounts.size(), 3u);
  EXPECT_EQ(mounts[0].device, "/dev/vda");
  EXPECT_EQ(mounts[0].point, "/");
  EXPECT_EQ(mounts[0].type, "ext4");
  EXPECT_FALSE(mounts[0].read_only) << "errors=remount-ro is another word than ro";
  EXPECT_EQ(mounts[1].device, "nas:/export of all");
  EXPECT_EQ(mounts[1].point, "/mnt/two words");
  EXPECT_TRUE(mounts[1].read_only);
  EXPECT_EQ(mounts[2].device, "odd\\x");
  EXPECT_EQ(mounts[2].point, "/mnt/\\09") << "no octal number";
  EXPECT_FALSE(mounts[2].read_only);
}

TEST(Mounts, SayHowFullTheyAre) {
  const auto root = os::fullness_of("/");
  ASSERT_TRUE(root) << root.error().what;
  EXPECT_GT(root->bytes, 0u);
  EXPECT_LE(root->available_bytes, root->free_bytes);
  EXPECT_LE(root->free_bytes, root->bytes);
  EXPECT_FALSE(os::fullness_of("/no/such/place"));
}
