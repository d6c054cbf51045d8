#include "agent/audit/carried.hpp"

#include "agent/audit/line.hpp"
#include "agent/os/files.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

using namespace outrider;
using namespace outrider::audit;
using ::testing::ElementsAre;
using ::testing::Field;

namespace {

class CarriedTest : public ::testing::Test {
 protected:
  CarriedTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "carried-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    std::string previous(no_hash);
    for (std::uint64_t i = 1; i <= 5; ++i) {
      lines_.push_back(line_of(i, previous, "it died"));
      previous = hash_of_line(lines_.back());
    }
    keep(5);
  }
  ~CarriedTest() override { std::filesystem::remove_all(directory_); }

  static std::string line_of(std::uint64_t sequence, std::string_view previous, std::string reason) {
    Draft draft;
    draft.time = "2026-11-21T12:00:00.000Z";
    draft.phase = "note";
    draft.actor = "supervise";
    draft.action = "restart";
    draft.target = "tests-api";
    draft.reason = std::move(reason);
    return write_line(draft, sequence, previous);
  }

  void keep(std::size_t count) const {
    std::ofstream file(directory_ + "/audit.jsonl");
    for (std::size_t i = 0; i < count; ++i) file << lines_[i];
  }

  std::string all() const {
    std::string text;
    for (const std::string& line : lines_) text += line;
    return text;
  }

  Comparison compared(const std::string& carried) {
    auto found = compare(*files_, directory_, carried);
    EXPECT_TRUE(found);
    return found.value_or(Comparison{});
  }

  std::unique_ptr<os::Files> files_ = os::make_files();
  std::string directory_;
  std::vector<std::string> lines_;
};

}  // namespace

TEST_F(CarriedTest, WhatLeftTheMachineIsFoundHereAgain) {
  const Comparison found = compared(all() + "\nnot an entry\n{\"seq\": \"x\"}\n");
  EXPECT_EQ(found.compared, 5U);
  EXPECT_EQ(found.others, 2U);
  EXPECT_EQ(found.newest, 5U);
  EXPECT_TRUE(found.faults.empty());
}

TEST_F(CarriedTest, AHitOfASearchNamesItsEntryUnderSource) {
  const std::string hash = hash_of_line(lines_[2]);
  const Comparison found =
      compared(R"({"_index":"x","_source":{"seq":3,"hash":")" + hash + R"(","message":"m"}})");
  EXPECT_EQ(found.compared, 1U);
  EXPECT_TRUE(found.faults.empty());
}

TEST_F(CarriedTest, AJournalCutOffTogetherWithItsHeadIsShown) {
  keep(3);
  EXPECT_THAT(
      compared(all()).faults,
      ElementsAre(Field(&Fault::sentence, "2 of the entries that were carried away are not here: 4 to 5")));
}

TEST_F(CarriedTest, AJournalWrittenAnewFromAnEntryOnIsShown) {
  lines_[4] = line_of(5, hash_of_line(lines_[3]), "nothing happened");
  const std::string forged = lines_[4];
  const std::string before = line_of(5, hash_of_line(lines_[3]), "it died");
  keep(5);
  lines_[4] = before;
  EXPECT_THAT(compared(all()).faults,
              ElementsAre(Field(&Fault::sentence, "entry 5 is another one than what was carried away")));
}

TEST_F(CarriedTest, ALineWhoseHashWasOnlyCopiedIsShown) {
  std::string changed = lines_[1];
  changed.replace(changed.find("it died"), 7, "it slep");
  const std::string was = lines_[1];
  lines_[1] = changed;
  keep(5);
  lines_[1] = was;
  EXPECT_THAT(compared(all()).faults,
              ElementsAre(Field(&Fault::sentence, "entry 2 is another one than what was carried away")));
}
