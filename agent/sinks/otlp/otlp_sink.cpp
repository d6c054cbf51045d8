#include "agent/sinks/otlp/otlp_sink.hpp"

#include "agent/core/text.hpp"
#include "agent/net/wire/retry_after.hpp"
#include "agent/sinks/otlp/grpc/grpc_answer.hpp"
#include "agent/sinks/otlp/grpc/grpc_client.hpp"
#include "agent/sinks/posting_sink.hpp"
#include "agent/telemetry/otlp/answer.hpp"

#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::sinks::otlp {
namespace {

namespace wire = telemetry::otlp;

constexpr std::string_view traces_path = "/v1/traces";
constexpr std::string_view protobuf = "application/x-protobuf";

std::uint64_t spans_in(const Records& records) {
  std::uint64_t spans = 0;
  for (const telemetry::Record* record : records) spans += record->count;
  return spans;
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

class Spans final : public Dialect {
 public:
  Spans(const Tools& tools, const std::string& sink, const Words& words)
      : words_(words),
        log_(tools.log),
        sink_(sink),
        rejected_(&::prometheus::BuildCounter()
                       .Name("outrider_otlp_sink_rejected_spans_total")
                       .Help("Spans that the receiver left out of a request that it took.")
                       .Register(tools.registry)
                       .Add({{"sink", sink}})) {}

  Names names() const override {
    return {"otlp", "outrider_otlp_sink_requests_total", "outrider_otlp_sink_sent_bytes_total", words_.doubt,
            "outrider_otlp_sink_receiver_up"};
  }

  void add_headers(net::Headers& headers, const Records&) const override {
    headers.emplace_back("Content-Type", std::string(words_.content_type));
  }

  // Requests, one behind the other, are one request.
  std::string body_of(const Records& records) const override {
    std::string body;
    body.reserve(bytes_of(records));
    for (const telemetry::Record* record : records) body += record->text;
    return body;
  }

  Posted meaning_of(const net::Response& answer, const Records& records, core::WallTime now) override {
    Posted posted = words_.posted(answer, now);
    return posted.meaning == Meaning::taken ? taken(answer, records) : std::move(posted);
  }

 private:
  // Which spans it means, when it left out some, nobody knows but itself, and it must not be asked again.
  Posted taken(const net::Response& answer, const Records& records) {
    const auto partial = wire::read_answer(answer.body);
    if (!partial || (partial->rejected == 0 && partial->why.empty())) return {};
    const std::string why = core::without_controls(partial->why);
    if (partial->rejected >= spans_in(records)) {
      const std::string said = fmt::format("it rejected all of it: {}", why);
      return {Meaning::refused, said, {core::Errc::refused, said}};
    }
    rejected_->Increment(static_cast<double>(partial->rejected));
    if (why != told_) {
      log_.warn("sinks", "The receiver has taken spans, and complains",
                {{"sink", sink_}, {"rejected", partial->rejected}, {"why", why}});
      told_ = why;
    }
    return {};
  }

  const Words& words_;
  core::Log& log_;
  std::string sink_;
  ::prometheus::Counter* rejected_;
  std::string told_;
};

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
  if (url.find_first_of("?#") != std::string::npos) return url;
  while (url.ends_with('/')) url.pop_back();
  return url.ends_with(traces_path) ? url : url + std::string(traces_path);
}

std::unique_ptr<Sink> make(const Tools& tools, PostingSettings settings) {
  const bool by_grpc = is_grpc(settings.urls.front());
  auto spans = std::make_unique<Spans>(tools, fmt::format("otlp {}", shown_urls(settings.urls)),
                                       by_grpc ? grpc_words : http_words);
  std::vector<std::unique_ptr<net::Client>> ways;
  if (by_grpc) {
    for (const std::string& url : settings.urls)
      ways.push_back(std::make_unique<GrpcClient>(tools.clock, tools.streams, url, settings.tls));
  }
  return make_posting_sink(tools, std::move(settings), std::move(spans), std::move(ways));
}

}  // namespace outrider::sinks::otlp
