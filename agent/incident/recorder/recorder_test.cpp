#include "agent/incident/recorder/recorder.hpp"

#include "agent/os/random.hpp"
#include "agent/os/scratch.hpp"

#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::incident;

namespace {

constexpr std::uint64_t bytes = 256 * 1024;

std::unique_ptr<Recorder> open(const std::string& path, std::uint64_t size = bytes) {
  auto memory = os::map_file(path, size);
  if (!memory) return nullptr;
  const auto random = os::make_random();
  return std::make_unique<Recorder>(std::move(*memory), *random);
}

}  // namespace

TEST(Recorder, AFloodOfLinesDoesNotWashTheFactsAway) {
  const os::Scratch scratch;
  const auto recorder = open(scratch / "ring");
  ASSERT_TRUE(recorder);
  recorder->fact(EntryKind::event, {}, "decision", "it is restarted");
  for (int i = 0; i < 20'000; ++i) recorder->line({}, "child", std::string(100, 'x'), false);
  recorder->line({}, "child", "the end", true);
  const Recall recall = recorder->recall();
  ASSERT_EQ(recall.facts.size(), 1u);
  EXPECT_EQ(recall.facts[0].text, "it is restarted");
  EXPECT_EQ(recall.lines.back().text, "the end");
  EXPECT_EQ(recall.lines.back().flags, flag_unterminated);
  EXPECT_EQ(recorder->counts().lines, 20'001u);
}

TEST(Recorder, WhatItHoldsOutlivesWhoeverIsKilled) {
  const os::Scratch scratch;
  const std::string path = scratch / "ring";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto recorder = open(path);
    for (int i = 0; recorder && i < 10'000; ++i)
      recorder->line({}, "child", "line " + std::to_string(i), false);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto recorder = open(path);
  ASSERT_TRUE(recorder);
  EXPECT_EQ(recorder->recall().lines.back().text, "line 9999");
  recorder->line({}, "child", "and on", false);
  EXPECT_EQ(recorder->recall().lines.back().text, "and on");
}

TEST(Recorder, IsReadWhileOthersWrite) {
  const os::Scratch scratch;
  const auto recorder = open(scratch / "ring");
  ASSERT_TRUE(recorder);
  std::thread writer([&recorder] {
    for (int i = 0; i < 20'000; ++i) recorder->line({}, "child", "line " + std::to_string(i), false);
  });
  for (int i = 0; i < 50; ++i) {
    for (const Entry& entry : recorder->recall().lines) ASSERT_TRUE(entry.text.starts_with("line "));
  }
  writer.join();
  EXPECT_EQ(recorder->recall().lines.back().text, "line 19999");
}

TEST(Recorder, TheMemoryOfAFileIsReadableAfterItWasLetGo) {
  const os::Scratch scratch;
  auto memory = os::map_file(scratch / "map", bytes);
  ASSERT_TRUE(memory);
  (*memory)->bytes()[100'000] = 'x';
  (*memory)->rest(0, bytes);
  EXPECT_EQ((*memory)->bytes()[100'000], 'x');
}

// What the kernel counts as this process's memory of a mapped file.
std::size_t resident_kib(const std::string& path) {
  std::ifstream smaps("/proc/self/smaps");
  bool is_it = false;
  for (std::string line; std::getline(smaps, line);) {
    if (line.ends_with(path)) is_it = true;
    if (is_it && line.starts_with("Rss:")) return std::stoul(line.substr(4));
  }
  return 0;
}

TEST(Recorder, IsHardlyOurMemoryHoweverMuchWasWrittenAndRead) {
  const os::Scratch scratch;
  const std::string path = scratch / "ring";
  for (int life = 0; life < 2; ++life) {
    const auto recorder = open(path, 8 << 20);
    ASSERT_TRUE(recorder);
    EXPECT_LT(resident_kib(path), 256U) << "opened, and read to find its end";
    for (int i = 0; i < 200'000; ++i) {
      recorder->line({}, "child", "a line of about fifty bytes, as services write them", false);
      recorder->fact(EntryKind::sample, {}, "child", "{\"cpu\":0.5,\"memory\":123456}");
    }
    EXPECT_LT(resident_kib(path), 1024U) << "both rings written round and round";
    EXPECT_GT(recorder->recall().lines.size(), 10'000U);
    EXPECT_LT(resident_kib(path), 256U) << "read whole";
  }
}

TEST(Recorder, AFileOfAnotherSizeIsMadeAnew) {
  const os::Scratch scratch;
  const std::string path = scratch / "map";
  auto memory = os::map_file(path, bytes);
  ASSERT_TRUE(memory);
  (*memory)->bytes()[0] = 'x';
  memory = os::map_file(path, bytes * 2);
  ASSERT_TRUE(memory);
  EXPECT_EQ((*memory)->bytes().size(), bytes * 2);
  EXPECT_EQ((*memory)->bytes()[0], '\0');
  EXPECT_FALSE(os::map_file(scratch / "no/such/folder", bytes));
}
