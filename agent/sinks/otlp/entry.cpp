#include "agent/config/kinds.hpp"
#include "agent/sinks/otlp/otlp_sink.hpp"

#include <utility>

namespace outrider::sinks::otlp {

void enter(Shelf& shelf);

namespace {

Plan to_plan(const WrittenPosting& written) {
  PostingSettings settings = written.settings();
  settings.url = traces_url(std::move(settings.url));
  Plan plan;
  plan.buffer_bytes = written.buffer;
  plan.make = [settings](const Tools& tools) { return make(tools, settings); };
  return plan;
}

WrittenPosting only_url(std::string url) {
  WrittenPosting written;
  written.url = std::move(url);
  return written;
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<WrittenPosting(std::string)> short_form = only_url;
  const config::Kind<WrittenPosting> long_form =
      posting_keys("the receiver; /v1/traces is added where it is not there");
  const auto written =
      config::either(config::url({"http", "https"}).as<WrittenPosting>(short_form), long_form);
  const std::function<Plan(WrittenPosting)> turn = to_plan;
  shelf.put_for_traces({"otlp", "OTLP over HTTP: Jaeger, or any collector", written.as<Plan>(turn)});
}

}  // namespace outrider::sinks::otlp
