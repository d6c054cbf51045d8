#include "agent/os/keeping/kept_stream.hpp"

#include "agent/async/race.hpp"
#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/scratch.hpp"
#include "agent/os/starting/pipe_source.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

core::Task<void> read_into(os::ByteSource& source, std::string& text) {
  std::string room(64 * 1024, '\0');
  for (;;) {
    auto got = co_await source.read(room);
    if (!got || *got == 0) co_return;
    text.append(room, 0, *got);
  }
}

// What there is to read until nothing has come for a moment.
core::Task<void> read_for(os::ByteSource& source, std::string& text, core::Duration patience) {
  const auto clock = os::make_clock();
  auto reading = read_into(source, text);
  (void)co_await async::finish_within(*clock, patience, std::move(reading));
}

// A source belongs to the loop of its first read.
std::string read_what_is_there(boost::asio::io_context& loop, os::ByteSource& source,
                               core::Duration patience = 200ms) {
  std::string text;
  loop.restart();
  EXPECT_TRUE(async::run_on_loop(loop, read_for(source, text, patience)));
  return text;
}

class KeptStream : public testing::Test {
 protected:
  os::Scratch folder_;
  const std::string room_ = folder_.path();

  std::size_t files() const {
    const std::filesystem::directory_iterator all(room_);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  std::unique_ptr<os::ByteSource> open(os::Descriptor pipe) const {
    return os::make_kept_stream(std::move(pipe), room_, "x-output");
  }
  static void say(const os::Pipe& pipe, const std::string& text) {
    ASSERT_EQ(::write(pipe.write_end.number(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
};

}  // namespace

TEST_F(KeptStream, WhatWasReadIsReadAgainByTheNextAgentUntilItIsSafe) {
  boost::asio::io_context loop{1};
  auto pipe = os::make_pipe();
  ASSERT_TRUE(pipe);
  {
    const auto source = open(os::Descriptor(::dup(pipe->read_end.number())));
    say(*pipe, "one\ntwo\n");
    EXPECT_EQ(read_what_is_there(loop, *source), "one\ntwo\n");
  }
  const auto source = open(std::move(pipe->read_end));
  say(*pipe, "three\n");
  source->keeper()->go_on_from(4);
  EXPECT_EQ(read_what_is_there(loop, *source), "two\nthree\n");
  EXPECT_EQ(source->keeper()->offset(), 14u);
}

TEST_F(KeptStream, WhatIsSafeGoesAndOfAProcessThatHasEndedEverything) {
  boost::asio::io_context loop{1};
  auto pipe = os::make_pipe();
  ASSERT_TRUE(pipe);
  const auto source = open(std::move(pipe->read_end));
  const std::string much(os::kept_file_bytes / 2, 'x');
  std::string all;
  for (int i = 0; i < 5; ++i) {
    std::thread writer([&] { say(*pipe, much); });
    all += read_what_is_there(loop, *source, 100ms);
    writer.join();
  }
  all += read_what_is_there(loop, *source);
  EXPECT_EQ(all.size(), 5 * much.size());
  EXPECT_EQ(files(), 3u);
  source->keeper()->safe_up_to(os::kept_file_bytes * 2);
  EXPECT_EQ(files(), 1u) << "it grows, and stays until the end";
  pipe->write_end = os::Descriptor();
  EXPECT_EQ(read_what_is_there(loop, *source), "");
  EXPECT_TRUE(source->keeper()->all_read());
  source->keeper()->safe_up_to(source->keeper()->offset());
  EXPECT_EQ(files(), 0u);
}

TEST_F(KeptStream, BeyondItsBoundItKeepsNoMoreAndTheServiceNeverWaits) {
  boost::asio::io_context loop{1};
  auto pipe = os::make_pipe();
  ASSERT_TRUE(pipe);
  const auto source = open(std::move(pipe->read_end));
  int told = 0;
  source->keeper()->when_much_is_kept([&told] { ++told; });
  const std::string line(64 * 1024 - 1, 'x');
  std::string all;
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i) say(*pipe, line + "\n");
    pipe->write_end = os::Descriptor();
  });
  all = read_what_is_there(loop, *source, 20s);
  writer.join();
  EXPECT_EQ(all.size(), 200u * 64 * 1024);
  EXPECT_GE(told, 30);
  std::uint64_t kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator(room_)) kept += entry.file_size();
  EXPECT_GE(kept, os::most_kept_bytes);
  EXPECT_LE(kept, os::most_kept_bytes + os::kept_file_bytes);
}

