#include "agent/incident/recorder/ring.hpp"

#include "agent/core/sums/crc32c.hpp"
#include "agent/os/random.hpp"

#include <cstring>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::incident;

namespace {

constexpr std::size_t size = 8192;

core::WallTime at(std::int64_t seconds) { return core::WallTime(std::chrono::seconds(seconds)); }

void say(Ring& ring, const std::string& text, std::int64_t seconds = 1) {
  ring.append(EntryKind::line, 0, at(seconds), "child", text);
}

std::vector<std::string> texts(const std::vector<char>& memory) {
  std::vector<std::string> all;
  for (const Entry& entry : read_ring(memory)) all.emplace_back(entry.text);
  return all;
}

}  // namespace

TEST(Ring, GivesBackWhatWasPutInInOrder) {
  std::vector<char> memory(size);
  Ring ring(memory, 7);
  ring.append(EntryKind::answer, flag_unterminated, at(5), "ready", "HTTP 503");
  say(ring, "");
  say(ring, std::string("\0\n\xff", 3));
  const auto all = read_ring(memory);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].kind, EntryKind::answer);
  EXPECT_EQ(all[0].flags, flag_unterminated);
  EXPECT_EQ(all[0].wall, at(5));
  EXPECT_EQ(all[0].subject, "ready");
  EXPECT_EQ(all[0].text, "HTTP 503");
  EXPECT_EQ(all[1].text, "");
  EXPECT_EQ(all[2].text, std::string_view("\0\n\xff", 3));
  EXPECT_LT(all[0].sequence, all[1].sequence);
}

TEST(Ring, HoldsTheLastAndForgetsTheFirst) {
  std::vector<char> memory(size);
  Ring ring(memory, 7);
  for (int i = 0; i < 5000; ++i) say(ring, "line " + std::to_string(i));
  const auto all = texts(memory);
  ASSERT_GT(all.size(), 100u);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[all.size() - 1 - i], "line " + std::to_string(4999 - static_cast<int>(i)));
}

TEST(Ring, GoesOnWhereTheOneBeforeItWasKilled) {
  std::vector<char> memory(size);
  for (int life = 0; life < 40; ++life) {
    Ring ring(memory, static_cast<std::uint64_t>(life));
    for (int i = 0; i < 17; ++i) say(ring, std::to_string(life * 17 + i));
  }
  const auto all = texts(memory);
  ASSERT_GT(all.size(), 50u);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_EQ(std::stoi(all[i]), std::stoi(all[i - 1]) + 1);
  EXPECT_EQ(all.back(), "679");
}

TEST(Ring, AnEntryLongerThanItHoldsIsCutAndSaysSo) {
  std::vector<char> memory(size);
  Ring ring(memory, 7);
  say(ring, "before");
  say(ring, std::string(100'000, 'x'));
  const auto all = read_ring(memory);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].flags, flag_cut);
  EXPECT_GT(all[1].text.size(), 1000u);
  EXPECT_EQ(ring.cut(), 1u);
}

TEST(Ring, ATornEntryIsPassedOverAndItsNeighboursAreThere) {
  std::vector<char> memory(size);
  Ring ring(memory, 7);
  say(ring, "first");
  const std::size_t torn = ring.position();
  say(ring, "second, of which not all was written");
  say(ring, "third");
  memory[torn + 50] ^= 1;
  EXPECT_EQ(texts(memory), (std::vector<std::string>{"first", "third"}));
}

TEST(Ring, WhatAServiceWritesCannotPassForAnEntry) {
  // A whole entry, as another ring with a salt that the service may know would hold it.
  std::vector<char> other(size);
  Ring known(other, 1);
  const std::size_t from = known.position();
  for (int i = 0; i < 100; ++i) say(known, "forged");
  const std::string forged(other.data() + from, known.position() - from);
  std::vector<char> memory(size);
  Ring ring(memory, 0x5eed);
  for (int i = 0; i < 200; ++i) {
    say(ring, std::string(static_cast<std::size_t>(i) % 8, ' ') + forged.substr(0, 700));
    for (const std::string& text : texts(memory)) EXPECT_NE(text, "forged");
  }
}

TEST(Ring, NeverGivesMoreThanWasPutInHoweverItIsDamaged) {
  const auto random = os::make_seeded_random(11);
  for (int round = 0; round < 300; ++round) {
    std::vector<char> memory(size);
    Ring ring(memory, random->next());
    for (int i = 0; i < 400; ++i) say(ring, "honest " + std::to_string(i));
    for (std::uint64_t hits = 1 + random->below(200); hits > 0; --hits)
      memory[random->below(size)] = static_cast<char>(random->next());
    for (const Entry& entry : read_ring(memory)) EXPECT_TRUE(entry.text.starts_with("honest "));
    Ring next(memory, random->next());
    say(next, "and on");
    EXPECT_EQ(texts(memory).back(), "and on");
  }
}

TEST(Ring, IsMadeAnewOfMemoryThatIsNone) {
  std::vector<char> memory(size, '\x5a');
  EXPECT_TRUE(read_ring(memory).empty());
  Ring ring(memory, 7);
  say(ring, "one");
  EXPECT_EQ(texts(memory), std::vector<std::string>{"one"});
  EXPECT_TRUE(read_ring(std::span<const char>(memory).subspan(0, 3)).empty());
}
