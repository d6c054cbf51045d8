#include "agent/slo/objectives.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::slo;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

struct Said final : core::EventSink {
  void record(core::EventKind, std::string, std::string sentence) override {
    all.push_back(std::move(sentence));
  }
  std::vector<std::string> all;
};

struct House {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::SimFiles files;
  prometheus::Registry registry;
  Said said;
  os::CapturedLog log;
  std::unique_ptr<Objectives> objectives;
  std::unique_ptr<async::Nursery> nursery;

  House() { EXPECT_TRUE(files.make_directories("/state")); }

  void start() {
    const Objective promise{"availability", "ready", false, 0.999, 24h * 30, 10s, {}};
    objectives = std::make_unique<Objectives>(Objectives::Tools{clock, *pool, files, registry, said, log},
                                              "tests-api", "/state", std::vector{promise});
    nursery = std::make_unique<async::Nursery>(loop.get_executor());
    nursery->start(open_and_run(*objectives));
    clock.settle();
  }
  void stop() {
    nursery->cancel();
    clock.settle();
  }
  void answer(core::Standing standing, int times) {
    for (int i = 0; i < times; ++i) {
      core::Answer answer;
      answer.standing = standing;
      objectives->hear("ready", answer);
      objectives->hear("another", answer);
      clock.advance(10s);
    }
  }
  std::string metrics() const { return prometheus::TextSerializer().Serialize(registry.Collect()); }

 private:
  static core::Task<void> open_and_run(Objectives& objectives) {
    co_await objectives.open();
    co_await objectives.run();
  }
};

}  // namespace

TEST(Objectives, TellOnceThatTheyBurnAndOnceThatThatIsOver) {
  House house;
  house.start();
  house.answer(core::Standing::ok, 360);
  EXPECT_EQ(house.objectives->status().front().state, core::State::healthy);
  EXPECT_THAT(house.said.all, ElementsAre());
  house.answer(core::Standing::not_ok, 12);
  EXPECT_EQ(house.objectives->status().front().urgency, "page");
  EXPECT_THAT(house.said.all, ElementsAre(HasSubstr("burns its error budget")));
  EXPECT_THAT(house.metrics(), HasSubstr("outrider_slo_state{objective=\"availability\",state=\"sick\"} 1"));
  EXPECT_THAT(house.metrics(),
              HasSubstr("outrider_slo_answers_total{objective=\"availability\",result=\"bad\"} 12"));
  house.answer(core::Standing::ok, 40);
  EXPECT_NE(house.objectives->status().front().urgency, "page");
  EXPECT_EQ(house.said.all.size(), 2u);
  house.stop();
}

TEST(Objectives, RememberOverARestartOfTheAgentWhatWasSpent) {
  House house;
  house.start();
  house.answer(core::Standing::not_ok, 30);
  const double left = house.objectives->status().front().budget_left;
  EXPECT_LT(left, 1);
  house.clock.advance(2min);
  house.stop();
  house.objectives.reset();
  house.start();
  house.clock.advance(5s);
  EXPECT_NEAR(house.objectives->status().front().budget_left, left, 1e-9);
  house.stop();
}

TEST(Objectives, LeaveOutWhatLiesInMaintenanceAndWhatNobodyCouldSee) {
  House house;
  house.start();
  house.objectives->heed({.maintenance = "until later", .frozen = "", .raised = ""});
  house.answer(core::Standing::not_ok, 30);
  house.objectives->heed({});
  house.answer(core::Standing::unknown, 30);
  EXPECT_DOUBLE_EQ(house.objectives->status().front().budget_left, 1);
  EXPECT_EQ(house.objectives->status().front().state, core::State::unknown);
  house.stop();
}

TEST(Objectives, ThatCannotReadTheirPastSaySoAndBeginAnew) {
  House house;
  ASSERT_TRUE(house.files.replace("/state/slo-availability", "rubbish"));
  house.start();
  EXPECT_EQ(house.log.saying("Cannot read what was counted before: the objective begins anew").size(), 1u);
  house.answer(core::Standing::ok, 10);
  house.stop();
}
