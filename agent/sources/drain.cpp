#include "agent/async/nursery.hpp"
#include "agent/sources/shelf.hpp"

#include <deque>

#include <boost/asio/this_coro.hpp>

namespace outrider::sources {
namespace {

class Drain final : public LogSource {
 public:
  std::vector<std::string> streams() const override { return {}; }

  void adopt(ChildOutput& child) override {
    for (auto* bytes : {&child.output.bytes, &child.errors.bytes}) {
      if (*bytes) arrivals_.push_back(std::move(*bytes));
    }
    if (bell_) bell_->ring();
  }

  core::Task<void> run(Intake& /*intake*/) override {
    const async::Executor executor = co_await boost::asio::this_coro::executor;
    async::Nursery readers(executor);
    bell_ = std::make_unique<async::Bell>(executor);
    readers.start(receive(readers));
    co_await readers.join();
  }

  void finish() override {
    finished_ = true;
    if (bell_) bell_->ring();
  }

 private:
  core::Task<void> receive(async::Nursery& readers) {
    for (;;) {
      while (!arrivals_.empty()) {
        std::unique_ptr<os::ByteSource> stream = std::move(arrivals_.front());
        arrivals_.pop_front();
        readers.start(swallow(std::move(stream)));
      }
      if (finished_) co_return;
      co_await bell_->wait();
    }
  }

  static core::Task<void> swallow(std::unique_ptr<os::ByteSource> stream) {
    std::vector<char> room(16 * 1024);
    const std::span<char> into(room);
    for (;;) {
      const core::Outcome<std::size_t> got = co_await stream->read(into);
      if (!got || *got == 0) co_return;
      co_await async::yield_turn();
    }
  }

  bool finished_ = false;
  std::deque<std::unique_ptr<os::ByteSource>> arrivals_;
  std::unique_ptr<async::Bell> bell_;
};

}  // namespace

std::unique_ptr<LogSource> make_drain() { return std::make_unique<Drain>(); }

}  // namespace outrider::sources
