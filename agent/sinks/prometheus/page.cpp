#include "agent/sinks/prometheus/page.hpp"

#include "agent/net/wire/accept.hpp"

#include <vector>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::sinks::prometheus {
namespace {

using telemetry::Format;

// For what looks at the machine when it is asked: it takes a few milliseconds, unless something hangs.
constexpr core::Duration patience = std::chrono::milliseconds(200);

Format wanted_format(const net::Call& call) {
  // Equal wishes ("*/*") get text: it is what people with a browser or curl can read.
  static constexpr std::array<std::string_view, 6> offers{
      "text/plain; version=0.0.4",
      "application/openmetrics-text; version=1.0.0",
      "application/openmetrics-text; version=0.0.1",
      "application/openmetrics-text",
      "text/plain",
      "text/*",
  };
  const auto best = net::negotiate(net::header(call.headers, "Accept"), offers);
  return best && *best >= 1 && *best <= 3 ? Format::open_metrics : Format::text;
}

::prometheus::Family<::prometheus::Counter>& errors_family(::prometheus::Registry& registry) {
  return ::prometheus::BuildCounter()
      .Name("outrider_scrape_errors_total")
      .Help("Scrapes, families or series of the target that could not be used, by reason.")
      .Register(registry);
}

}  // namespace

MetricsPage::MetricsPage(const async::Executor& carry, Tools tools, telemetry::Labels own,
                         core::Duration keep_for)
    : tools_(tools),
      own_(std::move(own)),
      keep_for_(keep_for),
      scrape_errors_(errors_family(tools.registry)) {
  for (Variant& variant : variants_) variant.done = std::make_unique<async::Bell>(carry);
  auto& renders = ::prometheus::BuildCounter()
                      .Name("outrider_sink_renders_total")
                      .Help("How often the metrics page was rendered, by format.")
                      .Register(tools.registry);
  for (const Format format : {Format::text, Format::open_metrics}) {
    renders_[static_cast<std::size_t>(format)] =
        &renders.Add({{"format", std::string(telemetry::name_of(format))}});
  }
}

MetricsPage::~MetricsPage() = default;

net::Handler MetricsPage::handler() {
  return [this](const net::Call& call) { return answer(call); };
}

core::Task<net::Response> MetricsPage::answer(const net::Call& call) {
  net::Response response;
  if (call.method != "GET" && call.method != "HEAD") {
    response.status = 405;
    response.headers = {{"Allow", "GET, HEAD"}};
    co_return response;
  }
  const Format format = wanted_format(call);
  const bool zipped = net::accepts_encoding(net::header(call.headers, "Accept-Encoding"), "gzip");
  const core::Instant asked = tools_.clock.now();
  const std::shared_ptr<const Page> page = co_await page_for(format, zipped, asked);
  response.headers = {{"Content-Type", std::string(telemetry::content_type(format))},
                      {"Vary", "Accept, Accept-Encoding"}};
  if (zipped) response.headers.emplace_back("Content-Encoding", "gzip");
  response.shared_body = {page, &page->body};
  co_return response;
}

core::Task<std::shared_ptr<const MetricsPage::Page>> MetricsPage::page_for(Format format, bool zipped,
                                                                           core::Instant asked) {
  Variant& variant = variants_[static_cast<std::size_t>(format) * 2 + (zipped ? 1 : 0)];
  for (;;) {
    // Taken by value: a render that ends while this answer is being sent leaves it its own.
    const std::shared_ptr<const Page> page = variant.page;
    if (page && asked - page->made <= keep_for_) co_return page;
    if (variant.rendering) {
      co_await variant.done->wait();
      continue;
    }
    co_await render(format, zipped, variant);
  }
}

// What the sets look like now; targets that are scraped meanwhile publish new ones.
core::Task<MetricsPage::Looked> MetricsPage::look() {
  for (const telemetry::Board* const board : tools_.boards) co_await board->freshen(tools_.clock, patience);
  Looked looked;
  for (const telemetry::Board* const board : tools_.boards) {
    for (const auto& entry : board->entries()) {
      if (!entry.families) continue;
      looked.scraped.push_back(entry.families);
      looked.targets.push_back(entry.target);
    }
  }
  co_return looked;
}

core::Task<std::vector<telemetry::FamilySetPointer>> MetricsPage::sets() {
  Looked looked = co_await look();
  auto work = [&] {
    return std::make_shared<const telemetry::FamilySet>(
        telemetry::from_registry(tools_.registry.Collect(), own_));
  };
  telemetry::FamilySetPointer own = co_await async::offload(tools_.pool, work);
  std::vector<telemetry::FamilySetPointer> all{std::move(own)};
  all.insert(all.end(), looked.scraped.begin(), looked.scraped.end());
  co_return all;
}

core::Task<void> MetricsPage::render(Format format, bool zipped, Variant& variant) {
  struct Turn {  // those who wait are woken however the render ends; the next of them tries itself then
    Variant& variant;
    explicit Turn(Variant& of) : variant(of) { variant.rendering = true; }
    ~Turn() {
      variant.rendering = false;
      variant.done->ring();
    }
  };
  const Turn turn(variant);
  const Looked looked = co_await look();
  renders_[static_cast<std::size_t>(format)]->Increment();
  const auto fresh = std::make_shared<Page>();
  fresh->made = tools_.clock.now();
  if (variant.page) fresh->body.reserve(variant.page->body.size());  // most often as long as the one before
  telemetry::Written written;
  auto work = [&] {
    const telemetry::FamilySet own = telemetry::from_registry(tools_.registry.Collect(), own_);
    std::vector<const telemetry::FamilySet*> sets{&own};
    for (const auto& set : looked.scraped) sets.push_back(set.get());
    written = telemetry::write_exposition(sets, format, fresh->body);
    if (zipped) fresh->body = telemetry::gzip(fresh->body);
  };
  co_await async::offload(tools_.pool, work);
  count(written, looked);
  variant.page = fresh;
}

void MetricsPage::count(const telemetry::Written& written, const Looked& looked) {
  std::set<telemetry::FamilySetPointer> shown;
  for (std::size_t i = 0; i < looked.scraped.size(); ++i) {
    shown.insert(looked.scraped[i]);
    if (counted_.contains(looked.scraped[i])) continue;  // once for each scrape, however often it is shown
    const auto add = [&](std::uint64_t count, const char* reason) {
      if (count == 0) return;
      scrape_errors_.Add({{"target", looked.targets[i]}, {"reason", reason}})
          .Increment(static_cast<double>(count));
    };
    add(written.conflicts[i + 1], "type_conflict");
    add(written.duplicates[i + 1], "duplicate_series");
  }
  counted_ = std::move(shown);
}

}  // namespace outrider::sinks::prometheus
