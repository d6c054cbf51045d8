#include "agent/sinks/remote_write/remote_write_sink.hpp"

#include "agent/sinks/remote_write/dialect.hpp"
#include "agent/sinks/remote_write/split/split.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::sinks::remote_write {
namespace {

using core::Outcome;

constexpr core::Duration between_complaints = std::chrono::minutes(1);

class RemoteWriteSink final : public Sink {
 public:
  RemoteWriteSink(const Tools& tools, PostingSettings settings, std::unique_ptr<RequestDialect> dialect)
      : tools_(tools),
        dialect_(*dialect),
        poster_(tools, std::move(settings), std::move(dialect)),
        behind_family_(::prometheus::BuildGauge()
                           .Name("outrider_remote_write_behind_seconds")
                           .Help("How old the oldest samples are that the receiver has not taken.")
                           .Register(tools.registry)),
        behind_(behind_family_.Add({{"sink", poster_.name()}})),
        sent_(samples("sent")),
        refused_(samples("refused")),
        unwritten_(samples("unwritten")),
        unwritten_exemplars_(::prometheus::BuildCounter()
                                 .Name("outrider_remote_write_unwritten_exemplars_total")
                                 .Help("Exemplars of requests that the receiver took, and did not write.")
                                 .Register(tools.registry)
                                 .Add({{"sink", poster_.name()}})),
        version_(::prometheus::BuildGauge()
                     .Name("outrider_remote_write_version")
                     .Help("Which version of the protocol is spoken with the receiver: 1 or 2.")
                     .Register(tools.registry)
                     .Add({{"sink", poster_.name()}})) {
    show_version();
  }
  // One that is no more must not be read as one that is behind.
  ~RemoteWriteSink() override { behind_family_.Remove(&behind_); }

  std::string name() const override { return poster_.name(); }
  // A batch at a time: what is in doubt after a crash is then the newest of each series, and a receiver knows
  // it again.
  std::uint64_t appetite_bytes() const override { return 1; }
  core::Task<Outcome<>> settle() override { co_return Outcome<>(); }

  std::size_t written_of(const telemetry::BatchPointer& batch) const override {
    const auto part = std::ranges::find(parts_, batch, &Part::batch);
    return part == parts_.end() ? 0 : part->done;
  }

  core::Task<Outcome<Receipt>> deliver(std::span<const telemetry::BatchPointer> batches) override {
    begin(batches);
    for (Part& part : parts_) {
      for (; part.done < part.batch->records.size(); ++part.done) {
        const telemetry::Record& portion = part.batch->records[part.done];
        show_age(portion);
        const Outcome<std::uint64_t> refused = co_await send(portion);
        show_age(portion);
        if (!refused) co_return core::fail(refused.error());
        split_.reset();
        part.give_up(portion, *refused);
        refused_.Increment(static_cast<double>(*refused));
        sent_.Increment(static_cast<double>(portion.count - *refused));
      }
    }
    behind_.Set(0);
    Receipt receipt;
    for (const Part& part : parts_) {
      if (part.lost.records > 0) receipt.given_up.push_back(part.lost);
    }
    parts_.clear();
    co_return receipt;
  }

 private:
  struct Part {
    telemetry::BatchPointer batch;
    std::size_t done = 0;  // portions
    GivenUp lost{};

    void give_up(const telemetry::Record& portion, std::uint64_t samples) {
      lost.batch = batch.get();
      lost.records += samples;
      lost.bytes += portion.count == 0 ? 0 : portion.bytes * samples / portion.count;
    }
  };

  ::prometheus::Counter& samples(const char* fate) {
    return ::prometheus::BuildCounter()
        .Name("outrider_remote_write_samples_total")
        .Help("Samples that the receiver took, and those that it will never take.")
        .Register(tools_.registry)
        .Add({{"sink", poster_.name()}, {"fate", fate}});
  }

  // Perhaps the offer before again, with more behind it. What is not in it is forgotten.
  void begin(std::span<const telemetry::BatchPointer> batches) {
    const bool goes_on = !parts_.empty() && !batches.empty() && parts_.front().batch == batches.front();
    if (!goes_on) split_.reset();
    std::vector<Part> parts;
    for (const auto& batch : batches) {
      const auto known = std::ranges::find(parts_, batch, &Part::batch);
      parts.push_back(known == parts_.end() ? Part{batch, 0, {}} : std::move(*known));
    }
    parts_ = std::move(parts);
  }

