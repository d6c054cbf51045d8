// A real program that writes as fast as it can, and its children too.
#include "agent/os/paced_tool.hpp"

#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/scratch.hpp"

#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

namespace outrider::os {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mib = 1 << 20;

struct Ran {
  std::optional<core::Outcome<ToolResult>> result;
  core::Duration took{};
};

Ran run(const std::string& script, std::uint64_t rate, core::Duration limit = 20s) {
  Ran ran;
  async::run_here([&](const async::Executor&) -> core::Task<void> {
    const auto clock = make_clock();
    const auto pool = async::make_thread_pool(1);
    const auto processes = make_processes();
    const core::Instant began = clock->now();
    Command command;
    command.argv = {"/bin/sh", "-c", script};
    ran.result.emplace(
        co_await run_paced_tool(*processes, *clock, *pool, std::move(command), limit, 1024, rate));
    ran.took = clock->now() - began;
  });
  return ran;
}

// As much again through a pipe.
std::string writes(const std::string& path, std::uint64_t mebibytes) {
  return "yes | head -c " + std::to_string(mebibytes * mib) + " >" + path;
}

TEST(PacedTool, IsHeldToItsCeilingWithAllItStarts) {
  const Scratch scratch;
  const std::string script =
      "(" + writes(scratch / "a", 128) + ") & " + writes(scratch / "b", 128) + "; wait";
  const Ran ran = run(script, 256 * mib);
  ASSERT_TRUE(*ran.result) << ran.result->error().what;
  EXPECT_TRUE((*ran.result)->exit.succeeded());
  EXPECT_EQ(std::filesystem::file_size(scratch / "a") + std::filesystem::file_size(scratch / "b"), 256 * mib);
  // The last look may come before the last bytes.
  EXPECT_GE(ran.took, 1500ms) << "twice 256 MiB at 256 MiB a second";
}

TEST(PacedTool, WithoutACeilingItIsNotHeld) {
  const Scratch scratch;
  const Ran ran = run(writes(scratch / "a", 1), 0);
  ASSERT_TRUE(*ran.result);
  EXPECT_TRUE((*ran.result)->exit.succeeded());
}

TEST(PacedTool, TheLimitHoldsWhileItIsStopped) {
  const Scratch scratch;
  const Ran ran = run(writes(scratch / "a", 1024), mib, 500ms);
  ASSERT_FALSE(*ran.result);
  EXPECT_EQ(ran.result->error().code, core::Errc::timed_out);
  EXPECT_LT(ran.took, 10s);
  EXPECT_LT(std::filesystem::file_size(scratch / "a"), 512 * mib);
}

TEST(PacedTool, WhatDoesNotWriteGoesOnAsItIs) {
  const Ran ran = run("echo out; echo err >&2; exit 3", mib);
  ASSERT_TRUE(*ran.result);
  EXPECT_EQ((*ran.result)->exit.code, 3);
  EXPECT_EQ((*ran.result)->output, "out\n");
  EXPECT_EQ((*ran.result)->errors, "err\n");
}

}  // namespace
}  // namespace outrider::os
