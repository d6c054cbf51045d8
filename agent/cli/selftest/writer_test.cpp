#include "agent/cli/selftest/writer.hpp"

#include "agent/cli/selftest/disk.hpp"
#include "agent/cli/selftest/lines.hpp"
#include "agent/net/gzip.hpp"
#include "agent/os/sim_files.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::cli;

namespace {

struct SelftestWriter : ::testing::Test {
  os::SimFiles files;
  Writer writer{files, "/logs", 7};
  SelftestWriter() { EXPECT_TRUE(files.make_directories("/logs")); }
  std::string line(std::uint64_t number) const { return line_of(7, number) + "\n"; }
  std::string content(const std::string& path) { return *files.read_all(path, 1 << 20); }
};

}  // namespace

TEST_F(SelftestWriter, RotatesInEveryUsualWayAndLosesNoLine) {
  ASSERT_TRUE(writer.write_until(2));
  ASSERT_TRUE(writer.rotate(Rotating::by_renaming));
  EXPECT_FALSE(files.exists("/logs/app.log"));
  EXPECT_EQ(content("/logs/app.log.000001"), line(0) + line(1));
  ASSERT_TRUE(writer.write_until(3));
  ASSERT_TRUE(writer.rotate(Rotating::by_copying));
  EXPECT_EQ(content("/logs/app.log"), "");
  EXPECT_EQ(content("/logs/app.log.000002"), line(2));
  ASSERT_TRUE(writer.write_until(4));
  ASSERT_TRUE(writer.rotate(Rotating::by_packing));
  EXPECT_EQ(content("/logs/app.log.000003.gz"), net::gzip(line(3)));
  EXPECT_FALSE(files.exists("/logs/app.log.000003"));
  EXPECT_EQ(writer.rotations(), 3u);
}

TEST_F(SelftestWriter, DeletesOnlyWhatHasArrivedToItsLastLine) {
  ASSERT_TRUE(writer.write_until(2));
  ASSERT_TRUE(writer.rotate(Rotating::by_renaming));
  ASSERT_TRUE(writer.write_until(5));
  ASSERT_TRUE(writer.rotate(Rotating::by_renaming));
  ASSERT_TRUE(writer.tidy(4));
  EXPECT_FALSE(files.exists("/logs/app.log.000001"));
  EXPECT_TRUE(files.exists("/logs/app.log.000002"));
  EXPECT_EQ(writer.deleted(), 1u);
}

TEST(SelftestDisk, IsOfTheTypeOfTheDeepestAndLatestMount) {
  const std::string mounts =
      "22 1 254:0 / / rw,relatime - ext4 /dev/root rw\n"
      "30 22 0:25 / /var/log rw shared:9 - tmpfs tmpfs rw\n"
      "31 22 0:26 / /var/log rw - xfs /dev/sdb rw\n"
      "nonsense\n";
  EXPECT_EQ(file_system_of(mounts, "/var/log/app"), "xfs");
  EXPECT_EQ(file_system_of(mounts, "/var/logs"), "ext4");
  EXPECT_EQ(file_system_of("", "/x"), "");
}
