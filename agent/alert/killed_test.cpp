// At least once, whatever comes between: kills at any moment, people who fail and whose word is lost.
#include "agent/alert/room_testing.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::alert;
using namespace outrider::alert::testing;
using namespace std::chrono_literals;

namespace {

class Killed : public AlertsTest, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  std::uint64_t up_to(std::uint64_t most) { return dice->below(most + 1); }
  void vex(Person& person) {
    const notifiers::Trouble busy{{core::Errc::busy, "not now"}, notifiers::Hope::again, {}};
    for (std::uint64_t left = up_to(3); left > 0; --left) person.troubles.push_back(busy);
  }
  // Lets it be for up to `most`, with kills in between. Gives how many there were.
  unsigned trouble_for(core::Duration most) {
    unsigned kills = 0;
    const core::Instant end = clock.now() + most;
    while (clock.now() < end) {
      clock.advance(std::chrono::milliseconds(up_to(2500)));
      if (up_to(3) != 0) continue;
      stop();
      ++kills;
      start();
    }
    return kills;
  }

  std::unique_ptr<core::Random> dice = os::make_seeded_random(GetParam());
};

}  // namespace

TEST_P(Killed, EverybodyIsToldOfTheBeginAndTheEndAndTwiceOnlyForAKill) {
  start();
  unsigned kills = 0;
  for (int round = 0; round < 3; ++round) {
    for (auto& [name, person] : people) vex(person);
    now = sick();
    kills += trouble_for(20s);
    for (auto& [name, person] : people) vex(person);
    now = well();
    kills += trouble_for(20s);
    clock.advance(15s);
  }
  clock.advance(10min);  // for what still waits
  for (const auto& [name, person] : people) {
    std::set<std::string> firing, resolved;
    for (const std::string& one : person.taken) {
      const std::string alert = one.substr(one.find(' ') + 1, one.rfind('.') - one.find(' ') - 1);
      (one.starts_with("resolved ") ? resolved : firing).insert(alert);
    }
    EXPECT_GE(resolved.size(), 3u) << name << " was not told of an end";
    for (const std::string& alert : firing) EXPECT_TRUE(resolved.contains(alert)) << name << ", " << alert;
    const std::set<std::string> once(person.taken.begin(), person.taken.end());
    EXPECT_LE(person.taken.size() - once.size(), kills) << name << " was told twice without a kill";
  }
  EXPECT_EQ(alerts->status().notifiers.at(0).waiting + alerts->status().notifiers.at(1).waiting, 0u);
  EXPECT_TRUE(alerts->status().alerts.empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, Killed, ::testing::Range<std::uint64_t>(1, 101));
