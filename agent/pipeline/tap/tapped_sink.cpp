#include "agent/pipeline/tap/tapped_sink.hpp"

#include <map>
#include <string>
#include <utility>

namespace outrider::pipeline {
namespace {

class TappedSink final : public sinks::Sink {
 public:
  TappedSink(std::unique_ptr<sinks::Sink> sink, Taps& taps)
      : sink_(std::move(sink)), taps_(taps), name_(sink_->name()) {
    for (const Stage stage : {Stage::offered, Stage::answered, Stage::parked, Stage::dropped})
      taps_.has(stage, name_);
  }

  std::string name() const override { return name_; }
  std::uint64_t appetite_bytes() const override { return sink_->appetite_bytes(); }
  std::size_t written_of(const telemetry::BatchPointer& batch) const override {
    return sink_->written_of(batch);
  }
  std::optional<core::Instant> due() const override { return sink_->due(); }
  core::Task<core::Outcome<>> settle() override { return sink_->settle(); }

  core::Task<core::Outcome<sinks::Receipt>> deliver(
      std::span<const telemetry::BatchPointer> batches) override {
    return taps_.none() ? sink_->deliver(batches) : deliver_in_view(batches);
  }

 private:
  core::Task<core::Outcome<sinks::Receipt>> deliver_in_view(
      std::span<const telemetry::BatchPointer> batches) {
    if (taps_.looked_at(Stage::offered)) {
      for (const auto& batch : batches) {
        for (const auto& record : batch->records) taps_.saw({Stage::offered, name_, batch->stream, record});
      }
    }
    core::Task<core::Outcome<sinks::Receipt>> delivering = sink_->deliver(batches);
    core::Outcome<sinks::Receipt> done = co_await std::move(delivering);
    if (taps_.looked_at(Stage::answered) || taps_.looked_at(Stage::parked)) show(batches, done);
    co_return done;
  }

  void show(std::span<const telemetry::BatchPointer> batches, const core::Outcome<sinks::Receipt>& done) {
    std::map<std::pair<const telemetry::Batch*, std::size_t>, std::string_view> refused;
    std::map<const telemetry::Batch*, std::uint64_t> duplicates;
    if (done) {
      for (const auto& one : done->refused) refused[{one.batch.get(), one.record}] = one.why;
      for (const auto& some : done->duplicates) duplicates[some.batch] += some.records;
    }
    for (const auto& batch : batches) {
      for (std::size_t i = 0; i < batch->records.size(); ++i) {
        const auto no = refused.find({batch.get(), i});
        Sight sight{Stage::answered, name_, batch->stream, batch->records[i]};
        if (!done) {
          sight.fate = "failed";
          sight.why = done.error().what;
        } else if (no != refused.end()) {
          sight.fate = "refused";
          sight.why = no->second;
        } else {
          sight.fate = fate_of(*batch, duplicates);
        }
        taps_.saw(sight);
        if (no == refused.end()) continue;
        taps_.saw({Stage::parked, name_, batch->stream, batch->records[i], "parked", no->second});
      }
    }
  }

  // Which of a batch's records were there already is not always known, only how many.
  static std::string_view fate_of(const telemetry::Batch& batch,
                                  const std::map<const telemetry::Batch*, std::uint64_t>& duplicates) {
    const auto found = duplicates.find(&batch);
    if (found == duplicates.end()) return "taken";
    return found->second >= batch.records.size() ? "duplicate" : "taken or duplicate";
  }

  std::unique_ptr<sinks::Sink> sink_;
  Taps& taps_;
  std::string name_;
};

}  // namespace

std::unique_ptr<sinks::Sink> with_taps(std::unique_ptr<sinks::Sink> sink, Taps& taps) {
  return std::make_unique<TappedSink>(std::move(sink), taps);
}

}  // namespace outrider::pipeline
