#include "agent/sources/nginx/nginx_source.hpp"

#include "agent/sources/looking.hpp"
#include "agent/sources/nginx/stub_status.hpp"

#include <utility>

namespace outrider::sources::nginx {
namespace {

using core::Outcome;

constexpr std::uint64_t most_page_bytes = 4096;

Outcome<StubStatus> read_answer(const Outcome<net::Response>& answer) {
  if (!answer) return core::fail(answer.error());
  if (answer->status != 200) return core::fail(not_200(answer->status));
  if (answer->body_left_out) {
    return core::fail(core::Errc::corrupt, "its answer is too long for a page of stub_status");
  }
  return read_stub_status(answer->body);
}

class NginxLooker final : public Looker {
 public:
  NginxLooker(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        labels_(labels_at(settings_.url, settings_, tools.resource)) {}

  core::Task<Sight> look() override {
    net::Request request;
    request.url = settings_.url;
    request.tls = settings_.tls;
    request.most_body_bytes = most_page_bytes;
    const Outcome<net::Response> answer = co_await tools_.http.ask(std::move(request), settings_.timeout);
    const Outcome<StubStatus> status = read_answer(answer);
    telemetry::FamilyWriter out(labels_);
    put_up(out, status.has_value());
    if (status) put_status(out, *status);
    Sight sight{out.take()};
    if (!status) sight.trouble = status.error();
    co_return sight;
  }

 private:
  Tools tools_;
  Settings settings_;
  telemetry::Labels labels_;
};

}  // namespace

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings) {
  const Looking looking = looking_at("nginx", settings.url, settings);
  return make_looking(tools, looking, std::make_unique<NginxLooker>(tools, std::move(settings)));
}

}  // namespace outrider::sources::nginx
