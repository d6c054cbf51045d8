#include "agent/os/watching/gzip_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <list>
#include <mutex>
#include <utility>

#include <zlib.h>

namespace outrider::os {
namespace {

constexpr std::size_t most_streams = 4;  // lanes that read it at places of their own
constexpr std::size_t step_bytes = 64 * 1024;
constexpr int any_gzip = 15 + 16;  // the largest window; gzip and nothing else

// One pass through it, from the beginning on.
class Stream {
 public:
  explicit Stream(ReadableFile& packed) : packed_(packed), in_(step_bytes) {
    good_ = ::inflateInit2(&state_, any_gzip) == Z_OK;
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { ::inflateEnd(&state_); }

  std::uint64_t at() const { return at_; }

  // Fewer bytes than there is room for only at the end.
  core::Outcome<std::size_t> read(std::span<char> into) {
    state_.next_out = reinterpret_cast<Bytef*>(into.data());
    state_.avail_out = static_cast<uInt>(into.size());
    while (state_.avail_out > 0) {
      if (state_.avail_in == 0) {
        const auto count = packed_.read_at(in_, packed_at_);
        if (!count) return core::fail(count.error());
        if (*count == 0 && between_) break;
        if (*count == 0) return core::fail(core::Errc::busy, "cannot unpack a gzip file: it has no end yet");
        packed_at_ += *count;
        state_.next_in = reinterpret_cast<Bytef*>(in_.data());
        state_.avail_in = static_cast<uInt>(*count);
      }
      if (between_ && *state_.next_in != 0x1f) break;  // zeroes, as tapes have them
      between_ = false;
      const int result = good_ ? ::inflate(&state_, Z_NO_FLUSH) : Z_STREAM_ERROR;
      if (result == Z_STREAM_END) {
        between_ = true;  // another one may follow
        ::inflateReset(&state_);
      } else if (result != Z_OK) {
        return core::fail(core::Errc::corrupt, "cannot unpack a gzip file: it is damaged");
      }
    }
    const std::size_t done = into.size() - state_.avail_out;
    at_ += done;
    return done;
  }

 private:
  ReadableFile& packed_;
  std::vector<char> in_;
  std::uint64_t packed_at_ = 0;
  z_stream state_{};
  bool good_ = false;
  bool between_ = false;  // one member has ended
  std::uint64_t at_ = 0;
};

class GzipFile final : public ReadableFile {
 public:
  explicit GzipFile(std::shared_ptr<ReadableFile> packed) : packed_(std::move(packed)) {}

  core::Outcome<> measure() {
    Stream stream(*packed_);
    std::vector<char> room(step_bytes);
    for (;;) {
      const auto count = stream.read(room);
      if (!count) return core::fail(count.error());
      const std::size_t head =
          std::min(*count, beginning_.size() - std::min<std::size_t>(size_, beginning_.size()));
      if (head > 0) std::memcpy(beginning_.data() + size_, room.data(), head);
      size_ += *count;
      if (*count < room.size()) return {};
    }
  }

  core::Outcome<std::size_t> read_at(std::span<char> into, std::uint64_t offset) override {
    if (offset >= size_) return 0;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - offset));
    if (offset + wanted <= std::min<std::uint64_t>(beginning_.size(), size_)) {
      std::memcpy(into.data(), beginning_.data() + offset, wanted);
      return wanted;
    }
    const std::lock_guard lock(mutex_);
    Stream& stream = stream_before(offset);
    std::vector<char> passed(stream.at() < offset ? step_bytes : 0);
    while (stream.at() < offset) {
      const std::uint64_t most = std::min<std::uint64_t>(passed.size(), offset - stream.at());
      const auto count = stream.read(std::span(passed).first(static_cast<std::size_t>(most)));
      if (!count || *count < most) return forget(stream, count);
    }
    const auto count = stream.read(into.first(wanted));
    if (!count) return forget(stream, count);
    if (stream.at() == size_) streams_.remove_if([&](const Stream& each) { return &each == &stream; });
    return *count;
  }

  std::optional<std::size_t> read_cached(std::span<char>, std::uint64_t) override { return std::nullopt; }

  core::Outcome<FileFacts> facts() override {
    core::Outcome<FileFacts> facts = packed_->facts();
    if (facts) facts->size = size_;
    return facts;
  }

 private:
  // The one that is nearest to `offset`, and not beyond it.
  Stream& stream_before(std::uint64_t offset) {
    auto best = streams_.end();
    for (auto each = streams_.begin(); each != streams_.end(); ++each) {
      if (each->at() <= offset && (best == streams_.end() || each->at() > best->at())) best = each;
    }
    if (best != streams_.end()) {
      streams_.splice(streams_.begin(), streams_, best);
      return streams_.front();
    }
    if (streams_.size() == most_streams) streams_.pop_back();
    return streams_.emplace_front(*packed_);
  }

  core::Outcome<std::size_t> forget(const Stream& stream, const core::Outcome<std::size_t>& outcome) {
    streams_.remove_if([&](const Stream& each) { return &each == &stream; });
    if (!outcome) return outcome;
    return core::fail(core::Errc::corrupt, "cannot unpack a gzip file: it is shorter than it was");
  }

  std::shared_ptr<ReadableFile> packed_;
  std::array<char, 1024> beginning_{};
  std::uint64_t size_ = 0;
  std::mutex mutex_;
  std::list<Stream> streams_;
};

}  // namespace

bool is_gzip(std::string_view beginning) { return beginning.starts_with("\x1f\x8b\x08"); }

core::Outcome<std::unique_ptr<ReadableFile>> unpack(std::shared_ptr<ReadableFile> packed) {
  auto file = std::make_unique<GzipFile>(std::move(packed));
  if (auto measured = file->measure(); !measured) return core::fail(measured.error());
  return file;
}

}  // namespace outrider::os
