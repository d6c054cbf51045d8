#include "agent/config/kinds.hpp"
#include "agent/sinks/otlp/grpc/grpc_client.hpp"
#include "agent/sinks/otlp/otlp_sink.hpp"
#include "agent/sinks/poster.hpp"
#include "agent/sinks/view_keys.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::sinks::otlp {

void enter(Shelf& shelf);

namespace {

using config::Complaint;

std::string_view scheme_of(std::string_view url) { return url.substr(0, url.find(':')); }

std::optional<Complaint> mixed_urls(const WrittenPosting& written) {
  for (const std::string& url : written.urls) {
    if (scheme_of(url) != scheme_of(written.urls.front()))
      return Complaint{"urls", "the addresses of one receiver are all http, https, grpc or grpcs"};
    if (std::ranges::count(written.urls, url) > 1) return Complaint{"urls", url + " is there twice"};
  }
  return std::nullopt;
}

std::optional<std::string> trouble_with_path(const std::string& url) {
  if (!is_grpc(url) || url.find_first_of("/?#", url.find("//") + 2) == std::string::npos) return std::nullopt;
  return "must have no path: over gRPC it is the protocol's own. Write grpc://host:port";
}

std::optional<Complaint> header_of_the_protocol(const WrittenPosting& written) {
  if (written.urls.empty() || !is_grpc(written.urls.front())) return std::nullopt;
  for (const auto& [name, value] : written.headers) {
    if (is_grpcs_own(name)) return Complaint{"headers", "the header " + name + " belongs to gRPC itself"};
  }
  return std::nullopt;
}

Plan to_plan(const WrittenPosting& written) {
  PostingSettings settings = written.settings();
  for (std::string& url : settings.urls) url = traces_url(std::move(url));
  Plan plan;
  plan.buffer_bytes = written.buffer;
  plan.make = [settings](const Tools& tools) { return make(tools, settings); };
  return plan;
}

WrittenPosting nothing_else(std::string url) {
  WrittenPosting written;
  written.urls = {std::move(url)};
  return written;
}

using telemetry::remote_write::View;

struct WrittenMetrics : WrittenPosting, View {};

// In `metrics.send_to`: {otlp: …}
struct MetricDestination {
  MetricPlan plan;
};

MetricPlan to_metric_plan(const WrittenMetrics& written) {
  PostingSettings settings = written.settings();
  for (std::string& url : settings.urls) url = metrics_url(std::move(url));
  return metric_plan(written, settings,
                     [settings](const Tools& tools) { return make_for_metrics(tools, settings); });
}

WrittenMetrics only_metrics(std::string url) {
  WrittenMetrics written;
  written.urls = {std::move(url)};
  return written;
}

config::Kind<MetricPlan> metric_destination() {
  using Urls = std::vector<std::string>;
  const auto url = config::url({"http", "https", "grpc", "grpcs"}).check(trouble_with_path);
  config::Object<WrittenMetrics> keys;
  keys.one_of<Urls>(
          static_cast<Urls WrittenMetrics::*>(&WrittenPosting::urls),
          {{"url", only_url(url),
            "the receiver. Over HTTP, /v1/metrics is added where it is not there; over gRPC (grpc, and "
            "grpcs with TLS), the port is 4317 where there is none"},
           {"urls", config::list_of(url, 1, 64),
            "several of the same: requests go to one after the other; one that fails rests, and "
            "others take over"}})
      .optional("gzip", static_cast<bool WrittenMetrics::*>(&WrittenPosting::gzip), config::yes_or_no(),
                "pack requests");
  const std::function<WrittenMetrics(std::string)> short_form = only_metrics;
  const std::function<MetricPlan(WrittenMetrics)> turn = to_metric_plan;
  const config::Kind<WrittenMetrics> long_form =
      with_receiver_keys(with_view_keys(std::move(keys))).rule(mixed_urls).rule(header_of_the_protocol);
  const config::Kind<MetricDestination> destination = config::Object<MetricDestination>().one_of(
      &MetricDestination::plan,
      {{"otlp", config::either(url.as<WrittenMetrics>(short_form), long_form).as<MetricPlan>(turn),
        "OTLP over HTTP or gRPC, in Protobuf: any collector"}},
      "what samples are sent by");
  const std::function<MetricPlan(MetricDestination)> plan_of = [](MetricDestination chosen) {
    return std::move(chosen.plan);
  };
  return destination.as<MetricPlan>(plan_of);
}

}  // namespace

void enter(Shelf& shelf) {
  const auto url = config::url({"http", "https", "grpc", "grpcs"}).check(trouble_with_path);
  const std::function<WrittenPosting(std::string)> short_form = nothing_else;
  using Urls = std::vector<std::string>;
  config::Object<WrittenPosting> addresses;
  addresses.one_of<Urls>(
      &WrittenPosting::urls,
      {{"url", only_url(url),
        "the receiver. Over HTTP, /v1/traces is added where it is not there; over gRPC (grpc, and grpcs with "
        "TLS), the port is 4317 where there is none"},
       {"urls", config::list_of(url, 1, 64),
        "several of the same: requests go to one after the other; one that fails rests, and others take "
        "over"}});
  const config::Kind<WrittenPosting> long_form =
      with_posting_keys(std::move(addresses)).rule(mixed_urls).rule(header_of_the_protocol);
  const auto written = config::either(url.as<WrittenPosting>(short_form), long_form);
  const std::function<Plan(WrittenPosting)> turn = to_plan;
  shelf.put_for_metrics({"send_to", "where samples go by other protocols; each destination gets all of them",
                         metric_destination()});
  shelf.put_for_traces({"otlp", "OTLP over HTTP or gRPC: Jaeger, or any collector", written.as<Plan>(turn)});
}

}  // namespace outrider::sinks::otlp
