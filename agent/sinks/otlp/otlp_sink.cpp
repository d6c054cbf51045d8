#include "agent/sinks/otlp/otlp_sink.hpp"

#include "agent/core/text.hpp"
#include "agent/net/wire/retry_after.hpp"
#include "agent/sinks/otlp/grpc/grpc_answer.hpp"
#include "agent/sinks/otlp/grpc/grpc_client.hpp"
#include "agent/sinks/posting_sink.hpp"
#include "agent/telemetry/otlp/answer.hpp"
#include "agent/telemetry/otlp/calls.hpp"
#include "agent/telemetry/remote_write/otlp_request.hpp"

#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::sinks::otlp {
namespace {

namespace wire = telemetry::otlp;

constexpr std::string_view protobuf = "application/x-protobuf";

std::uint64_t count_of(const Records& records) {
  std::uint64_t count = 0;
  for (const telemetry::Record* record : records) count += record->count;
  return count;
}

std::string shown(const net::Response& answer) {
  const bool is_status = net::header(answer.headers, "content-type").starts_with(protobuf);
  return shown_answer(answer.status, is_status ? wire::read_status(answer.body) : answer.body);
}

std::string hint_for(int status) {
  switch (status) {
    case 401:
    case 403: return "may this sender write there? See `headers` and `bearer`";
    case 404:
    case 405:
      return "does anybody take OTLP over HTTP there? It is usually port 4318; over gRPC, write grpc://";
    case 415: return "does it take Protobuf, and gzip if that is on?";
    default: return "";
  }
}

Posted posted_over_http(const net::Response& answer, core::WallTime now) {
  const Meaning meaning = otlp::meaning_of(answer.status);
  if (meaning == Meaning::taken) return {};
  const std::string said = shown(answer);
  const bool is_busy = meaning == Meaning::again;
  return {meaning,
          said,
          {is_busy ? core::Errc::busy : core::Errc::refused, said, hint_for(answer.status)},
          net::retry_after(answer.headers, now)};
}

// What differs between HTTP and gRPC.
struct Words {
  std::string_view content_type;
  std::string_view doubt;
  Posted (*posted)(const net::Response& answer, core::WallTime now);
};

constexpr Words http_words{protobuf, "does it take OTLP over HTTP?", posted_over_http};
constexpr Words grpc_words{"application/grpc", "does it take OTLP over gRPC?", posted_over_grpc};

// What is sent.
struct Cargo {
  std::string_view sink;
  const wire::Called& call;
  const char* rejected;
  const char* help;
  const char* complaint;
  void (*append)(std::string& body, std::string_view record);
};

constexpr Cargo spans{"otlp",
                      wire::traces_call,
                      "outrider_otlp_sink_rejected_spans_total",
                      "Spans that the receiver left out of a request that it took.",
                      "The receiver has taken spans, and complains",
                      [](std::string& body, std::string_view record) { body += record; }};
// What cannot be read goes as it lies there: it is refused, and that is counted.
constexpr Cargo points{"otlp_metrics",
                       wire::metrics_call,
                       "outrider_otlp_sink_rejected_points_total",
                       "Data points of metrics that the receiver left out of a request that it took.",
                       "The receiver has taken metrics, and complains",
                       [](std::string& body, std::string_view record) {
                         const auto request = telemetry::remote_write::otlp_request(record);
                         body += request ? std::string_view(*request) : record;
                       }};

class Requests final : public Dialect {
 public:
  Requests(const Tools& tools, const std::vector<std::string>& urls, const Cargo& cargo, const Words& words)
      : cargo_(cargo),
        words_(words),
        log_(tools.log),
        sink_(fmt::format("{} {}", cargo.sink, shown_urls(urls))),
        rejected_(&::prometheus::BuildCounter()
                       .Name(cargo.rejected)
                       .Help(cargo.help)
                       .Register(tools.registry)
                       .Add({{"sink", sink_}})) {}

  Names names() const override {
    return {cargo_.sink, "outrider_otlp_sink_requests_total", "outrider_otlp_sink_sent_bytes_total",
            words_.doubt, "outrider_otlp_sink_receiver_up"};
  }

  void add_headers(net::Headers& headers, const Records&) const override {
    headers.emplace_back("Content-Type", std::string(words_.content_type));
  }

  // Requests, one behind the other, are one request.
  std::string body_of(const Records& records) const override {
    std::string body;
    body.reserve(bytes_of(records));
    for (const telemetry::Record* record : records) cargo_.append(body, record->text);
    return body;
  }

