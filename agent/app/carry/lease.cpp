#include "agent/app/carry/lease.hpp"

#include "agent/async/race.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace outrider::app {

class LentStream::Borrowed final : public os::ByteSource {
 public:
  explicit Borrowed(std::shared_ptr<LentStream> lender) : lender_(std::move(lender)) {}
  core::Task<core::Outcome<std::size_t>> read(std::span<char> into) override { return lender_->read(into); }
  // Who is to give it back must not wait.
  bool gather() override { return !lender_->wanted_back_ && lender_->source_->gather(); }

 private:
  std::shared_ptr<LentStream> lender_;
};

LentStream::LentStream(const async::Executor& river, std::unique_ptr<os::ByteSource> source)
    : source_(std::move(source)), news_(river) {}

std::unique_ptr<os::ByteSource> LentStream::lend() {
  wanted_back_ = false;
  return std::make_unique<Borrowed>(shared_from_this());
}

void LentStream::take_back() {
  wanted_back_ = true;
  news_.ring();
}

std::size_t LentStream::take_kept(std::span<char> into) {
  const std::size_t length = std::min(into.size(), kept_.size());
  std::copy_n(kept_.begin(), length, into.begin());
  kept_.erase(0, length);
  return length;
}

// What of `length` fresh bytes the borrower gets: all, or no more than the rest of its line.
std::size_t LentStream::serve(std::span<char> into, std::size_t length) {
  if (wanted_back_ && !at_line_start_) {
    const auto end = into.begin() + static_cast<std::ptrdiff_t>(length);
    const auto newline = std::find(into.begin(), end, '\n');
    if (newline != end) {
      kept_.insert(0, std::string(newline + 1, end));
      length = static_cast<std::size_t>(newline - into.begin()) + 1;
    }
  }
  if (length > 0) at_line_start_ = into[length - 1] == '\n';
  return length;
}

namespace {

core::Task<void> read_into(os::ByteSource& source, std::span<char> into,
                           std::optional<core::Outcome<std::size_t>>& result) {
  result = co_await source.read(into);
}

core::Task<void> wait_for(async::Bell& bell) { co_await bell.wait(); }

}  // namespace

core::Task<core::Outcome<std::size_t>> LentStream::read(std::span<char> into) {
  while (!(wanted_back_ && at_line_start_)) {
    if (!kept_.empty()) {
      const std::size_t length = take_kept(into);
      co_return serve(into, length);
    }
    if (ended_) co_return std::size_t{0};
    std::optional<core::Outcome<std::size_t>> result;
    std::vector<core::Task<void>> runners;
    runners.push_back(read_into(*source_, into, result));
    if (!wanted_back_) runners.push_back(wait_for(news_));
    (void)co_await async::race_all(std::move(runners));
    if (!result) continue;  // wanted back before anything came
    if (!*result || **result == 0) {
      ended_ = true;
      co_return std::move(*result);
    }
    co_return serve(into, **result);
  }
  co_return std::size_t{0};
}

}  // namespace outrider::app