  void show_age(const telemetry::Record& portion) {
    const std::chrono::duration<double> age = tools_.clock.wall() - portion.time;
    behind_.Set(std::max(age.count(), 0.0));
  }

  // How many of its samples are refused for good.
  core::Task<Outcome<std::uint64_t>> send(const telemetry::Record& portion) {
    if (!split_) {
      const Outcome<Posted> posted = co_await post(portion.text, portion.count);
      if (!posted) co_return core::fail(posted.error());
      if (posted->meaning == Meaning::taken) co_return std::uint64_t{0};
      if (!is_about_content(*posted)) co_return core::fail(posted->trouble);
      Outcome<Split> split = Split::of(portion.text);
      if (!split || split->next_size() == 1 || posted->meaning == Meaning::refused) {
        complain(portion.count, split ? split->example_of_next() : "", posted->said);
        co_return std::uint64_t{portion.count};
      }
      split_ = std::move(*split);
      split_->refused(false);
      said_ = posted->said;
    }
    while (!split_->is_done()) {
      const std::string piece = split_->next();
      const Outcome<Posted> posted = co_await post(piece, split_->next_size());
      if (!posted) co_return core::fail(posted.error());
      if (posted->meaning == Meaning::taken) {
        split_->taken();
      } else if (is_about_content(*posted)) {
        split_->refused(posted->meaning == Meaning::refused);
        said_ = posted->said;
      } else {
        co_return core::fail(posted->trouble);
      }
    }
    if (split_->refused_series() > 0) complain(split_->refused_series(), split_->example(), said_);
    co_return std::uint64_t{split_->refused_series()};
  }

  static bool is_about_content(const Posted& posted) {
    return posted.meaning == Meaning::bad || posted.meaning == Meaning::too_large ||
           posted.meaning == Meaning::refused;
  }

  core::Task<Outcome<Posted>> post(std::string_view packed, std::size_t samples) {
    telemetry::Record piece;
    piece.text = packed;
    piece.count = static_cast<std::uint32_t>(samples);
    const Records alone{&piece};
    auto posting = poster_.post(alone);
    Outcome<Posted> posted = co_await std::move(posting);
    if (dialect_.fell_back()) {
      tools_.log.info("sinks", "The receiver does not know remote write 2.0: it gets 1.0",
                      {{"sink", name()}});
      show_version();
      auto again = poster_.post(alone);
      posted = co_await std::move(again);
    }
    count_unwritten();
    co_return posted;
  }

  void show_version() { version_.Set(dialect_.version() == Version::first ? 1 : 2); }

  // It took the request, and says of less that it is written.
  void count_unwritten() {
    const auto [samples, exemplars] = dialect_.unwritten();
    unwritten_.Increment(static_cast<double>(samples));
    unwritten_exemplars_.Increment(static_cast<double>(exemplars));
    if (samples > 0) complain(samples, "", "it took the request, and says that it has not written them");
  }

  // Not for each: a receiver that takes none would have us fill the log.
  void complain(std::size_t samples, const std::string& example, const std::string& why) {
    unsaid_ += samples;
    if (last_complaint_ && tools_.clock.now() - *last_complaint_ < between_complaints) return;
    last_complaint_ = tools_.clock.now();
    tools_.log.warn("sinks", "The receiver refuses samples for good: they are dropped, and counted",
                    {{"sink", name()}, {"samples", unsaid_}, {"one_of_them", example}, {"why", why}});
    unsaid_ = 0;
  }

  Tools tools_;
  RequestDialect& dialect_;  // the poster's
  Poster poster_;
  ::prometheus::Family<::prometheus::Gauge>& behind_family_;
  ::prometheus::Gauge& behind_;
  ::prometheus::Counter& sent_;
  ::prometheus::Counter& refused_;
  ::prometheus::Counter& unwritten_;
  ::prometheus::Counter& unwritten_exemplars_;
  ::prometheus::Gauge& version_;
  std::vector<Part> parts_;
  std::optional<Split> split_;  // of the portion at hand
  std::string said_;
  std::optional<core::Instant> last_complaint_;
  std::uint64_t unsaid_ = 0;
};

}  // namespace

std::unique_ptr<Sink> make(const Tools& tools, PostingSettings settings, Version version) {
  return std::make_unique<RemoteWriteSink>(tools, std::move(settings),
                                           std::make_unique<RequestDialect>(version));
}

}  // namespace outrider::sinks::remote_write
