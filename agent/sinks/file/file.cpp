#include "agent/sinks/file/file.hpp"

#include "agent/sinks/file/rotation.hpp"

namespace outrider::sinks::file {
namespace {

class FileSink final : public Sink {
 public:
  FileSink(const Tools& tools, Settings settings) : tools_(tools), settings_(std::move(settings)) {}

  std::string name() const override { return "file " + settings_.path; }

  core::Task<core::Outcome<>> deliver(std::span<const telemetry::BatchPointer> batches) override {
    auto work = [&] { return write(batches); };
    core::Outcome<> written = co_await async::offload(tools_.pool, work);
    if (written && settings_.sync == Sync::at_times && !due_)
      due_ = tools_.clock.now() + settings_.sync_every;
    co_return written;
  }

  std::optional<core::Instant> due() const override { return due_; }

  core::Task<core::Outcome<>> settle() override {
    due_.reset();
    auto work = [&]() -> core::Outcome<> {
      if (!file_ || settings_.sync == Sync::never) return {};
      return file_->sync();
    };
    core::Outcome<> synced = co_await async::offload(tools_.pool, work);
    if (!synced)
      due_ = tools_.clock.now() + std::max<core::Duration>(settings_.sync_every, std::chrono::seconds(1));
    co_return synced;
  }

 private:
  // On the pool; the river waits meanwhile, so nothing else touches the sink.
  core::Outcome<> write(std::span<const telemetry::BatchPointer> batches) {
    lines_.clear();
    for (const auto& batch : batches) {
      for (const telemetry::Record& record : batch->records) {
        lines_ += record.text;
        lines_ += '\n';
      }
    }
    if (auto ready = be_ready(lines_.size()); !ready) return ready;
    const std::uint64_t before = file_->size();
    if (auto appended = file_->append(lines_); !appended) return give_back(before, appended.error());
    if (settings_.sync != Sync::each_batch) return {};
    if (auto synced = file_->sync(); !synced) return give_back(before, synced.error());
    return {};
  }

  core::Outcome<> be_ready(std::uint64_t more) {
    // Someone else's logrotate moved it, or it was deleted: what is written to it now no one would see.
    if (file_ && !tools_.files.exists(settings_.path)) file_.reset();
    if (auto opened = open(); !opened) return opened;
    if (file_->size() == 0 || file_->size() + more <= settings_.rotate_at) return {};
    if (settings_.sync != Sync::never) {
      if (auto synced = file_->sync(); !synced) return synced;
    }
    if (auto rotated = rotate(tools_.files, settings_.path, settings_.keep); !rotated) return rotated;
    file_.reset();
    return open();
  }

  core::Outcome<> open() {
    if (file_) return {};
    const std::size_t slash = settings_.path.rfind('/');
    if (slash != std::string::npos && slash > 0) {
      if (auto made = tools_.files.make_directories(settings_.path.substr(0, slash)); !made) return made;
    }
    auto opened = tools_.files.open_append(settings_.path);
    if (!opened) return core::fail(opened.error());
    file_ = std::move(*opened);
    return {};
  }

  // The batch will be written again, so none of it may stay. After a failed sync the kernel may have thrown
  // the pages away: a second sync that succeeds would prove nothing, only writing anew does.
  core::Outcome<> give_back(std::uint64_t length, const core::Error& cause) {
    const bool longer = file_->size() > length;
    file_.reset();
    if (longer) {
      if (auto cut = tools_.files.truncate(settings_.path, length); !cut) {
        return core::fail(cause.code,
                          cause.what + "; and cannot undo it, lines may appear twice: " + cut.error().what,
                          cause.hint);
      }
    }
    return core::fail(cause);
  }

  Tools tools_;
  Settings settings_;
  std::unique_ptr<os::AppendFile> file_;
  std::string lines_;
  std::optional<core::Instant> due_;
};

}  // namespace

std::unique_ptr<Sink> make(const Tools& tools, Settings settings) {
  return std::make_unique<FileSink>(tools, std::move(settings));
}

}  // namespace outrider::sinks::file
