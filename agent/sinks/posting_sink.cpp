#include "agent/sinks/posting_sink.hpp"

#include "agent/core/text.hpp"
#include "agent/net/wire/retry_after.hpp"
#include "agent/telemetry/packer.hpp"

#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::sinks {
namespace {

using core::fail;
using core::Outcome;

constexpr int pack_level = 3;
constexpr std::size_t most_shown = 200;
constexpr std::string_view unreachable = "unreachable";
constexpr std::array all_meanings{Meaning::taken,     Meaning::again, Meaning::held,
                                  Meaning::too_large, Meaning::bad,   Meaning::refused};

class PostingSink final : public Sink {
 public:
  PostingSink(const Tools& tools, PostingSettings settings, std::unique_ptr<Dialect> dialect)
      : tools_(tools),
        settings_(std::move(settings)),
        dialect_(std::move(dialect)),
        name_(fmt::format("{} {}", dialect_->names().sink, shown_url(settings_.url))),
        sent_bytes_(&::prometheus::BuildCounter()
                         .Name(dialect_->names().sent_bytes)
                         .Help("Bytes of bodies that were sent, as they were packed.")
                         .Register(tools.registry)
                         .Add({{"sink", name_}})),
        posting_(settings_.batch_bytes, std::string(dialect_->names().doubt),
                 [this](const Records& records) { return post(records); }) {
    for (const Meaning meaning : all_meanings) expect(name_of(meaning));
    expect(unreachable);
    if (settings_.gzip) packer_ = std::make_unique<telemetry::Packer>(pack_level);
  }

  std::string name() const override { return name_; }
  std::uint64_t appetite_bytes() const override { return settings_.batch_bytes; }
  std::size_t written_of(const telemetry::BatchPointer& batch) const override {
    return posting_.sent_of(batch);
  }
  core::Task<Outcome<>> settle() override { co_return Outcome<>(); }

  core::Task<Outcome<Receipt>> deliver(std::span<const telemetry::BatchPointer> batches) override {
    if (tools_.clock.now() < left_alone_until_) co_return fail(still_left_alone());
    co_return co_await posting_.deliver(batches);
  }

 private:
  void expect(std::string_view answer) {
    answers_[std::string(answer)] = &::prometheus::BuildCounter()
                                         .Name(dialect_->names().requests)
                                         .Help("Requests with records, by what came of them.")
                                         .Register(tools_.registry)
                                         .Add({{"sink", name_}, {"answer", std::string(answer)}});
  }

  core::Task<Outcome<Posted>> post(const Records& records) {
    net::Request request;
    request.method = settings_.method;
    request.url = settings_.url;
    request.tls = settings_.tls;
    dialect_->add_headers(request.headers, records);
    for (const auto& [name, value] : settings_.headers) set(request.headers, name, value.reveal());
    if (settings_.authorization.is_set())
      set(request.headers, "Authorization", settings_.authorization.reveal());
    if (settings_.gzip) set(request.headers, "Content-Encoding", "gzip");
    const auto make = [&] { return body_of(records); };
    request.body = co_await async::offload(tools_.pool, make);
    sent_bytes_->Increment(static_cast<double>(request.body.size()));
    const core::Duration limit = settings_.timeout;
    const Outcome<net::Response> answer = co_await tools_.http.ask(std::move(request), limit);
    const std::string step = "cannot deliver to " + shown_url(settings_.url);
    if (!answer) {
      answers_.find(unreachable)->second->Increment();
      co_return fail(step, answer.error());
    }
    Posted posted = dialect_->meaning_of(*answer, records, tools_.clock.wall());
    answers_.find(name_of(posted.meaning))->second->Increment();
    if (posted.meaning == Meaning::again) note_wish(*answer);
    posted.trouble = posted.trouble.during(step);
    co_return posted;
  }

  std::string body_of(const Records& records) {
    std::string plain = dialect_->body_of(records);
    if (!packer_) return plain;
    std::string packed;
    packer_->gzip(plain, packed);
    return packed;
  }

  // Ours gives way to what the user says.
  static void set(net::Headers& headers, const std::string& name, const std::string& value) {
    std::erase_if(headers, [&](const auto& line) { return net::same_word(line.first, name); });
    headers.emplace_back(name, value);
  }

  void note_wish(const net::Response& answer) {
    const auto wait = net::retry_after(answer.headers, tools_.clock.wall());
    if (wait) left_alone_until_ = tools_.clock.now() + *wait;
  }

  core::Error still_left_alone() const {
    return {core::Errc::busy, fmt::format("cannot deliver to {} yet: it asked to be left alone for {} more",
                                          shown_url(settings_.url),
                                          core::show_duration(left_alone_until_ - tools_.clock.now()))};
  }

  Tools tools_;
  PostingSettings settings_;
  std::unique_ptr<Dialect> dialect_;
  std::string name_;
  ::prometheus::Counter* sent_bytes_;
  std::map<std::string, ::prometheus::Counter*, std::less<>> answers_;
  std::unique_ptr<telemetry::Packer> packer_;
  Posting posting_;
  core::Instant left_alone_until_{};
};

}  // namespace

std::unique_ptr<Sink> make_posting_sink(const Tools& tools, PostingSettings settings,
                                        std::unique_ptr<Dialect> dialect) {
  return std::make_unique<PostingSink>(tools, std::move(settings), std::move(dialect));
}

std::string shown_url(const std::string& url) { return url.substr(0, url.find_first_of("?#")); }

std::string shown_answer(int status, std::string_view said) {
  const std::string text = core::without_controls(std::string(said.substr(0, most_shown)));
  const std::size_t from = text.find_first_not_of(' ');
  if (from == std::string::npos) return fmt::format("it answered {}", status);
  return fmt::format("it answered {}: {}{}", status, text.substr(from, text.find_last_not_of(' ') - from + 1),
                     said.size() > most_shown ? "…" : "");
}

}  // namespace outrider::sinks
