#include "agent/sinks/http/http_sink.hpp"

#include "agent/net/wire/retry_after.hpp"
#include "agent/sinks/http/answer.hpp"
#include "agent/sinks/posting_sink.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::sinks::http {
namespace {

// The same whenever the same records are sent.
std::string key_of(const Records& records) {
  std::string key = "\"";
  telemetry::append_document_id(key, records.front()->origin);
  key += '.';
  telemetry::append_document_id(key, records.back()->origin);
  return key + fmt::format(".{}\"", records.size());
}

class Lines final : public Dialect {
 public:
  Names names() const override {
    return {"http", "outrider_http_sink_requests_total", "outrider_http_sink_sent_bytes_total",
            "does it want this form, one JSON object a line?"};
  }

  void add_headers(net::Headers& headers, const Records& records) const override {
    headers.emplace_back("Content-Type", "application/x-ndjson");
    headers.emplace_back("Idempotency-Key", key_of(records));
  }

  std::string body_of(const Records& records) const override {
    std::string lines;
    lines.reserve(bytes_of(records) + records.size() * 48);
    for (const telemetry::Record* record : records) telemetry::append_line_with_id(lines, *record);
    return lines;
  }

  Posted meaning_of(const net::Response& answer, const Records&, core::WallTime now) override {
    const Meaning meaning = http::meaning_of(answer.status);
    if (meaning == Meaning::taken) return {};
    return {meaning, shown(answer), error_of(answer), net::retry_after(answer.headers, now)};
  }
};

}  // namespace

std::unique_ptr<Sink> make(const Tools& tools, Settings settings) {
  return make_posting_sink(tools, std::move(settings), std::make_unique<Lines>());
}

}  // namespace outrider::sinks::http
