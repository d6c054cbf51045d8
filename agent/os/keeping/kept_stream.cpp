#include "agent/os/keeping/kept_stream.hpp"

#include "agent/async/executor.hpp"
#include "agent/core/number.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <filesystem>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

namespace outrider::os {
namespace {

// A source that always has bytes must let the rest of its river have a turn.
constexpr unsigned kept_reads_without_a_break = 16;

// One file: bytes from `begin` on, since the process began. Its size is how many: no other book is kept.
struct Piece {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::string path{};
  std::uint64_t end() const { return begin + size; }
};

// "<name>.<offset>": the offset, when it is one of this name.
std::optional<std::uint64_t> offset_in(std::string_view file, std::string_view name) {
  if (file.size() <= name.size() + 1 || !file.starts_with(name) || file[name.size()] != '.') return {};
  return core::read_number<std::uint64_t>(file.substr(name.size() + 1));
}

std::vector<Piece> pieces_of(const std::string& room, const std::string& name) {
  std::vector<Piece> found;
  std::error_code trouble;
  for (const auto& entry : std::filesystem::directory_iterator(room, trouble)) {
    const auto begin = offset_in(entry.path().filename().native(), name);
    if (begin) found.push_back({*begin, entry.file_size(trouble), entry.path().native()});
  }
  std::sort(found.begin(), found.end(), [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
  return found;
}

class KeptStream final : public ByteSource, public Keeper {
 public:
  KeptStream(Descriptor pipe, std::string room, std::string name)
      : unbound_(std::move(pipe)), ended_(!unbound_), room_(std::move(room)), name_(std::move(name)) {
    for (Piece& piece : pieces_of(room_, name_)) {
      if (piece.size == 0) {
        ::unlink(piece.path.c_str());  // begun, and then killed: the next one has the same name
      } else {
        pieces_.push_back(std::move(piece));
      }
    }
    if (pieces_.empty()) return;
    next_ = pieces_.front().begin;
    end_ = pieces_.back().end();
  }

  Keeper* keeper() override { return this; }

  core::Task<core::Outcome<std::size_t>> read(std::span<char> into) override {
    if (!bound_ && unbound_) bound_.emplace(co_await boost::asio::this_coro::executor, unbound_.release());
    // Before the read and not after it: being cancelled here loses nothing.
    if (++reads_ % kept_reads_without_a_break == 0) co_await async::yield_turn();
    for (;;) {
      if (next_ < end_) co_return read_kept(into);
      if (ended_) co_return std::size_t{0};
      const ssize_t count = may_keep() ? move_on() : read_past(into);
      if (count > 0 && next_ == end_) co_return static_cast<std::size_t>(count);  // past the files
      if (count > 0) continue;
      if (count == 0) {
        ended_ = true;
      } else if (errno == EAGAIN) {
        co_await bound_->async_wait(boost::asio::posix::descriptor_base::wait_read,
                                    boost::asio::use_awaitable);
      } else if (errno != EINTR) {
        co_return core::fail(core::system_error("cannot read from a pipe"));
      }
    }
  }

  bool gather() override {
    while (bound_ && !ended_ && may_keep()) {
      const ssize_t count = move_on();
      ended_ = count == 0;
      if (count < 0 && errno != EINTR) return errno == EAGAIN;
    }
    return ended_;
  }

  const std::string& name() const override { return name_; }
  std::uint64_t offset() const override { return next_; }
  bool all_read() const override { return ended_ && next_ >= end_; }

  void go_on_from(std::uint64_t offset) override {
    next_ = std::max(next_, offset);
    end_ = std::max(end_, offset);
    safe_up_to(offset);
  }

  void safe_up_to(std::uint64_t offset) override {
    while (!pieces_.empty() && pieces_.front().end() <= offset && next_ >= pieces_.front().end()) {
      if (pieces_.size() == 1 && !all_read()) break;  // the one that grows
      ::unlink(pieces_.front().path.c_str());
      if (reading_ == pieces_.front().begin) source_ = {};
      pieces_.pop_front();
    }
  }

  void keep(bool wanted) override { wanted_ = wanted; }
  void when_much_is_kept(std::function<void()> tell) override { tell_ = std::move(tell); }

 private:
  bool may_keep() {
    if (!wanted_) return false;
    if (kept() < most_kept_bytes) return true;
    if (tell_) tell_();
    return false;
  }

  std::uint64_t kept() const { return pieces_.empty() ? 0 : end_ - pieces_.front().begin; }

  core::Outcome<std::size_t> read_kept(std::span<char> into) {
    auto piece =
        std::find_if(pieces_.begin(), pieces_.end(), [this](const Piece& one) { return next_ < one.end(); });
    if (piece == pieces_.end()) {  // what lies before was read past the files, by an agent before us
      next_ = end_;
      return core::fail(core::Errc::corrupt, "what was kept of " + name_ + " is gone");
    }
    next_ = std::max(next_, piece->begin);
    if (!source_ || reading_ != piece->begin) {
      source_ = Descriptor(::open(piece->path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
      reading_ = piece->begin;
    }
    const std::size_t most = std::min<std::uint64_t>(into.size(), piece->end() - next_);
    const ssize_t count =
        ::pread(source_.number(), into.data(), most, static_cast<off_t>(next_ - piece->begin));
    if (count <= 0) {
      const core::Error error = core::system_error("cannot read what was kept of " + name_);
      next_ = piece->end();
      return core::fail(error);
    }
    next_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }

  // From the pipe to the newest file. What is moved by a call that is killed is in the file.
  ssize_t move_on() {
    if (!target_ || pieces_.back().size >= kept_file_bytes) begin_piece();
    if (!target_) return no_room();
    const std::size_t room = kept_file_bytes - pieces_.back().size;
    const ssize_t count =
        ::splice(bound_->native_handle(), nullptr, target_.number(), nullptr, room, SPLICE_F_NONBLOCK);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return no_room();
    if (count <= 0) return count;
    pieces_.back().size += static_cast<std::uint64_t>(count);
    end_ += static_cast<std::uint64_t>(count);
    return count;
  }

  void begin_piece() {
    if (target_ && tell_) tell_();
    Piece piece{end_, 0, fmt::format("{}/{}.{:020}", room_, name_, end_)};
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    target_ = Descriptor(::open(piece.path.c_str(), flags, 0600));
    if (target_) pieces_.push_back(std::move(piece));
  }

  // There is no memory for it: the service must not wait for that, nor its lines.
  ssize_t no_room() {
    wanted_ = false;
    errno = EINTR;
    return -1;
  }

  ssize_t read_past(std::span<char> into) {
    const ssize_t count = ::read(bound_->native_handle(), into.data(), into.size());
    if (count <= 0) return count;
    target_ = {};  // what comes next is not the continuation of that file
    next_ += static_cast<std::uint64_t>(count);
    end_ = next_;
    return count;
  }

  Descriptor unbound_;
  std::optional<boost::asio::posix::stream_descriptor> bound_;
  bool ended_;
  std::string room_, name_;
  std::deque<Piece> pieces_;  // the newest one last
  std::uint64_t next_ = 0;    // what read() gives
  std::uint64_t end_ = 0;     // everything before it has left the pipe
  Descriptor source_, target_;
  std::uint64_t reading_ = 0;  // where the piece of source_ begins
  bool wanted_ = true;
  unsigned reads_ = 0;
  std::function<void()> tell_;
};

}  // namespace

std::unique_ptr<ByteSource> make_kept_stream(Descriptor pipe, std::string room, std::string name) {
  return std::make_unique<KeptStream>(std::move(pipe), std::move(room), std::move(name));
}

std::vector<std::string> kept_streams(const std::string& room) {
  std::vector<std::string> names;
  std::error_code trouble;
  for (const auto& entry : std::filesystem::directory_iterator(room, trouble))
    names.push_back(entry.path().stem().native());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace outrider::os
