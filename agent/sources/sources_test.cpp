#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/config/load.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/sources/child_output/child_output.hpp"
#include "agent/sources/child_output/lines.hpp"
#include "agent/sources/scrape/scrape.hpp"

#include <cstring>
#include <deque>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;
using child_output::Lines;

namespace {

struct Seen {
  std::string text;
  std::uint64_t offset;
  std::uint8_t marks;
};

// Feeds `text` in pieces of `step` bytes.
std::vector<Seen> lines_of(std::string_view text, std::size_t step) {
  Lines lines(7);
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

class ScriptedClient final : public net::Client {
 public:
  core::Task<core::Outcome<net::Response>> ask(net::Request, core::Duration) override {
    co_await async::yield_turn();
    ++asked;
    if (answers.empty()) co_return core::fail(core::Errc::unavailable, "connection refused");
    core::Outcome<net::Response> answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }
  std::deque<core::Outcome<net::Response>> answers;
  int asked = 0;
};

net::Response page(std::string body, int status = 200) {
  return {status, {{"Content-Type", "text/plain"}}, std::move(body)};
}

std::string shown(const ::prometheus::Registry& registry) {
  return ::prometheus::TextSerializer().Serialize(registry.Collect());
}

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

TEST(ChildOutput, KeepsStreamsAndGenerationsApartAndTheLastLineOfACrash) {
  struct Collect final : Intake {
    void take(telemetry::Batch batch) override {
      for (const auto& record : batch.records) {
        got.push_back(batch.stream + "/" + std::to_string(record.origin.generation) + "/" +
                      std::string(record.text));
      }
    }
    std::vector<std::string> got;
  };
  boost::asio::io_context loop{1};
  os::SimClock clock(loop);
  QuietLog log;
  Collect intake;
  const auto source = child_output::make(clock, log, child_output::Which::all);
  ChildOutput first{1, std::make_unique<TextSource>("one\ntw"), std::make_unique<TextSource>("panic: at")};
  ChildOutput second{2, std::make_unique<TextSource>("again\n"), nullptr};
  source->adopt(first);
  source->adopt(second);
  EXPECT_EQ(first.output, nullptr);
  source->finish();
  ASSERT_TRUE(async::run_on_loop(loop, source->run(intake)));
  std::sort(intake.got.begin(), intake.got.end());
  EXPECT_EQ(intake.got, (std::vector<std::string>{"child errors/1/panic: at", "child output/1/one",
                                                  "child output/1/tw", "child output/2/again"}));
}

namespace {

struct ScrapeHouse {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  QuietLog log;
  ScriptedClient client;
  ::prometheus::Registry registry;
  core::Resource resource{
      .service = "tests-api", .namespace_ = {}, .version = {}, .environment = {}, .instance = {}, .host = {}};
  telemetry::Board board;
  Tools tools{clock, *random, *pool, log, client, registry, resource};
};

}  // namespace

TEST(Scrape, ShowsWhatTheTargetBringsAndNothingOnceItIsDown) {
  ScrapeHouse house;
  scrape::Target target;
  target.url = "http://t/metrics";
  target.sample_limit = 2;
  target.labels = {{"team", "core"}};
  const auto source = scrape::make(house.tools, target);
  house.client.answers.emplace_back(page("x 1\nx 2\n"));
  house.client.answers.emplace_back(core::fail(core::Errc::timed_out, "took too long"));
  house.client.answers.emplace_back(page("a 1\nb 1\nc 1\n"));
  house.client.answers.emplace_back(page("nonsense\n"));
  house.client.answers.emplace_back(page("", 503));
  house.client.answers.emplace_back(page("x 3\n"));
  async::Nursery nursery(house.loop.get_executor());
  nursery.start(source->run(house.board));
  EXPECT_EQ(source->status().up, core::Standing::unknown);

  house.clock.advance(1s);
  ASSERT_EQ(house.client.asked, 1);
  ASSERT_EQ(house.board.entries().size(), 1u);
  const auto families = house.board.entries()[0].families;
  ASSERT_NE(families, nullptr);
  EXPECT_EQ(families->text(families->families[0].samples[0].labels), "team=\"core\",service=\"tests-api\"");
  EXPECT_EQ(source->status().up, core::Standing::ok);
  EXPECT_NE(shown(house.registry).find("outrider_scrape_up{target=\"http://t/metrics\"} 1"),
            std::string::npos);

  for (const char* reason : {"timeout", "sample_limit", "parse", "status"}) {
    house.clock.advance(15s);
    EXPECT_EQ(house.board.entries()[0].families, nullptr) << reason;
    EXPECT_EQ(source->status().up, core::Standing::not_ok);
    const std::string line =
        "outrider_scrape_errors_total{reason=\"" + std::string(reason) + "\",target=\"http://t/metrics\"} 1";
    EXPECT_NE(shown(house.registry).find(line), std::string::npos) << line << shown(house.registry);
    EXPECT_NE(shown(house.registry).find("outrider_scrape_up{target=\"http://t/metrics\"} 0"),
              std::string::npos);
  }
  EXPECT_EQ(house.log.lines, 1) << "the first failure of a run is said, the rest counted";
  house.clock.advance(15s);
  EXPECT_NE(house.board.entries()[0].families, nullptr);
  house.clock.advance(15s);
  EXPECT_NE(shown(house.registry).find("reason=\"unreachable\",target=\"http://t/metrics\"} 1"),
            std::string::npos);

  nursery.cancel();
  house.clock.settle();
  EXPECT_EQ(nursery.size(), 0u);
}

TEST(SourceShelf, ReadsItsKeys) {
  Shelf shelf;
  fill(shelf);
  ASSERT_EQ(shelf.logs().size(), 1u);
  ASSERT_EQ(shelf.metrics().size(), 1u);
  const auto good =
      config::load_text("t", "{url: 'http://h/metrics', every: 10s, timeout: 2s, labels: {team: core}}",
                        shelf.metrics()[0].kind);
  EXPECT_TRUE(good);
  for (const char* bad : {"{every: 10s}", "{url: 'ftp://h'}", "{url: 'http://h', every: 1s, timeout: 2s}",
                          "{url: 'http://h', sample_limit: 0}", "{url: 'http://h', labels: {'a-b': c}}"}) {
    EXPECT_FALSE(config::load_text("t", bad, shelf.metrics()[0].kind)) << bad;
  }
  EXPECT_TRUE(config::load_text("t", "errors", shelf.logs()[0].kind));
  EXPECT_FALSE(config::load_text("t", "both", shelf.logs()[0].kind));
}
