#include "agent/sinks/http/http_sink.hpp"

#include "agent/core/text.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/wire/retry_after.hpp"
#include "agent/sinks/http/answer.hpp"
#include "agent/sinks/offer.hpp"
#include "agent/telemetry/packer.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::sinks::http {
namespace {

using core::fail;
using core::Outcome;

constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();
// So many records in a row may be refused for good while nothing is taken: beyond that it is not the records.
constexpr unsigned most_refused_in_a_row = 8;
constexpr int pack_level = 3;
constexpr std::string_view unreachable = "unreachable";

std::string_view name_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::taken: return "taken";
    case Meaning::again: return "again";
    case Meaning::held: return "held";
    case Meaning::too_large: return "too_large";
    case Meaning::bad: return "bad";
  }
  return "";
}

// Without what may be secret in it.
std::string shown_url(const std::string& url) { return url.substr(0, url.find_first_of("?#")); }

// The same whenever the same records are sent.
std::string key_of(const Records& records) {
  std::string key = "\"";
  telemetry::append_document_id(key, records.front()->origin);
  key += '.';
  telemetry::append_document_id(key, records.back()->origin);
  return key + fmt::format(".{}\"", records.size());
}

class HttpSink final : public Sink {
 public:
  HttpSink(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        name_("http " + shown_url(settings_.url)),
        most_bytes_(settings_.batch_bytes),
        sent_bytes_(&::prometheus::BuildCounter()
                         .Name("outrider_http_sink_sent_bytes_total")
                         .Help("Bytes of bodies that were sent, as they were packed.")
                         .Register(tools.registry)
                         .Add({{"sink", name_}})) {
    for (const std::string_view answer :
         {std::string_view("taken"), std::string_view("again"), std::string_view("held"),
          std::string_view("too_large"), std::string_view("bad"), unreachable}) {
      answers_[std::string(answer)] = &::prometheus::BuildCounter()
                                           .Name("outrider_http_sink_requests_total")
                                           .Help("Requests with records, by what came of them.")
                                           .Register(tools.registry)
                                           .Add({{"sink", name_}, {"answer", std::string(answer)}});
    }
    if (settings_.gzip) packer_ = std::make_unique<telemetry::Packer>(pack_level);
  }

  std::string name() const override { return name_; }
  std::uint64_t appetite_bytes() const override { return settings_.batch_bytes; }
  std::size_t written_of(const telemetry::BatchPointer& batch) const override {
    return offer_.sent_of(batch);
  }
  core::Task<Outcome<>> settle() override { co_return Outcome<>(); }

  core::Task<Outcome<Receipt>> deliver(std::span<const telemetry::BatchPointer> batches) override {
    if (tools_.clock.now() < left_alone_until_) co_return fail(still_left_alone());
    offer_.begin(batches);
    std::size_t most = any_number;
    for (Records records = offer_.next(most, most_bytes_); !records.empty();
         records = offer_.next(most, most_bytes_)) {
      const Outcome<net::Response> answer = co_await send(records);
      if (!answer) co_return fail(answer.error());
      const Meaning meaning = meaning_of(answer->status);
      const bool can_split = records.size() > 1;
      if (meaning == Meaning::taken) {
        take(records.size());
        most = most > any_number / 2 ? any_number : most * 2;
      } else if (meaning == Meaning::too_large && can_split) {
        most_bytes_ = std::max<std::uint64_t>(bytes_of(records) / 2, 1);  // what it learned it keeps
      } else if (meaning == Meaning::bad && can_split) {
        most = records.size() / 2;
      } else if (meaning == Meaning::bad || meaning == Meaning::too_large) {
        const Outcome<> settled = co_await refuse(*answer);
        if (!settled) co_return fail(settled.error());
      } else {
        co_return fail(trouble_of(*answer));
      }
    }
    co_return offer_.end();
  }

 private:
  static std::uint64_t bytes_of(const Records& records) {
    std::uint64_t bytes = 0;
    for (const telemetry::Record* record : records) bytes += record->text.size();
    return bytes;
  }

  void take(std::size_t records) {
    offer_.sent(records);
    may_refuse_ = most_refused_in_a_row;
  }

  // The next record, alone, is not taken. Is it the record, or would it say so of any? When nothing was taken
  // for long, the records behind it are asked about, each alone, before this one is given up.
  core::Task<Outcome<>> refuse(net::Response answer) {
    if (may_refuse_ > 0) {
      --may_refuse_;
      offer_.refused(shown(answer));
      co_return Outcome<>();
    }
    const Records next = offer_.next(1 + most_refused_in_a_row, any_number);
    std::vector<std::string> reasons{shown(answer)};
    for (std::size_t at = 1; at < next.size(); ++at) {
      const Records alone{next[at]};
      const Outcome<net::Response> other = co_await send(alone);
      if (!other) co_return fail(other.error());
      const Meaning meaning = meaning_of(other->status);
      if (meaning == Meaning::taken) {
        for (std::string& reason : reasons) offer_.refused(std::move(reason));
        take(1);
        co_return Outcome<>();
      }
      if (meaning != Meaning::bad && meaning != Meaning::too_large) co_return fail(trouble_of(*other));
      reasons.push_back(shown(*other));
    }
    core::Error error = trouble_of(answer);
    error.hint =
        "it refuses each record alone, and takes none: does it want this form, one JSON object a line?";
    co_return fail(std::move(error));
  }

  core::Task<Outcome<net::Response>> send(const Records& records) {
    net::Request request;
    request.method = settings_.method;
    request.url = settings_.url;
    request.tls = settings_.tls;
    request.headers = {{"Content-Type", "application/x-ndjson"}, {"Idempotency-Key", key_of(records)}};
    for (const auto& [name, value] : settings_.headers) set(request.headers, name, value.reveal());
    if (settings_.authorization.is_set())
      set(request.headers, "Authorization", settings_.authorization.reveal());
    if (settings_.gzip) set(request.headers, "Content-Encoding", "gzip");
    const auto make = [&] { return body_of(records); };
    request.body = co_await async::offload(tools_.pool, make);
    sent_bytes_->Increment(static_cast<double>(request.body.size()));
    const core::Duration limit = settings_.timeout;
    Outcome<net::Response> answer = co_await tools_.http.ask(std::move(request), limit);
    const std::string_view came = answer ? name_of(meaning_of(answer->status)) : unreachable;
    answers_.find(came)->second->Increment();
    if (answer) note_wish(*answer);
    if (!answer) co_return fail("cannot deliver to " + shown_url(settings_.url), answer.error());
    co_return answer;
  }

  std::string body_of(const Records& records) {
    std::string lines;
    lines.reserve(bytes_of(records) + records.size() * 48);
    for (const telemetry::Record* record : records) telemetry::append_line_with_id(lines, *record);
    if (!packer_) return lines;
    std::string packed;
    packer_->gzip(lines, packed);
    return packed;
  }

  // Ours gives way to what the user says.
  static void set(net::Headers& headers, const std::string& name, const std::string& value) {
    std::erase_if(headers, [&](const auto& line) { return net::same_word(line.first, name); });
    headers.emplace_back(name, value);
  }

  void note_wish(const net::Response& answer) {
    if (meaning_of(answer.status) != Meaning::again) return;
    const auto wait = net::retry_after(answer.headers, tools_.clock.wall());
    if (wait) left_alone_until_ = tools_.clock.now() + *wait;
  }

  core::Error trouble_of(const net::Response& answer) const {
    return error_of(answer, tools_.clock.wall()).during("cannot deliver to " + shown_url(settings_.url));
  }

  core::Error still_left_alone() const {
    return {core::Errc::busy, fmt::format("cannot deliver to {} yet: it asked to be left alone for {} more",
                                          shown_url(settings_.url),
                                          core::show_duration(left_alone_until_ - tools_.clock.now()))};
  }

  Tools tools_;
  Settings settings_;
  std::string name_;
  std::uint64_t most_bytes_;  // at once: less than was configured once it said that it is too much
  ::prometheus::Counter* sent_bytes_;
  std::map<std::string, ::prometheus::Counter*, std::less<>> answers_;
  std::unique_ptr<telemetry::Packer> packer_;
  Offer offer_;
  unsigned may_refuse_ = 0;
  core::Instant left_alone_until_{};
};

}  // namespace

std::unique_ptr<Sink> make(const Tools& tools, Settings settings) {
  return std::make_unique<HttpSink>(tools, std::move(settings));
}

}  // namespace outrider::sinks::http
