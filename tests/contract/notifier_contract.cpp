// What every notifier has promised the alert room: each message of an alert's life is delivered, as it stands
// in tests/golden/notifiers (OUTRIDER_REWRITE=1 writes them anew); it keeps to its own limits when the other
// side says nothing; it never shows a secret; the same message is the same however often it is sent; it may
// be cancelled at any await.
#include "tests/contract/notifier_worlds.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::contract;
using namespace outrider::notifiers;
using namespace std::chrono_literals;

namespace {

const Shelf& shelf() {
  static const Shelf filled = [] {
    Shelf made;
    fill(made);
    return made;
  }();
  return filled;
}

config::Loaded<Plan> read(const std::string& name, const std::string& yaml, const std::string& secret) {
  const auto entry = std::ranges::find(shelf().entries(), name, &Entry::name);
  config::Environment here = config::process_environment();
  here.variable = [secret](const std::string& variable) -> std::optional<std::string> {
    if (variable == "SECRET") return secret;
    if (variable == "WORD") return "word";
    if (variable == "SPACED") return "two words";
    return std::nullopt;
  };
  return config::load_text("notifier.yaml", yaml, entry->kind, std::move(here));
}

// "…:20.050Z" as "…:20Z": what is said to hold until then moves on with the clock.
std::string to_the_second(std::string text) {
  constexpr std::size_t fraction = 4;
  for (std::size_t at = text.find("Z\""); at != std::string::npos; at = text.find("Z\"", at + 1)) {
    if (at < fraction || text[at - fraction] != '.') continue;
    at -= fraction;
    text.erase(at, fraction);
  }
  return text;
}

class NotifierContract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(notifier_scenes().contains(GetParam()))
        << "give " << GetParam() << " a world in tests/contract/notifier_worlds.cpp";
    build();
  }
  void TearDown() override {
    if (!house_) return;
    take_down();
    EXPECT_EQ(house_->clock.sleepers(), 0u) << "something still sleeps";
  }
  void take_down() {
    house_->deliveries.cancel();
    house_->clock.settle();
    house_->nursery.cancel();
    house_->clock.settle();
    notifier_.reset();
  }
  void build() {
    if (house_) take_down();
    world_.reset();
    house_ = std::make_unique<notifiers::testing::House>();
    world_ = scene().make(*house_);
    world_->be_well();
    auto plan = read(GetParam(), scene().yaml, scene().secret);
    ASSERT_TRUE(plan) << plan.report.text();
    notifier_ = plan.value->make(house_->tools);
  }
  const NotifierScene& scene() const { return notifier_scenes().find(GetParam())->second; }

  Delivery deliver(Stage stage, std::string trail = {}) {
    auto came = house_->deliver(*notifier_, notifiers::testing::message(stage), std::move(trail));
    if (came) return std::move(*came);
    ADD_FAILURE() << "still going on after a minute";
    return tl::unexpected(Trouble{{core::Errc::internal, "no outcome"}, Hope::again, {}});
  }

  std::unique_ptr<notifiers::testing::House> house_;
  std::unique_ptr<NotifierWorld> world_;
  std::unique_ptr<Notifier> notifier_;
};

}  // namespace

TEST_P(NotifierContract, RefusesWhatCannotWorkByNamingTheKey) {
  ASSERT_FALSE(scene().bad.empty());
  for (const BadValue& bad : scene().bad) {
    const auto plan = read(GetParam(), bad.yaml, scene().secret);
    EXPECT_FALSE(plan) << bad.yaml;
    EXPECT_NE(plan.report.text().find("`" + bad.names + "`"), std::string::npos) << plan.report.text();
  }
}

TEST_P(NotifierContract, TellsEachStageOfAnAlertAsItIsWritten) {
  std::string told, trail;
  for (const Stage stage : {Stage::firing, Stage::acknowledged, Stage::resolved, Stage::test}) {
    const auto came = deliver(stage, stage == Stage::test ? "" : trail);
    ASSERT_TRUE(came) << name_of(stage) << ": " << came.error().error.what;
    trail = came->trail;
    told += fmt::format("==== {}\n{}", name_of(stage), world_->told());
  }
  const std::filesystem::path golden = "tests/golden/notifiers/" + GetParam() + ".expected";
  if (std::getenv("OUTRIDER_REWRITE") != nullptr) {
    std::filesystem::create_directories(golden.parent_path());
    std::ofstream(golden, std::ios::binary) << told;
  }
  std::ifstream in(golden, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EXPECT_EQ(told, expected) << "OUTRIDER_REWRITE=1 writes it anew";
}

TEST_P(NotifierContract, TheSameMessageIsTheSameHoweverOftenItIsSent) {
  ASSERT_TRUE(deliver(Stage::firing));
  const std::string first = to_the_second(world_->told());
  ASSERT_TRUE(deliver(Stage::firing));
  EXPECT_EQ(to_the_second(world_->told()), first) << "within one moment";
}

TEST_P(NotifierContract, WhoSaysNoForNowIsToldAgain) {
  world_->refuse();
  const auto came = deliver(Stage::firing);
  ASSERT_FALSE(came);
  EXPECT_EQ(came.error().hope, Hope::again);
  EXPECT_TRUE(came.error().error.what.starts_with("cannot tell ")) << came.error().error.what;
  world_->be_well();
  EXPECT_TRUE(deliver(Stage::firing));
}

TEST_P(NotifierContract, ItDoesNotWaitForTheOtherSideToGetWell) {
  world_->be_mute();
  const core::Instant before = house_->clock.now();
  EXPECT_FALSE(deliver(Stage::firing));
  EXPECT_LT(house_->clock.now() - before, 5s) << "its limit is two";
  world_->babble();
  EXPECT_FALSE(deliver(Stage::firing));
}

TEST_P(NotifierContract, NothingItSaysShowsASecret) {
  EXPECT_EQ(notifier_->target().find(secret_word), std::string::npos);
  for (int way = 0; way < 4; ++way) {
    build();
    if (way == 0) world_->refuse();
    if (way == 1) world_->be_mute();
    if (way == 2) world_->babble();
    if (way == 3) world_->echo();
    const auto came = deliver(Stage::firing);
    ASSERT_FALSE(came);
    const core::Error& error = came.error().error;
    EXPECT_EQ((error.what + error.hint).find(secret_word), std::string::npos) << error.what << error.hint;
    EXPECT_EQ(error.what.find("UzNDUjNU"), std::string::npos) << "nor as it is sent: " << error.what;
    EXPECT_LT(came.error().error.what.size(), 1000u);
  }
}

TEST_P(NotifierContract, CancelledAtAnyMomentItEnds) {
  for (const core::Duration moment : {0us, 500us, 1000us, 1500us, 3000us, 100'000us, 1'900'000us}) {
    for (const bool is_mute : {false, true}) {
      build();
      if (is_mute) world_->be_mute();
      house_->came.reset();
      house_->deliveries.start(
          notifiers::testing::House::tell(*notifier_, notifiers::testing::message(), "", house_->came));
      house_->clock.settle();
      house_->clock.advance(moment);
      house_->deliveries.cancel();
      house_->clock.settle();
      EXPECT_EQ(house_->deliveries.size(), 0u) << "it does not end when it is cancelled";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shelf, NotifierContract, ::testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const auto& entry : shelf().entries()) names.emplace_back(entry.name);
                           return names;
                         }()),
                         [](const auto& given) { return given.param; });
