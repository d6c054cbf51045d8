#include "agent/config/kinds.hpp"
#include "agent/config/values/labels.hpp"
#include "agent/sinks/posting_settings.hpp"
#include "agent/sinks/remote_write/dialect.hpp"
#include "agent/sinks/remote_write/remote_write_sink.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace outrider::sinks::remote_write {

void enter(Shelf& shelf);

namespace {

using namespace std::chrono_literals;
using config::Complaint;
using telemetry::remote_write::View;

struct Written : WrittenPosting, View {};

MetricPlan to_plan(const Written& written) {
  const PostingSettings settings = written.settings();
  MetricPlan plan;
  plan.plan.buffer_bytes = written.buffer;
  plan.plan.make = [settings](const Tools& tools) { return make(tools, settings); };
  plan.plan.name = shown_urls(settings.urls);
  plan.view = static_cast<const View&>(written);  // that part of it
  return plan;
}

Written nothing_else(std::string url) {
  Written written;
  written.urls = {std::move(url)};
  return written;
}

std::optional<std::string> trouble_with_path(const std::string& url) {
  const std::size_t path = url.find('/', url.find("//") + 2);
  if (path != std::string::npos && path + 1 < url.size()) return std::nullopt;
  return "needs the path where it takes remote write, such as http://prometheus:9090/api/v1/write";
}

std::optional<Complaint> url_twice(const Written& written) {
  for (const std::string& url : written.urls) {
    if (std::ranges::count(written.urls, url) > 1) return Complaint{"urls", url + " is there twice"};
  }
  return std::nullopt;
}

std::optional<Complaint> header_of_the_protocol(const Written& written) {
  for (const auto& [name, value] : written.headers) {
    if (is_reserved(name))
      return Complaint{"headers", "`headers` cannot have " + name + ": it belongs to remote write itself"};
  }
  return std::nullopt;
}

std::optional<Complaint> label_of_the_series(const Written& written) {
  for (const telemetry::Label& label : written.labels) {
    if (label.name.starts_with("__") || label.name == "le" || label.name == "quantile")
      return Complaint{
          "labels", fmt::format("`labels` cannot have {}: it belongs to the series themselves", label.name)};
  }
  return std::nullopt;
}

std::optional<std::string> trouble_with_pattern(const std::string& pattern) {
  constexpr std::string_view fine = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:*";
  if (pattern.find_first_not_of(fine) == std::string::npos) return std::nullopt;
  return "must be the name of a metric; * stands for any number of characters";
}

template <class M>
M Written::* of(M View::* member) {
  return static_cast<M Written::*>(member);
}

config::Kind<Written> long_form() {
  using Urls = std::vector<std::string>;
  const auto url = config::url({"http", "https"}).check(trouble_with_path);
  const auto names = config::list_of(config::text_matching(1, 256).check(trouble_with_pattern), 1, 1000);
  config::Object<Written> keys;
  keys.one_of<Urls>(
          static_cast<Urls Written::*>(&WrittenPosting::urls),
          {{"url", only_url(url), "the receiver, with its path: http://prometheus:9090/api/v1/write"},
           {"urls", config::list_of(url, 1, 64),
            "several of the same: requests go to one after the other; one that fails rests, and others take "
            "over"}})
      .optional("every", of(&View::every), config::duration(100ms, 1h), "how often samples are taken")
      .optional("keep", of(&View::keep), names,
                "names of the metrics that it gets, * for anything; all else not")
      .optional("drop", of(&View::drop), names, "names of metrics that it does not get")
      .optional("labels", of(&View::labels), config::labels<telemetry::Labels>(),
                "labels for each series that does not carry them itself");
  return with_receiver_keys(std::move(keys))
      .rule(url_twice)
      .rule(header_of_the_protocol)
      .rule(label_of_the_series);
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Written(std::string)> short_form = nothing_else;
  const auto url = config::url({"http", "https"}).check(trouble_with_path);
  const std::function<MetricPlan(Written)> turn = to_plan;
  shelf.put_for_metrics({"remote_write",
                         "where samples go by Prometheus' remote write; each receiver gets all of them",
                         config::either(url.as<Written>(short_form), long_form()).as<MetricPlan>(turn)});
}

}  // namespace outrider::sinks::remote_write