TEST_F(KeptStream, WhoeverCannotTakeItNowKeepsItsWriterGoing) {
  boost::asio::io_context loop{1};
  auto pipe = os::make_pipe();
  ASSERT_TRUE(pipe);
  const auto source = open(std::move(pipe->read_end));
  say(*pipe, "first\n");
  EXPECT_EQ(read_what_is_there(loop, *source), "first\n");
  const std::string much(60 * 1024, 'x');  // more than one of them is more than a pipe holds
  for (int i = 0; i < 10; ++i) {
    say(*pipe, much);
    EXPECT_TRUE(source->gather());
  }
  pipe->write_end = os::Descriptor();
  EXPECT_TRUE(source->gather()) << "the end can wait, too";
  std::string all = read_what_is_there(loop, *source);
  EXPECT_EQ(all.size(), 10 * much.size());
}

TEST_F(KeptStream, BeyondItsBoundItMustBeRead) {
  boost::asio::io_context loop{1};
  auto pipe = os::make_pipe();
  ASSERT_TRUE(pipe);
  const auto source = open(std::move(pipe->read_end));
  say(*pipe, "first\n");
  EXPECT_EQ(read_what_is_there(loop, *source), "first\n");
  const std::string much(32 * 1024, 'x');
  std::size_t gathered = 0;
  do {
    say(*pipe, much);
    gathered += much.size();
  } while (source->gather());
  EXPECT_GE(gathered, os::most_kept_bytes);
  EXPECT_LE(gathered, os::most_kept_bytes + os::kept_file_bytes);
}

TEST_F(KeptStream, AfterAGapTheNextAgentGoesOnWithoutMixingUpWhatLiesWhere) {
  boost::asio::io_context loop{1};
  auto pipe = os::make_pipe();
  ASSERT_TRUE(pipe);
  {
    const auto source = open(os::Descriptor(::dup(pipe->read_end.number())));
    say(*pipe, "one\n");
    EXPECT_EQ(read_what_is_there(loop, *source), "one\n");
    source->keeper()->keep(false);
    say(*pipe, "two\n");
    EXPECT_EQ(read_what_is_there(loop, *source), "two\n");
    source->keeper()->keep(true);
    say(*pipe, "three\n");
    EXPECT_EQ(read_what_is_there(loop, *source), "three\n");
  }
  const auto source = open({});
  EXPECT_EQ(read_what_is_there(loop, *source), "one\nthree\n") << "what was not kept cannot be read again";
  EXPECT_EQ(source->keeper()->offset(), 14u);
  const auto later = open({});
  later->keeper()->go_on_from(6);
  EXPECT_EQ(read_what_is_there(loop, *later), "three\n");
}

// The kernel's own word: whenever a reader is killed, each byte is in the pipe or in the files.
TEST_F(KeptStream, ReadersThatAreKilledAtAnyInstantLoseNoByteAndGiveNoneTwice) {
  boost::asio::io_context loop{1};  // of the last one
  const std::string path = folder_.path() + ".pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const os::Descriptor held(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  constexpr int lines = 400'000;
  const pid_t writer = ::fork();
  if (writer == 0) {
    FILE* const out = ::fdopen(held.number(), "w");
    for (int i = 0; i < lines; ++i) std::fprintf(out, "%d\n", i);
    std::fflush(out);
    ::_exit(0);
  }
  std::minstd_rand random(7);
  for (int killed = 0; killed < 25; ++killed) {
    const pid_t reader = ::fork();
    if (reader == 0) {
      boost::asio::io_context own{1};
      const auto source = open(os::Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)));
      (void)read_what_is_there(own, *source, 10s);
      ::_exit(0);
    }
    ::usleep(200 + random() % 4000);
    ::kill(reader, SIGKILL);
    ::waitpid(reader, nullptr, 0);
  }
  const auto last = open(os::Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)));
  const std::string text = read_what_is_there(loop, *last, 1s);
  ::waitpid(writer, nullptr, 0);
  const std::string all = text + read_what_is_there(loop, *last);
  std::string expected;
  for (int i = 0; i < lines; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(all.size(), expected.size());
  EXPECT_TRUE(all == expected);
  ::unlink(path.c_str());
}

TEST_F(KeptStream, ItsFolderIsInMemoryIsOursAloneAndFoundAgain) {
  if (!std::filesystem::exists("/dev/shm")) GTEST_SKIP() << "there is no /dev/shm";
  const auto room = os::make_room_for_bytes(room_);
  ASSERT_TRUE(room) << room.error().what;
  EXPECT_EQ(*os::make_room_for_bytes(room_), *room);
  EXPECT_EQ(*os::find_room_for_bytes(room_), *room);
  ASSERT_EQ(::chmod(room->c_str(), 0755), 0);
  EXPECT_FALSE(os::find_room_for_bytes(room_)) << "anybody could have put something there";
  std::filesystem::remove(*room);
  EXPECT_EQ(os::find_room_for_bytes(room_).error().code, core::Errc::not_found);
}

TEST_F(KeptStream, WhereMemoryIsNotToBeHadNothingIsKept) {
  const auto room = os::make_room_for_bytes(room_, "/proc");
  ASSERT_FALSE(room);
  EXPECT_EQ(room.error().code, core::Errc::unsupported);
}
