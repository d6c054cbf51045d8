#include "agent/app/carry/lease.hpp"

#include "agent/async/channel.hpp"
#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

using namespace outrider;

namespace {

class Pieces final : public os::ByteSource {
 public:
  explicit Pieces(async::Channel<std::string>& pieces) : pieces_(pieces) {}
  core::Task<core::Outcome<std::size_t>> read(std::span<char> into) override {
    const auto piece = co_await pieces_.receive();
    if (!piece) co_return std::size_t{0};
    std::copy(piece->begin(), piece->end(), into.begin());
    co_return piece->size();
  }

 private:
  async::Channel<std::string>& pieces_;
};

core::Task<void> read_all(std::unique_ptr<os::ByteSource> source, std::string& text, bool& ended) {
  std::string buffer(64, '\0');
  for (;;) {
    auto got = co_await source->read(buffer);
    if (!got || *got == 0) break;
    text.append(buffer, 0, *got);
  }
  ended = true;
}

core::Task<void> settle() {
  for (int i = 0; i < 50; ++i) co_await async::yield_turn();
}

core::Task<void> story(async::Executor river) {
  async::Channel<std::string> pieces(river, {.weight = 100});
  const auto stream = std::make_shared<app::LentStream>(river, std::make_unique<Pieces>(pieces));
  std::string first;
  std::string second;
  bool first_ended = false;
  bool second_ended = false;
  async::Nursery nursery(river);
  nursery.start(read_all(stream->lend(), first, first_ended));
  pieces.try_send("one\ntw");
  co_await settle();
  stream->take_back();
  co_await settle();
  EXPECT_FALSE(first_ended) << "it had begun a line";
  pieces.try_send("o\nthree\n");
  co_await settle();
  EXPECT_TRUE(first_ended);
  nursery.start(read_all(stream->lend(), second, second_ended));
  pieces.try_send("four");
  pieces.close();
  co_await nursery.join();
  EXPECT_EQ(first, "one\ntwo\n");
  EXPECT_EQ(second, "three\nfour");
  EXPECT_TRUE(stream->ended());
}

core::Task<void> idle_story(async::Executor river) {
  async::Channel<std::string> pieces(river, {.weight = 100});
  const auto stream = std::make_shared<app::LentStream>(river, std::make_unique<Pieces>(pieces));
  std::string text;
  bool ended = false;
  async::Nursery nursery(river);
  nursery.start(read_all(stream->lend(), text, ended));
  co_await settle();
  stream->take_back();
  co_await nursery.join();
  EXPECT_TRUE(ended);
}

}  // namespace

TEST(LentStream, IsTakenBackBetweenTwoLinesAndNothingIsLostOrCut) {
  async::run_here([](async::Executor river) { return story(river); });
}

TEST(LentStream, AQuietOneIsTakenBackAtOnce) {
  async::run_here([](async::Executor river) { return idle_story(river); });
}
