#include "agent/sinks/posting_sink.hpp"

#include <utility>

namespace outrider::sinks {
namespace {

class PostingSink final : public Sink {
 public:
  PostingSink(const Tools& tools, PostingSettings settings, std::unique_ptr<Dialect> dialect,
              std::vector<std::unique_ptr<net::Client>> ways)
      : poster_(tools, std::move(settings), std::move(dialect), std::move(ways)),
        posting_(poster_.settings().batch_bytes, std::string(poster_.dialect().names().doubt),
                 [this](const Records& records) { return poster_.post(records); }) {}

  std::string name() const override { return poster_.name(); }
  std::uint64_t appetite_bytes() const override { return poster_.settings().batch_bytes; }
  std::size_t written_of(const telemetry::BatchPointer& batch) const override {
    return posting_.sent_of(batch);
  }
  core::Task<core::Outcome<>> settle() override { co_return core::Outcome<>(); }

  core::Task<core::Outcome<Receipt>> deliver(std::span<const telemetry::BatchPointer> batches) override {
    co_return co_await posting_.deliver(batches);
  }

 private:
  Poster poster_;
  Posting posting_;
};

}  // namespace

std::unique_ptr<Sink> make_posting_sink(const Tools& tools, PostingSettings settings,
                                        std::unique_ptr<Dialect> dialect,
                                        std::vector<std::unique_ptr<net::Client>> ways) {
  return std::make_unique<PostingSink>(tools, std::move(settings), std::move(dialect), std::move(ways));
}

}  // namespace outrider::sinks
