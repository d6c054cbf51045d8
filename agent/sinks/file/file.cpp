#include "agent/sinks/file/file.hpp"

#include "agent/sinks/file/found/held.hpp"
#include "agent/sinks/file/found/torn.hpp"
#include "agent/sinks/file/progress.hpp"
#include "agent/sinks/file/rotation.hpp"

#include <algorithm>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::sinks::file {
namespace {

// What the record's line takes; its id comes to it where it has one.
std::size_t line_bytes(const telemetry::Record& record) {
  constexpr std::size_t id_bytes = telemetry::id_member.size() + telemetry::document_id_length + 2;
  return record.text.size() + 1 + (record.origin.stream != 0 ? id_bytes : 0);
}

class FileSink final : public Sink {
 public:
  FileSink(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        mended_(::prometheus::BuildCounter()
                    .Name("outrider_file_torn_lines_total")
                    .Help("Last lines that were found cut off when the file was opened.")
                    .Register(tools.registry)
                    .Add({{"sink", name()}})) {}

  std::string name() const override { return "file " + settings_.path; }

  core::Task<core::Outcome<Receipt>> deliver(std::span<const telemetry::BatchPointer> batches) override {
    Receipt receipt;
    auto work = [&] {
      core::Outcome<> outcome = write(batches, receipt);
      return outcome || settings_.sync != Sync::at_times ? outcome : take_back(outcome.error());
    };
    core::Outcome<> written = co_await async::offload(tools_.pool, work);
    if (!written) {
      due_.reset();
      co_return core::fail(written.error());
    }
    if (settings_.sync != Sync::at_times) {
      progress_.forget();
    } else if (!due_) {
      due_ = tools_.clock.now() + settings_.sync_every;
    }
    co_return receipt;
  }

  std::size_t written_of(const telemetry::BatchPointer& batch) const override {
    return progress_.written_of(batch);
  }

  std::optional<core::Instant> due() const override { return due_; }

  core::Task<core::Outcome<>> settle() override {
    due_.reset();
    auto work = [&]() -> core::Outcome<> {
      if (!file_ || settings_.sync == Sync::never) return {};
      return sync();
    };
    core::Outcome<> synced = co_await async::offload(tools_.pool, work);
    if (synced) progress_.forget();
    co_return synced;
  }

 private:
  // On the pool; the river waits meanwhile, so nothing else touches the sink.
  core::Outcome<> write(std::span<const telemetry::BatchPointer> batches, Receipt& receipt) {
    if (!held_) held_ = Held::read(tools_.files, settings_.path, settings_.keep);
    if (auto ready = be_ready(); !ready) return ready;
    lines_.clear();
    for (const auto& batch : batches) {
      const std::size_t done = progress_.written_of(batch);
      Duplicates twice = already_there(*batch, done);
      for (std::size_t index = done; index < batch->records.size(); ++index) {
        if (twice.records > 0 && held_->has(batch->records[index].origin)) continue;
        const telemetry::Record& record = batch->records[index];
        if (is_full(line_bytes(record))) {
          progress_.plan(batch, index);
          if (auto turned = turn_over(); !turned) return turned;
        }
        if (record.origin.stream != 0) {
          telemetry::append_line_with_id(lines_, record);
        } else {
          lines_.append(record.text).append("\n");
        }
      }
      progress_.plan(batch, batch->records.size());
      if (twice.records > 0) receipt.duplicates.push_back(twice);
    }
    if (auto written = put_down(); !written) return written;
    for (const auto& batch : batches)
      held_->looked_for(batch->records.size(), !receipt.duplicates.empty(), tools_.clock.now());
    return settings_.sync == Sync::each_batch ? sync() : core::Outcome<>();
  }

  // Of those from `from` on.
  Duplicates already_there(const telemetry::Batch& batch, std::size_t from) {
    Duplicates twice{&batch};
    if (held_->empty()) return twice;
    for (std::size_t index = from; index < batch.records.size(); ++index) {
      const telemetry::Record& record = batch.records[index];
      if (!held_->has(record.origin)) continue;
      ++twice.records;
      twice.bytes += record.bytes;
    }
    return twice;
  }

  bool is_full(std::size_t more) const {
    const std::uint64_t length = file_->size() + lines_.size();
    return length > 0 && length + more > settings_.rotate_at;
  }

  // Appends what was gathered: all of it or nothing.
  core::Outcome<> put_down() {
    if (lines_.empty()) return {};
    auto appended = file_->append(lines_);
    lines_.clear();
    if (appended) {
      progress_.is_written(file_->size());
      return {};
    }
    progress_.drop_plan();
    const std::uint64_t length = progress_.written_length();
    return file_->size() > length ? cut(length, appended.error()) : appended;
  }

  core::Outcome<> turn_over() {
    if (auto written = put_down(); !written) return written;
    if (settings_.sync != Sync::never) {
      if (auto synced = sync(); !synced) return synced;
    }
    if (auto rotated = rotate(tools_.files, settings_.path, settings_.keep); !rotated) return rotated;
    file_.reset();
    progress_.is_safe(0);
    return open();
  }

  core::Outcome<> be_ready() {
    // Someone else's logrotate moved it, or it was deleted: what is written to it now no one would see.
    if (file_ && !tools_.files.exists(settings_.path)) {
      if (settings_.sync != Sync::never && !file_->sync()) progress_.take_back();
      file_.reset();
    }
    return open();
  }

  core::Outcome<> open() {
    if (file_) return {};
    const std::size_t slash = settings_.path.rfind('/');
    if (slash != std::string::npos && slash > 0) {
      if (auto made = tools_.files.make_directories(settings_.path.substr(0, slash)); !made) return made;
    }
    if (auto mended = mend(); !mended) return mended;
    auto opened = tools_.files.open_append(settings_.path);
    if (!opened) return core::fail(opened.error());
    file_ = std::move(*opened);
    progress_.is_safe(file_->size());
    return {};
  }

  // kill -9 and power cuts tear the last line. Ours did not count as delivered then, and comes again whole:
  // the piece goes, lest it stand there as a line of its own. What another left is ended, so that ours stand
  // alone.
  core::Outcome<> mend() {
    const auto torn = torn_line_of(tools_.files, settings_.path);
    if (!torn) return {};
    if (held_->is_ours()) {
      if (auto cut = tools_.files.truncate(settings_.path, *torn); !cut) return cut;
    } else {
      auto opened = tools_.files.open_append(settings_.path);
      if (!opened) return core::fail(opened.error());
      if (auto ended = (*opened)->append("\n"); !ended) return ended;
    }
    mended_.Increment();
    const char* const what = held_->is_ours() ? "The last line of the file was cut off; it was taken out"
                                              : "The last line of the file was cut off; it was ended";
    tools_.log.warn("sinks", what, {{"path", settings_.path}});
    return {};
  }

  // After a failed sync the kernel may have thrown the pages away: a second sync that succeeds would prove
  // nothing, only writing anew does. So all that was not safe yet is taken out again.
  core::Outcome<> sync() {
    if (auto synced = file_->sync(); !synced) {
      const std::uint64_t length = progress_.safe_length();
      progress_.take_back();
      return cut(length, synced.error());
    }
    progress_.is_safe(file_->size());
    return {};
  }

  // What is not safe is offered again as well, or dropped: it must not stay where it may come to count twice.
  core::Outcome<> take_back(const core::Error& cause) {
    progress_.take_back();
    if (!file_ || file_->size() <= progress_.safe_length()) return core::fail(cause);
    return cut(progress_.safe_length(), cause);
  }

  core::Outcome<> cut(std::uint64_t length, const core::Error& cause) {
    file_.reset();
    if (auto done = tools_.files.truncate(settings_.path, length); !done) {
      return core::fail(cause.code,
                        cause.what + "; and cannot undo it, lines may appear twice: " + done.error().what,
                        cause.hint);
    }
    return core::fail(cause);
  }

  Tools tools_;
  Settings settings_;
  ::prometheus::Counter& mended_;
  std::unique_ptr<os::AppendFile> file_;
  std::optional<Held> held_;  // read with the first delivery
  std::string lines_;         // gathered, not yet written
  Progress progress_;
  std::optional<core::Instant> due_;
};

}  // namespace

std::unique_ptr<Sink> make(const Tools& tools, Settings settings) {
  return std::make_unique<FileSink>(tools, std::move(settings));
}

}  // namespace outrider::sinks::file
