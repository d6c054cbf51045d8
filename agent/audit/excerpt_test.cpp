#include "agent/audit/excerpt.hpp"

#include "agent/audit/line.hpp"
#include "agent/core/text.hpp"
#include "agent/os/sim_files.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::audit;

namespace {

core::WallTime at(const char* time) { return *core::read_time(time); }

class ExcerptTest : public ::testing::Test {
 protected:
  ExcerptTest() {
    EXPECT_TRUE(files_.make_directories("/audit").has_value());
    intend("2026-11-20T03:30:00.000Z", "drill", "daily");  // 1
    conclude("2026-11-20T03:31:00.000Z", 1, "proven");     // 2
    EXPECT_TRUE(files_.replace("/audit/" + rotated_name(1), text_).has_value());
    text_.clear();
    intend("2026-11-21T03:30:00.000Z", "drill", "daily");      // 3
    intend("2026-11-21T03:30:10.000Z", "restart", "it died");  // 4
    conclude("2026-11-21T03:30:12.000Z", 4, "started");        // 5
    conclude("2026-11-21T03:31:00.000Z", 3, "proven again");   // 6
    EXPECT_TRUE(files_.replace("/audit/audit.jsonl", text_ + "{\"torn").has_value());
  }

  void intend(const char* time, const char* action, const char* reason) {
    Draft draft;
    draft.time = time;
    draft.phase = "intent";
    draft.actor = "recovery";
    draft.action = action;
    draft.reason = reason;
    add(draft);
  }
  void conclude(const char* time, std::uint64_t intent, const char* result) {
    Draft draft;
    draft.time = time;
    draft.phase = "result";
    draft.intent = intent;
    draft.succeeded = true;
    draft.result = result;
    add(draft);
  }
  void add(const Draft& draft) {
    const std::string line = write_line(draft, ++sequence_, hash_);
    hash_ = hash_of_line(line);
    text_ += line;
    lines_.push_back(line.substr(0, line.size() - 1));
  }
  Excerpt drills(const char* since, const char* until) {
    const auto is_drill = [](const Entry& entry) { return entry.action == "drill"; };
    return *excerpt(files_, "/audit", at(since), at(until), is_drill);
  }

  os::SimFiles files_;
  std::string text_, hash_{no_hash};
  std::vector<std::string> lines_;
  std::uint64_t sequence_ = 0;
};

}  // namespace

TEST_F(ExcerptTest, HasTheDeedsThatWereWantedWithTheirResults) {
  const Excerpt all = drills("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
  EXPECT_EQ(all.lines, (std::vector<std::string>{lines_[0], lines_[1], lines_[2], lines_[5]}));
  EXPECT_EQ(all.entries, 6u);
  EXPECT_EQ(all.first->sequence, 1u);
  EXPECT_EQ(all.head->sequence, 6u);
  EXPECT_EQ(all.head->hash, hash_);
  EXPECT_EQ(all.began, at("2026-11-20T03:30:00.000Z"));
}

TEST_F(ExcerptTest, KeepsToItsTime) {
  const Excerpt second = drills("2026-11-21T00:00:00Z", "2026-11-21T03:30:11Z");
  EXPECT_EQ(second.lines, (std::vector<std::string>{lines_[2]}));
  EXPECT_EQ(second.entries, 2u);
  EXPECT_EQ(second.head->sequence, 4u);
  EXPECT_EQ(second.began, at("2026-11-20T03:30:00.000Z"));
  EXPECT_FALSE(drills("2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z").head.has_value());
}

TEST_F(ExcerptTest, NoTrailIsAnEmptyOne) {
  const auto none =
      excerpt(files_, "/nowhere", {}, at("2027-01-01T00:00:00Z"), [](const Entry&) { return true; });
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(none->began.has_value());
}

TEST_F(ExcerptTest, NamesALineThatTheTrailHasNot) {
  EXPECT_EQ(*missing(files_, "/audit", lines_), std::nullopt);
  EXPECT_EQ(*missing(files_, "/audit", {}, {hash_}), std::nullopt);
  EXPECT_EQ(*missing(files_, "/audit", {}, {std::string(no_hash)}), std::string(no_hash));
  std::vector<std::string> changed = lines_;
  changed[3] += " ";
  EXPECT_EQ(*missing(files_, "/audit", changed), changed[3]);
}

TEST_F(ExcerptTest, AnEntryIsReadWithAllItSays) {
  const auto entry = read_entry(lines_[5]);
  ASSERT_TRUE(entry.has_value());
  EXPECT_TRUE(entry->hash_fits && entry->succeeded);
  EXPECT_EQ(entry->intent, 3u);
  EXPECT_EQ(entry->result, "proven again");
  EXPECT_FALSE(read_entry("{}").has_value());
}
