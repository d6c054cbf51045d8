#include "agent/recovery/objectives.hpp"

#include "agent/config/load.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace std::chrono_literals;

namespace {

config::Loaded<Objectives> load(const std::string& text) {
  return config::load_text("test.yaml", text, objectives_kind(), {});
}

}  // namespace

TEST(Objectives, ReadWhatIsPromised) {
  const auto read = load("rpo: 5m\nrto: 15m\nproof: {fresh_for: 2h, stale_after: 12h}\ngood_share: 0.99\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value->rpo, 5min);
  EXPECT_EQ(read.value->rto, 15min);
  EXPECT_EQ(read.value->proof.stale_after, 12h);
  EXPECT_FALSE(load("rpo: 0\n"));
  EXPECT_FALSE(load("proof: {fresh_for: 8d}\n")) << "longer than it takes to go stale";
}

TEST(Objectives, AProofFades) {
  const Fading fading{2h, 12h, 10min};
  const core::WallTime now{100h};
  EXPECT_EQ(fade_of({}, fading, now), Fade::none);
  EXPECT_EQ(fade_of(now - 2h, fading, now), Fade::fresh);
  EXPECT_EQ(fade_of(now - 3h, fading, now), Fade::fading);
  EXPECT_EQ(fade_of(now - 13h, fading, now), Fade::stale);
  EXPECT_EQ(fade_of(now + 1h, fading, now), Fade::fresh);
  EXPECT_EQ(fade_of_look(now - 11min, fading, now), Fade::fading);
  EXPECT_EQ(fade_of_look(now - 61min, fading, now), Fade::stale);
}