  Posted meaning_of(const net::Response& answer, const Records& records, core::WallTime now) override {
    Posted posted = words_.posted(answer, now);
    return posted.meaning == Meaning::taken ? taken(answer, records) : std::move(posted);
  }

 private:
  // Which it means, when it left out some, nobody knows but itself, and it must not be asked again.
  Posted taken(const net::Response& answer, const Records& records) {
    const auto partial = wire::read_answer(answer.body);
    if (!partial || (partial->rejected == 0 && partial->why.empty())) return {};
    const std::string why = core::without_controls(partial->why);
    if (partial->rejected >= count_of(records)) {
      const std::string said = fmt::format("it rejected all of it: {}", why);
      return {Meaning::refused, said, {core::Errc::refused, said}};
    }
    rejected_->Increment(static_cast<double>(partial->rejected));
    if (why != told_) {
      log_.warn("sinks", cargo_.complaint, {{"sink", sink_}, {"rejected", partial->rejected}, {"why", why}});
      told_ = why;
    }
    return {};
  }

  const Cargo& cargo_;
  const Words& words_;
  core::Log& log_;
  std::string sink_;
  ::prometheus::Counter* rejected_;
  std::string told_;
};

// A batch at a time, as samples are sent on; what is refused is of no use any more, and is not parked.
class Samples final : public Sink {
 public:
  explicit Samples(std::unique_ptr<Sink> inner) : inner_(std::move(inner)) {}

  std::string name() const override { return inner_->name(); }
  std::uint64_t appetite_bytes() const override { return 1; }
  std::size_t written_of(const telemetry::BatchPointer& batch) const override {
    return inner_->written_of(batch);
  }
  core::Task<core::Outcome<>> settle() override { co_return core::Outcome<>(); }

  core::Task<core::Outcome<Receipt>> deliver(std::span<const telemetry::BatchPointer> batches) override {
    core::Outcome<Receipt> receipt = co_await inner_->deliver(batches);
    if (!receipt) co_return core::fail(receipt.error());
    for (const Refused& refused : std::exchange(receipt->refused, {})) {
      const telemetry::Record& portion = refused.batch->records[refused.record];
      receipt->given_up.push_back({refused.batch.get(), portion.count, portion.bytes});
    }
    co_return receipt;
  }

 private:
  std::unique_ptr<Sink> inner_;
};

std::unique_ptr<Sink> sink_for(const Cargo& cargo, const Tools& tools, PostingSettings settings) {
  const bool by_grpc = is_grpc(settings.urls.front());
  auto dialect = std::make_unique<Requests>(tools, settings.urls, cargo, by_grpc ? grpc_words : http_words);
  std::vector<std::unique_ptr<net::Client>> ways;
  if (by_grpc) {
    for (const std::string& url : settings.urls)
      ways.push_back(
          std::make_unique<GrpcClient>(tools.clock, tools.streams, url, settings.tls, cargo.call.method));
  }
  return make_posting_sink(tools, std::move(settings), std::move(dialect), std::move(ways));
}

std::string with_path(std::string url, std::string_view path) {
  if (url.find_first_of("?#") != std::string::npos) return url;
  while (url.ends_with('/')) url.pop_back();
  return url.ends_with(path) ? url : url + std::string(path);
}

}  // namespace

Meaning meaning_of(int status) {
  if (status >= 200 && status < 300) return Meaning::taken;
  switch (status) {
    case 429:
    case 502:
    case 503:
    case 504: return Meaning::again;
    case 413: return Meaning::too_large;
    case 401:
    case 403:
    case 404:
    case 405:
    case 407:
    case 410:
    case 415: return Meaning::held;
    default: return status < 400 ? Meaning::held : Meaning::bad;
  }
}

std::string traces_url(std::string url) {
  return is_grpc(url) ? std::move(url) : with_path(std::move(url), wire::traces_call.path);
}

std::string metrics_url(std::string url) {
  return is_grpc(url) ? std::move(url) : with_path(std::move(url), wire::metrics_call.path);
}

std::unique_ptr<Sink> make(const Tools& tools, PostingSettings settings) {
  return sink_for(spans, tools, std::move(settings));
}

std::unique_ptr<Sink> make_for_metrics(const Tools& tools, PostingSettings settings) {
  settings.batch_bytes = 1;
  return std::make_unique<Samples>(sink_for(points, tools, std::move(settings)));
}

}  // namespace outrider::sinks::otlp
