#include "agent/catalogs/dump/dump.hpp"

#include "agent/catalogs/tool_world.hpp"
#include "agent/os/scratch.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::catalogs;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

class Dump : public testing::Test {
 protected:
  Dump() {
    world_.program("/usr/bin/pg_restore", [this](const std::vector<std::string>& argv) {
      ++asked_;
      if (argv.back().find("torn") == std::string::npos) return ToolAnswer{0, "", ""};
      return ToolAnswer{1, "", "pg_restore: error: could not read from input file: end of file\n"};
    });
    for (const char* tool : {"tail", "gzip"}) {
      world_.program(tool, [this](const std::vector<std::string>&) { return ToolAnswer{0, ending_, ""}; });
    }
  }

  void put(const std::string& name, const std::string& content) {
    const std::filesystem::path path = scratch_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  std::map<std::string, BackupSet> list() {
    std::map<std::string, BackupSet> sets;
    const auto listing = world_.wait(catalog_->list(10s));
    EXPECT_TRUE(listing);
    if (!listing) return sets;
    EXPECT_FALSE(listing->archives_wal);
    for (const BackupSet& set : listing->sets) sets[set.label] = set;
    return sets;
  }

  os::Scratch scratch_;
  ToolWorld world_;
  int asked_ = 0;
  std::string ending_ = "--\n-- PostgreSQL database dump complete\n--\n\n";
  std::unique_ptr<Catalog> catalog_ =
      dump::make_catalog({scratch_.path(), "/usr/bin/pg_restore"}, world_.tools);
};

}  // namespace

TEST_F(Dump, EachFormatIsFoundByWhatItIs) {
  put("monday/app.anything", "PGDMP and so on");
  put("tuesday/toc.dat", "PGDMP");
  put("tuesday/2345.dat.gz", std::string(100, 'x'));
  put("app.sql", "x");
  put("app.sql.gz", "x");
  put("readme.txt", "no dump");
  auto sets = list();
  ASSERT_EQ(sets.size(), 4u);
  EXPECT_EQ(sets["tuesday"].stored_bytes, 105u);
  for (const auto& [label, set] : sets) {
    EXPECT_TRUE(set.complete) << label << set.trouble;
    EXPECT_EQ(set.kind, BackupKind::dump);
    EXPECT_GT(set.stopped, core::WallTime(24h));
  }
}

TEST_F(Dump, ATornOneIsNotComplete) {
  put("torn.dump", "PGDMP");
  put("app.sql", "x");
  ending_ = "COPY public.t (i) FROM stdin;\n1\n";
  auto sets = list();
  EXPECT_FALSE(sets["torn.dump"].complete);
  EXPECT_THAT(sets["torn.dump"].trouble, HasSubstr("end of file"));
  EXPECT_FALSE(sets["app.sql"].complete);
  EXPECT_THAT(sets["app.sql"].trouble, HasSubstr("breaks off"));
}

TEST_F(Dump, EachIsReadOnceUntilItChanges) {
  put("app.dump", "PGDMP");
  list();
  list();
  EXPECT_EQ(asked_, 1);
  put("app.dump", "PGDMP and more");
  list();
  EXPECT_EQ(asked_, 2);
}

TEST_F(Dump, WithoutTheToolNothingIsComplete) {
  catalog_ = dump::make_catalog({scratch_.path(), "/nowhere/pg_restore"}, world_.tools);
  put("app.dump", "PGDMP");
  auto sets = list();
  EXPECT_FALSE(sets["app.dump"].complete);
  EXPECT_FALSE(sets["app.dump"].trouble.empty());
}

TEST_F(Dump, IsNeitherRolledForwardNorRestoredIntoADataDirectory) {
  EXPECT_EQ(catalog_->fetch_wal().error().code, core::Errc::unsupported);
  EXPECT_EQ(catalog_->restore(BackupSet(), "/scratch", false).error().code, core::Errc::unsupported);
  EXPECT_EQ(catalog_->backup(BackupKind::dump).error().code, core::Errc::unsupported);
  catalog_ = dump::make_catalog({scratch_ / "gone", "/usr/bin/pg_restore"}, world_.tools);
  EXPECT_FALSE(world_.wait(catalog_->list(10s))) << "what is not mounted is not empty";
}
