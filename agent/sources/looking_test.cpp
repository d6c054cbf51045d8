#include "agent/sources/looking.hpp"

#include "agent/async/nursery.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

struct Eye final : Looker {
  explicit Eye(core::Clock& of) : clock(of) {}
  core::Task<Sight> look() override {
    ++looks;
    if (takes > 0s) co_await clock.sleep(takes);
    if (trouble) co_return Sight{{}, trouble};
    telemetry::FamilyWriter writer;
    writer.put(writer.family("looks", telemetry::MetricType::gauge, ""), looks);
    co_return Sight{writer.take()};
  }
  core::Clock& clock;
  core::Duration takes{};
  std::optional<core::Error> trouble;
  int looks = 0;
};

class LookingHouse : public ::testing::Test {
 protected:
  void start(bool when_asked = true) {
    auto eye = std::make_unique<Eye>(clock_);
    eye_ = eye.get();
    source_ = make_looking(tools_, {"host", 15s, when_asked}, std::move(eye));
    nursery_.start(source_->run(board_));
    clock_.settle();
  }
  void ask() {
    nursery_.start(board_.freshen(clock_, 200ms));
    clock_.settle();
  }
  double shown() const {
    const auto& families = board_.entries().at(0).families;
    return families ? families->families.at(0).samples.at(0).value : -1;
  }
  std::string meters() const { return ::prometheus::TextSerializer().Serialize(registry_.Collect()); }
  ~LookingHouse() override {
    nursery_.cancel();
    clock_.settle();
  }

  boost::asio::io_context loop_{1};
  os::SimClock clock_{loop_};
  std::unique_ptr<core::Random> random_ = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool_ = async::make_inline_pool(loop_.get_executor());
  os::CapturedLog log_;
  net::NoClient client_;
  ::prometheus::Registry registry_;
  core::Resource resource_;
  telemetry::Board board_;
  Tools tools_{clock_, *random_, *pool_, log_, client_, registry_, resource_, {}};
  async::Nursery nursery_{loop_.get_executor()};
  std::unique_ptr<MetricSource> source_;
  Eye* eye_ = nullptr;
};

}  // namespace

TEST_F(LookingHouse, LooksOnABeatAndWhenAskedButNotTwiceForTwoWhoAskTogether) {
  start();
  EXPECT_EQ(shown(), 1);
  clock_.advance(15s);
  EXPECT_EQ(shown(), 2);
  clock_.advance(1s);
  ask();
  ask();
  EXPECT_EQ(shown(), 3);
  clock_.advance(14s);
  EXPECT_EQ(eye_->looks, 3) << "the beat counts from the last look";
  clock_.advance(1s);
  EXPECT_EQ(eye_->looks, 4);
}

TEST_F(LookingHouse, WhoAsksDuringALookIsAnsweredByIt) {
  start();
  clock_.advance(1s);
  eye_->takes = 150ms;
  ask();
  clock_.advance(100ms);
  ask();
  EXPECT_EQ(nursery_.size(), 3u);
  clock_.advance(50ms);
  EXPECT_EQ(nursery_.size(), 1u) << "both have their answer";
  EXPECT_EQ(eye_->looks, 2);
}

TEST_F(LookingHouse, ALookThatTakesLongGoesOnAfterNobodyWaitsForItAnyMore) {
  start();
  clock_.advance(1s);
  eye_->takes = 1s;
  ask();
  clock_.advance(200ms);
  EXPECT_EQ(nursery_.size(), 1u);
  EXPECT_EQ(shown(), 1);
  clock_.advance(800ms);
  EXPECT_EQ(shown(), 2);
}

TEST_F(LookingHouse, TroubleIsSaidOnceAndShowsNothingOld) {
  start();
  eye_->trouble = core::Error(core::Errc::timed_out, "it took too long");
  clock_.advance(15s);
  EXPECT_EQ(shown(), -1);
  EXPECT_EQ(source_->status().up, core::Standing::not_ok);
  EXPECT_EQ(source_->status().detail, "it took too long");
  clock_.advance(15s);
  EXPECT_EQ(log_.saying("Cannot look at it").size(), 1u);
  EXPECT_NE(meters().find("outrider_scrape_errors_total{reason=\"timeout\",target=\"host\"} 2"),
            std::string::npos)
      << meters();
  EXPECT_NE(meters().find("outrider_scrape_up{target=\"host\"} 0"), std::string::npos);
  eye_->trouble.reset();
  clock_.advance(15s);
  EXPECT_EQ(source_->status().up, core::Standing::ok);
  EXPECT_EQ(source_->status().detail, "1 series");
}

TEST_F(LookingHouse, WhoIsNotToBeAskedKeepsItsBeat) {
  start(false);
  clock_.advance(5s);
  ask();
  EXPECT_EQ(eye_->looks, 1);
  EXPECT_EQ(nursery_.size(), 1u);
}

TEST_F(LookingHouse, ASourceThatHasEndedKeepsNobodyWaiting) {
  start();
  clock_.advance(1s);
  nursery_.cancel();
  clock_.settle();
  async::Nursery late(loop_.get_executor());
  late.start(board_.freshen(clock_, 200ms));
  clock_.settle();
  EXPECT_EQ(late.size(), 0u);
}
