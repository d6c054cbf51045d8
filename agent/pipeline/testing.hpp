// For this room's tests: a pipeline on a virtual clock, a child's pipe to write to, files that can fail.
#pragma once

#include "agent/async/river.hpp"
#include "agent/config/load.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/pipeline/pipeline.hpp"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace outrider::pipeline::testing {

class QuietLog final : public core::Log {
 public:
  void write(core::Level level, std::string_view, std::string_view what,
             std::span<const core::Field>) override {
    if (level == core::Level::error) errors.emplace_back(what);
  }
  std::vector<std::string> errors;
};

// The read end of a pipe whose writer is the test.
class TestPipe {
 public:
  explicit TestPipe(const async::Executor& carry) : state_(std::make_shared<State>(carry)) {}

  void write(std::string_view text) {
    state_->text += text;
    state_->news.ring();
  }
  void close() {
    state_->closed = true;
    state_->news.ring();
  }
  std::size_t unread() const { return state_->text.size(); }
  std::unique_ptr<os::ByteSource> reader() { return std::make_unique<Reader>(state_); }

 private:
  struct State {
    explicit State(const async::Executor& carry) : news(carry) {}
    std::string text;
    bool closed = false;
    async::Bell news;
  };
  class Reader final : public os::ByteSource {
   public:
    explicit Reader(std::shared_ptr<State> state) : state_(std::move(state)) {}
    core::Task<core::Outcome<std::size_t>> read(std::span<char> into) override {
      while (state_->text.empty() && !state_->closed) co_await state_->news.wait();
      const std::size_t count = std::min(into.size(), state_->text.size());
      std::memcpy(into.data(), state_->text.data(), count);
      state_->text.erase(0, count);
      co_return count;
    }

   private:
    std::shared_ptr<State> state_;
  };
  std::shared_ptr<State> state_;
};

struct House {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(7);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  QuietLog log;
  net::NoClient client;
  os::SimFiles files;
  std::unique_ptr<durable::Book> book = durable::make_memory_book();
  ::prometheus::Registry registry;
  Snapshot last;
  int published = 0;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<async::Nursery> nursery;

  explicit House(const std::string& yaml, Keep keep = {}, std::unique_ptr<durable::Book> lasting = nullptr) {
    if (lasting) book = std::move(lasting);
    auto logs = config::load_text("test", yaml, logs_kind());
    EXPECT_TRUE(logs) << yaml;
    Settings settings;
    if (logs) settings.logs = *logs.value;
    Pipeline::Tools tools{clock, *random, *pool, log, client, files, registry, *book, "here"};
    tools.keep = std::move(keep);
    core::Resource resource;
    resource.service = "tests-api";
    pipeline =
        std::make_unique<Pipeline>(loop.get_executor(), tools, resource, settings, [this](Snapshot snapshot) {
          last = std::move(snapshot);
          ++published;
        });
    nursery = std::make_unique<async::Nursery>(loop.get_executor());
    nursery->start(pipeline->run());
    clock.settle();
  }

  ~House() {
    stop();
    EXPECT_EQ(nursery->size(), 0u) << "the pipeline did not end";
  }

  void stop() {
    nursery->cancel();
    for (int i = 0; i < 20 && nursery->size() > 0; ++i) clock.advance(std::chrono::seconds(1));
  }

  TestPipe start_child(std::uint32_t generation = 1, std::uint64_t key = 0) {
    TestPipe pipe(loop.get_executor());
    sources::ChildOutput child;
    child.generation = generation;
    child.output = {pipe.reader(), key, 0};
    EXPECT_TRUE(pipeline->adopt(std::move(child)));
    clock.settle();
    return pipe;
  }

  std::vector<std::string> lines(const std::string& path) {
    std::istringstream text(files.read_all(path, 1u << 30).value_or(""));
    std::vector<std::string> found;
    for (std::string line; std::getline(text, line);) found.push_back(line);
    return found;
  }

  core::StreamStatus stream(std::string_view sink) {
    for (const auto& status : last.streams) {
      if (status.source == "child output" && status.sink == sink) return status;
    }
    ADD_FAILURE() << "no stream to " << sink;
    return {};
  }

  std::string metrics() { return ::prometheus::TextSerializer().Serialize(registry.Collect()); }
};

}  // namespace outrider::pipeline::testing
