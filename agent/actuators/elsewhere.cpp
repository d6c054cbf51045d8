#include "agent/actuators/elsewhere.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/race.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

namespace outrider::actuators {
namespace {

using core::Outcome;
using core::Task;

class Elsewhere final : public Actuator {
 public:
  Elsewhere(const Tools& tools, std::unique_ptr<Place> place) : tools_(tools), place_(std::move(place)) {}

  Task<Outcome<Started>> start() override {
    const async::Executor river = co_await boost::asio::this_coro::executor;
    bell_ = std::make_unique<async::Bell>(river);
    order_ = Order::none;
    refused_.reset();
    signals_.clear();
    stopped_by_us_ = told_that_it_comes_back_ = false;
    trouble_.clear();
    Outcome<Seen> seen = co_await place_->look();
    if (!seen) co_return nobody_knows(seen.error());
    const bool restarted = std::exchange(restarted_, false);
    const bool runs_already = seen->runs || seen->comes_back;
    if (!runs_already) {
      const Outcome<> begun = co_await place_->start();
      if (!begun) co_return core::fail(begun.error());
      seen = co_await place_->look();
      if (!seen) co_return nobody_knows(seen.error());
      if (!seen->runs && !seen->comes_back)
        co_return core::fail(core::Errc::refused, "cannot start " + target() + ": it " + seen->sentence);
    }
    mine_ = *seen;
    Started started(mine_->pid, nullptr, nullptr);
    started.adopted = runs_already && !restarted;
    co_return started;
  }

  bool stays() const override { return true; }
  void give_reason(std::string why) override { place_->give_reason(std::move(why)); }
  Outcome<> terminate() override { return give(Order::stop); }
  Outcome<> kill() override { return give(Order::kill); }

  Outcome<> signal(int number) override {
    if (!mine_) return nothing_runs();
    if (signals_.size() < most_signals) signals_.push_back(number);
    bell_->ring();
    return {};
  }

  Task<os::Exit> wait() override {
    for (;;) {
      if (order_ != Order::none) {
        const Order order = std::exchange(order_, Order::none);
        if (const auto how = co_await obey(order)) co_return ended(*how);
      }
      while (!signals_.empty()) {
        const int number = signals_.front();
        signals_.pop_front();
        const Outcome<> sent = co_await place_->signal(number);
        if (!sent) tell(sent.error().what);
      }
      const Outcome<Seen> seen = co_await place_->look();
      if (!seen) {
        tell_trouble(seen.error().what);
      } else {
        trouble_.clear();
        if (const auto how = judge(*seen)) co_return ended(*how);
      }
      std::vector<Task<void>> either;
      either.push_back(place_->news());
      either.push_back(until_told());
      co_await async::race_all(std::move(either));
    }
  }

  std::optional<core::Error> refused() const override { return refused_; }
  std::int64_t pid() const override { return mine_ ? mine_->pid : 0; }
  std::string target() const override { return place_->target(); }
  Place* place() override { return place_.get(); }

 private:
  enum class Order { none, stop, kill };
  static constexpr std::size_t most_signals = 16;

  // Whatever look() fails of: it says nothing about the service.
  tl::unexpected<core::Error> nobody_knows(core::Error error) const {
    error.code = core::Errc::unavailable;
    return core::fail("cannot start " + target(), error);
  }

  Outcome<> nothing_runs() const {
    return core::fail(core::Errc::not_found, "cannot signal " + target() + ": it is not running");
  }

  Outcome<> give(Order order) {
    if (!mine_) return nothing_runs();
    order_ = order;
    refused_.reset();
    bell_->ring();
    return {};
  }

  Task<void> until_told() {
    while (order_ == Order::none && signals_.empty()) co_await bell_->wait();
  }
  Task<void> until_killed() {
    while (order_ != Order::kill) co_await bell_->wait();
  }

  Task<void> carry_out(Order order, Outcome<>& done) {
    auto work = order == Order::kill    ? place_->kill()
                : place_->can_restart() ? place_->restart()
                                        : place_->stop();
    done = co_await std::move(work);
  }

  // How it ended, when that is all that will be known of it. A kill does not wait for a stop that hangs.
  Task<std::optional<os::Exit>> obey(Order order) {
    stopped_by_us_ = true;
    Outcome<> done;
    std::vector<Task<void>> either;
    either.push_back(carry_out(order, done));
    if (order != Order::kill) either.push_back(until_killed());
    const std::size_t first = co_await async::race_all(std::move(either));
    if (first != 0) co_return std::nullopt;
    if (!done) {
      tell(done.error().what);
      const auto code = done.error().code;
      const bool for_good = code == core::Errc::denied || code == core::Errc::unsupported;
      if (order == Order::kill && for_good) refused_ = done.error();
      co_return std::nullopt;
    }
    if (order == Order::kill || !place_->can_restart()) co_return std::nullopt;
    restarted_ = true;
    co_return not_known("restarted by " + place_->manager());
  }

  static os::Exit not_known(std::string detail) {
    os::Exit how;
    how.unknown = true;
    how.detail = std::move(detail);
    return how;
  }

  os::Exit ended(os::Exit how) {
    mine_.reset();
    return how;
  }

  std::optional<os::Exit> judge(const Seen& seen) {
    const bool is_another = seen.identity != mine_->identity;
    if (seen.runs) {
      if (is_another && stopped_by_us_) {
        restarted_ = true;
        return not_known("restarted by " + place_->manager());
      }
      if (is_another)
        tell(target() + " was started anew, and not by outrider" +
             (seen.before.empty() ? "" : ": the one before it " + seen.before));
      told_that_it_comes_back_ = false;
      mine_ = seen;
      return std::nullopt;
    }
    if (seen.comes_back && !stopped_by_us_) {
      if (!std::exchange(told_that_it_comes_back_, true))
        tell(target() + " " + seen.sentence + "; " + place_->manager() + " starts it again by itself");
      mine_->pid = 0;
      return std::nullopt;
    }
    return seen.how;
  }

  void tell(const std::string& sentence) {
    if (tools_.tell) tools_.tell(sentence);
  }
  void tell_trouble(const std::string& sentence) {
    if (trouble_ == sentence) return;
    trouble_ = sentence;
    tell("nobody knows whether " + target() + " runs: " + sentence);
  }

  Tools tools_;
  std::unique_ptr<Place> place_;
  std::unique_ptr<async::Bell> bell_;  // once it was started
  std::optional<Seen> mine_;           // while it runs
  Order order_ = Order::none;
  std::optional<core::Error> refused_;
  std::deque<int> signals_;
  bool stopped_by_us_ = false;
  bool restarted_ = false;
  bool told_that_it_comes_back_ = false;
  std::string trouble_;
};

}  // namespace

bool is_plain_name(std::string_view name) {
  const auto is_plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '.' || letter == '-';
  };
  return !name.empty() && name != "." && name != ".." && std::ranges::all_of(name, is_plain);
}

std::unique_ptr<Actuator> make_elsewhere(const Tools& tools, std::unique_ptr<Place> place) {
  return std::make_unique<Elsewhere>(tools, std::move(place));
}

}  // namespace outrider::actuators
