#include "agent/sources/child_output/child_output.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/sources/lines.hpp"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>
#include <prometheus/registry.h>

using namespace outrider;
using namespace outrider::sources;

namespace {

struct Seen {
  std::string text;
  std::uint64_t offset;
  std::uint8_t marks;
};

// Feeds `text` in pieces of `step` bytes.
std::vector<Seen> lines_of(std::string_view text, std::size_t step) {
  Lines lines({.generation = 7});
  std::vector<Seen> seen;
  const auto note = [&seen](const telemetry::Batch& batch) {
    for (const auto& record : batch.records) {
      EXPECT_EQ(record.origin.generation, 7u);
      seen.push_back({std::string(record.text), record.origin.offset, record.marks});
    }
  };
  while (!text.empty()) {
    const std::span<char> room = lines.room();
    const std::size_t count = std::min({step, room.size(), text.size()});
    std::memcpy(room.data(), text.data(), count);
    text.remove_prefix(count);
    note(lines.took(count, {}));
  }
  note(lines.ended({}));
  return seen;
}

class QuietLog final : public core::Log {
 public:
  void write(core::Level, std::string_view, std::string_view, std::span<const core::Field>) override {
    ++lines;
  }
  int lines = 0;
};

class TextSource final : public os::ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  core::Task<core::Outcome<std::size_t>> read(std::span<char> into) override {
    const std::size_t count = std::min(into.size(), text_.size() - at_);
    std::memcpy(into.data(), text_.data() + at_, count);
    at_ += count;
    co_return count;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace

TEST(Lines, AreTheSameHoweverTheBytesArrive) {
  const std::string with_nul = std::string("first\n\nthird\r\nnul:\0:\nfifth \xC3\xA9\nlast", 34);
  for (const std::size_t step : {1ul, 2ul, 3ul, 7ul, 1000ul}) {
    const auto seen = lines_of(with_nul, step);
    ASSERT_EQ(seen.size(), 6u) << step;
    EXPECT_EQ(seen[0].text, "first");
    EXPECT_EQ(seen[1].text, "");
    EXPECT_EQ(seen[1].offset, 6u);
    EXPECT_EQ(seen[2].text, "third");
    EXPECT_EQ(seen[3].text, std::string("nul:\0:", 6));
    EXPECT_EQ(seen[3].offset, 14u);
    EXPECT_EQ(seen[4].text, "fifth \xC3\xA9");
    EXPECT_EQ(seen[4].marks, 0);
    EXPECT_EQ(seen[5].text, "last");
    EXPECT_EQ(seen[5].marks, telemetry::mark_unterminated);
  }
}

TEST(Lines, BytesThatAreNotUtf8AreRepairedAndMarked) {
  const auto seen = lines_of(
      "a\xFF"
      "b\nfine\n",
      3);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].text,
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(seen[0].marks, telemetry::mark_repaired);
  EXPECT_EQ(seen[1].marks, 0);
  EXPECT_EQ(seen[1].offset, 4u);
}

TEST(Lines, AStreamThatBeginsWithItsMarkIsUtf16HoweverTheBytesArrive) {
  // "a😀\n", "\u0A0Ab\r\n", half a pair, "last": U+0A0A has the byte of a line end twice.
  const std::u16string text = u"a\U0001F600\n\u0A0Ab\r\n\xD83D\nlast";
  for (const bool big : {false, true}) {
    std::string bytes = big ? "\xFE\xFF" : "\xFF\xFE";
    for (const char16_t unit : text) {
      const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
      bytes += big ? high : low;
      bytes += big ? low : high;
    }
    for (const std::size_t step : {1ul, 2ul, 3ul, 1000ul}) {
      const auto seen = lines_of(bytes, step);
      ASSERT_EQ(seen.size(), 4u) << big << step;
      EXPECT_EQ(seen[0].text, "a😀");
      EXPECT_EQ(seen[1].text, "\u0A0Ab");
      EXPECT_EQ(seen[1].offset, 10u) << "places are those of the stream";
      EXPECT_EQ(seen[2].text, "\uFFFD");
      EXPECT_EQ(seen[2].marks, telemetry::mark_repaired);
      EXPECT_EQ(seen[3].text, "last");
    }
  }
  EXPECT_EQ(lines_of("\xEF\xBB\xBF{}\nx\n", 1)[0].text, "{}") << "the mark of UTF-8 is no text";
  EXPECT_EQ(lines_of("\xEF\xBBx\n", 2)[0].text, "\uFFFD\uFFFDx") << "half a mark is none";
}

TEST(Lines, Utf16IsCutBetweenCharactersToo) {
  std::string bytes = "\xFF\xFE";  // so that 1 MiB ends within a pair
  for (std::size_t i = 0; i < 300'000; ++i)
    bytes += "\x3D\xD8\x0A\xDE";  // U+1F60A, with the byte of a line end
  const auto seen = lines_of(bytes, 60'000);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].marks, telemetry::mark_cut);
  EXPECT_EQ(seen[1].marks, telemetry::mark_continued | telemetry::mark_unterminated);
  EXPECT_EQ(seen[0].text.size(), Lines::longest_line - 4);
  EXPECT_EQ(seen[0].text.size() + seen[1].text.size(), 4 * 300'000u);
}

TEST(Lines, AMebibyteIsWholeAndMoreIsCutWithoutLoss) {
  const std::string whole(Lines::longest_line, 'x');
  auto seen = lines_of(whole + "\nnext\n", 60'000);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].text.size(), Lines::longest_line);
  EXPECT_EQ(seen[0].marks, 0);

  std::string longer;
  for (int i = 0; i < 800'000; ++i) longer += "\xC3\xA9";  // 1.6 MB, no character may be cut
  seen = lines_of("a" + longer + "\nnext\n", 60'000);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].marks, telemetry::mark_cut);
  EXPECT_EQ(seen[1].marks, telemetry::mark_continued);
  EXPECT_EQ(seen[0].text + seen[1].text, "a" + longer);
  EXPECT_EQ(seen[1].offset, seen[0].text.size());
  EXPECT_EQ(seen[2].text, "next");
  EXPECT_EQ(seen[2].marks, 0);
}

namespace {

struct Child : ::testing::Test {
  struct Collect final : Intake {
    void take(telemetry::Batch batch) override {
      for (const auto& record : batch.records) {
        got.push_back(batch.stream + "/" + std::to_string(record.origin.generation) + "/" +
                      std::string(record.text));
        telemetry::append_document_id(ids.emplace_back(), record.origin);
      }
    }
    void read_up_to(const std::string& stream, std::uint64_t key, std::uint64_t offset) override {
      places.push_back(stream + "/" + std::to_string(key) + "/" + std::to_string(offset));
    }
    bool is_behind() const override { return behind; }
    std::vector<std::string> got, ids, places;
    bool behind = false;
  };

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  QuietLog log;
  Collect intake;
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  net::NoClient http;
  ::prometheus::Registry registry;
  const core::Resource resource;
  const Tools tools{clock, *random, *pool, log, http, registry, resource, "here"};
};

}  // namespace

TEST_F(Child, KeepsStreamsAndGenerationsApartAndTheLastLineOfACrash) {
  const auto source = child_output::make(tools, child_output::Which::all);
  ChildOutput first{
      1, {std::make_unique<TextSource>("one\ntw")}, {std::make_unique<TextSource>("panic: at")}};
  ChildOutput second{2, {std::make_unique<TextSource>("again\n")}, {}};
  source->adopt(first);
  source->adopt(second);
  EXPECT_EQ(first.output.bytes, nullptr);
  source->finish();
  ASSERT_TRUE(async::run_on_loop(loop, source->run(intake)));
  std::sort(intake.got.begin(), intake.got.end());
  EXPECT_EQ(intake.got, (std::vector<std::string>{"child errors/1/panic: at", "child output/1/one",
                                                  "child output/1/tw", "child output/2/again"}));
}

// A stream that is kept, and counts how often it was asked to gather instead of being read.
class PatientSource final : public os::ByteSource {
 public:
  explicit PatientSource(int& gathered) : gathered_(gathered) {}
  core::Task<core::Outcome<std::size_t>> read(std::span<char> into) override {
    if (std::exchange(is_read_, true)) co_return std::size_t{0};
    into[0] = 'x';
    into[1] = '\n';
    co_return std::size_t{2};
  }
  bool gather() override { return ++gathered_ < 1000; }

 private:
  int& gathered_;
  bool is_read_ = false;
};

TEST_F(Child, WhatIsKeptWaitsWhileTheDiskIsBehind) {
  int gathered = 0;
  const auto source = child_output::make(tools, child_output::Which::output);
  ChildOutput child{1, {std::make_unique<PatientSource>(gathered), 7, 0}, {}};
  source->adopt(child);
  intake.behind = true;
  async::Nursery nursery(loop.get_executor());
  nursery.start(source->run(intake));
  loop.poll();
  clock.advance(std::chrono::milliseconds(20));
  EXPECT_TRUE(intake.got.empty());
  EXPECT_GE(gathered, 2);
  intake.behind = false;
  clock.advance(std::chrono::milliseconds(20));
  EXPECT_EQ(intake.got, (std::vector<std::string>{"child output/1/x"}));
  source->finish();
  clock.advance(std::chrono::milliseconds(20));
  EXPECT_EQ(nursery.size(), 0u);
}

TEST_F(Child, WhatCanBeKeptNoMoreIsReadThoughTheDiskIsBehind) {
  int gathered = 999;
  const auto source = child_output::make(tools, child_output::Which::output);
  ChildOutput child{1, {std::make_unique<PatientSource>(gathered), 7, 0}, {}};
  source->adopt(child);
  intake.behind = true;
  source->finish();
  ASSERT_TRUE(async::run_on_loop(loop, source->run(intake)));
  EXPECT_EQ(intake.got, (std::vector<std::string>{"child output/1/x"}));
}

TEST_F(Child, AnAgentThatFollowsAnotherWithinASecondGivesIdsOfItsOwn) {
  for (int life = 0; life < 2; ++life) {
    const auto source = child_output::make(tools, child_output::Which::all);
    ChildOutput child{1, {std::make_unique<TextSource>("one\n")}, {}};
    source->adopt(child);
    source->finish();
    ASSERT_TRUE(async::run_on_loop(loop, source->run(intake)));
    loop.restart();
  }
  ASSERT_EQ(intake.ids.size(), 2u);
  EXPECT_NE(intake.ids[0], intake.ids[1]) << "the second line would be taken for the first, and lost";
}

TEST_F(Child, WhatIsKeptGoesOnWhereItWasWithTheIdsItWouldHaveHad) {
  for (const auto& [text, offset] : {std::pair("one\ntwo\n", 0), std::pair("two\n", 4)}) {
    const auto source = child_output::make(tools, child_output::Which::all);
    ChildOutput child{1, {std::make_unique<TextSource>(text), 77, static_cast<std::uint64_t>(offset)}, {}};
    source->adopt(child);
    source->finish();
    ASSERT_TRUE(async::run_on_loop(loop, source->run(intake)));
    loop.restart();
  }
  ASSERT_EQ(intake.ids.size(), 3u);
  EXPECT_EQ(intake.ids[1], intake.ids[2]) << "another agent reads the same line";
  EXPECT_EQ(intake.places.back(), "child output/77/8");
}

namespace {

// Half a line, and then nothing for ever.
class Unfinished final : public os::ByteSource {
 public:
  explicit Unfinished(os::SimClock& clock) : clock_(clock) {}
  core::Task<core::Outcome<std::size_t>> read(std::span<char> into) override {
    const std::string_view rest = std::exchange(text_, {});
    if (rest.empty()) co_await clock_.sleep(std::chrono::hours(1));
    std::copy(rest.begin(), rest.end(), into.begin());
    co_return rest.size();
  }

 private:
  os::SimClock& clock_;
  std::string_view text_ = "whole\nbegu";
};

}  // namespace

TEST_F(Child, ALineThatHasBegunIsLeftToTheNextAgentWhenThatCanReadItWhole) {
  for (const std::uint64_t key : {77u, 0u}) {
    const auto source = child_output::make(tools, child_output::Which::all);
    ChildOutput child{1, {std::make_unique<Unfinished>(clock), key}, {}};
    source->adopt(child);
    async::Nursery nursery(loop.get_executor());
    nursery.start(source->run(intake));
    clock.settle();
    nursery.cancel();
    clock.settle();
    EXPECT_EQ(intake.got, key == 0 ? (std::vector<std::string>{"child output/1/whole", "child output/1/whole",
                                                               "child output/1/begu"})
                                   : std::vector<std::string>{"child output/1/whole"});
  }
  EXPECT_EQ(intake.places, std::vector<std::string>{"child output/77/6"});
}
