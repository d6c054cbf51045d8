#include "agent/config/kinds.hpp"
#include "agent/sinks/posting_settings.hpp"
#include "agent/sinks/remote_write/dialect.hpp"
#include "agent/sinks/remote_write/remote_write_sink.hpp"
#include "agent/sinks/view_keys.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace outrider::sinks::remote_write {

void enter(Shelf& shelf);

namespace {

using config::Complaint;
using telemetry::remote_write::View;

struct Written : WrittenPosting, View {
  Version version = Version::first;
};

MetricPlan to_plan(const Written& written) {
  const PostingSettings settings = written.settings();
  return metric_plan(written, settings, [settings, version = written.version](const Tools& tools) {
    return make(tools, settings, version);
  });
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

// A number, or a word.
config::Kind<Version> version_kind() {
  const auto words =
      config::choice<Version>({{"1", Version::first}, {"2", Version::second}, {"auto", Version::automatic}});
  const auto read = [words](const config::Node& node, config::Report& report) {
    return words.read(node, report);
  };
  const auto describe = [] {
    return config::any_of_schema({config::whole(1, 2).describe(), config::choice_schema({"auto"})});
  };
  return {read, describe};
}

config::Kind<Written> long_form() {
  using Urls = std::vector<std::string>;
  const auto url = config::url({"http", "https"}).check(trouble_with_path);
  config::Object<Written> keys;
  keys.one_of<Urls>(
          static_cast<Urls Written::*>(&WrittenPosting::urls),
          {{"url", only_url(url), "the receiver, with its path: http://prometheus:9090/api/v1/write"},
           {"urls", config::list_of(url, 1, 64),
            "several of the same: requests go to one after the other; one that fails rests, and others take "
            "over"}})
      .optional("version", &Written::version, version_kind(),
                "of the protocol; auto: 2.0 where the receiver knows it, 1.0 where not");
  return with_receiver_keys(with_view_keys(std::move(keys))).rule(url_twice).rule(header_of_the_protocol);
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
