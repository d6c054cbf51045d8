#include "agent/sources/child_output/child_output.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/nursery.hpp"
#include "agent/sources/lines.hpp"

#include <algorithm>
#include <deque>

#include <boost/asio/this_coro.hpp>

namespace outrider::sources::child_output {
namespace {

// Of what is kept so much is read between two looks at whether the disk is behind: lines of ten bytes become
// documents of three hundred, and all of them must find room.
constexpr std::size_t most_at_once = 16 * 1024;
constexpr core::Duration look_again_after =
    std::chrono::milliseconds(5);  // a pipe of 64 KiB is not full by then

struct Arrival {
  std::string stream;
  telemetry::Origin begin;
  bool kept;  // for the next agent, until it is written down
  std::unique_ptr<os::ByteSource> bytes;
};

class ChildOutputSource final : public LogSource {
 public:
  ChildOutputSource(const Tools& tools, Which which)
      : clock_(tools.clock),
        log_(tools.log),
        life_(tools.installation + "/" + std::to_string(tools.random.next())),
        which_(which) {}

  std::vector<std::string> streams() const override { return streams_of(which_); }

  void adopt(ChildOutput& child) override {
    if (which_ != Which::errors) accept(output_stream, child.generation, child.output);
    if (which_ != Which::output) accept(errors_stream, child.generation, child.errors);
  }

  core::Task<void> run(Intake& intake) override {
    const async::Executor executor = co_await boost::asio::this_coro::executor;
    async::Nursery readers(executor);
    bell_ = std::make_unique<async::Bell>(executor);
    // A reader of its own for the arrivals, so that cancelling join() reaches every reader.
    readers.start(receive(readers, intake));
    co_await readers.join();
  }

  void finish() override {
    finished_ = true;
    if (bell_) bell_->ring();
  }

 private:
  void accept(std::string_view stream, std::uint32_t generation, ChildStream& given) {
    if (!given.bytes) return;
    const bool kept = given.key != 0;
    telemetry::Origin begin;
    begin.generation = generation;
    begin.began_seconds = telemetry::seconds_of(clock_.wall());
    begin.stream = kept ? given.key : telemetry::stream_key(life_, stream, generation);
    begin.offset = given.offset;
    arrivals_.push_back({std::string(stream), begin, kept, std::move(given.bytes)});
    if (bell_) bell_->ring();
  }

  core::Task<void> receive(async::Nursery& readers, Intake& intake) {
    for (;;) {
      while (!arrivals_.empty()) {
        Arrival arrival = std::move(arrivals_.front());
        arrivals_.pop_front();
        readers.start(read(std::move(arrival), intake));
      }
      if (finished_) co_return;
      co_await bell_->wait();
    }
  }

  core::Task<void> read(Arrival arrival, Intake& intake) {
    Lines lines(arrival.begin);
    LastLine last{*this, arrival, lines, intake, !arrival.kept};
    for (;;) {
      // What can be kept waits where it is, and not in memory, where too much of it is given up.
      while (arrival.kept && intake.is_behind() && arrival.bytes->gather())
        co_await clock_.sleep(look_again_after);
      std::span<char> room = lines.room();
      if (arrival.kept) room = room.first(std::min(room.size(), most_at_once));
      const core::Outcome<std::size_t> got = co_await arrival.bytes->read(room);
      if (!got) {
        log_.warn("sources", "Cannot read the child's output",
                  {{"stream", arrival.stream}, {"why", got.error().what}});
        co_return;
      }
      if (*got == 0) {
        last.wanted = true;
        co_return;
      }
      hand_on(arrival, lines.took(*got, clock_.wall()), lines, intake);
      co_await async::yield_turn();  // a flood takes turns with the sinks
    }
  }

  // However the reading ends, cancelled or at the end of the stream, the line begun is handed on; but not
  // when the next agent can read it whole.
  struct LastLine {
    ChildOutputSource& source;
    const Arrival& arrival;
    Lines& lines;
    Intake& intake;
    bool wanted;
    ~LastLine() {
      if (wanted) source.hand_on(arrival, lines.ended(source.clock_.wall()), lines, intake);
    }
  };

  void hand_on(const Arrival& arrival, telemetry::Batch batch, const Lines& lines, Intake& intake) {
    if (batch.records.empty()) return;
    batch.stream = arrival.stream;
    intake.take(std::move(batch));
    if (arrival.kept) intake.read_up_to(arrival.stream, arrival.begin.stream, lines.offset());
  }

  core::Clock& clock_;
  core::Log& log_;
  std::string life_;  // no two agents that follow each other within a second give the same ids
  Which which_;
  bool finished_ = false;
  std::deque<Arrival> arrivals_;
  std::unique_ptr<async::Bell> bell_;
};

}  // namespace

std::vector<std::string> streams_of(Which which) {
  std::vector<std::string> names;
  if (which != Which::errors) names.emplace_back(output_stream);
  if (which != Which::output) names.emplace_back(errors_stream);
  return names;
}

std::unique_ptr<LogSource> make(const Tools& tools, Which which) {
  return std::make_unique<ChildOutputSource>(tools, which);
}

}  // namespace outrider::sources::child_output
