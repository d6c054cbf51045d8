#include "agent/sources/haproxy/haproxy_source.hpp"

#include "agent/async/race.hpp"
#include "agent/seal/digest.hpp"
#include "agent/sources/haproxy/statistics.hpp"
#include "agent/sources/looking.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace outrider::sources::haproxy {
namespace {

using core::fail;
using core::Outcome;

constexpr std::size_t most_bytes = 4UL << 20;

core::Error too_long() { return {core::Errc::corrupt, "its answer is too long for statistics"}; }

class HaproxyLooker final : public Looker {
 public:
  HaproxyLooker(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        labels_(labels_at(settings_.place(), settings_, tools.resource)) {}

  core::Task<Sight> look() override {
    core::Task<Outcome<std::string>> asking = settings_.url.empty() ? ask_socket() : ask_page();
    std::string doing = "the answer of " + settings_.place();
    const Outcome<std::string> csv =
        co_await async::with_deadline(tools_.clock, settings_.timeout, std::move(doing), std::move(asking));
    // It may be long, and others wait for the river.
    auto read = [&] { return sight_of(csv); };
    Sight sight = co_await async::offload(tools_.pool, read);
    co_return sight;
  }

 private:
  core::Task<Outcome<std::string>> ask_page() {
    net::Request request;
    request.url = settings_.url;
    request.tls = settings_.tls;
    request.most_body_bytes = most_bytes;
    if (!settings_.user.empty()) {
      const std::string login = settings_.user + ":" + settings_.password.reveal();
      request.headers = {{"Authorization", "Basic " + seal::encode(login, seal::Letters::base64)}};
    }
    Outcome<net::Response> answer = co_await tools_.http.ask(std::move(request), step_limit(settings_));
    if (!answer) co_return fail(answer.error());
    if (answer->status != 200) co_return fail(not_200(answer->status));
    if (answer->body_left_out) co_return fail(too_long());
    co_return std::move(answer->body);
  }

  // It says all that it has to say, and hangs up.
  core::Task<Outcome<std::string>> ask_socket() {
    const core::Duration limit = step_limit(settings_);
    auto stream = co_await tools_.streams.connect(settings_.socket, std::nullopt, limit);
    if (!stream) co_return fail(stream.error());
    const Outcome<> sent = co_await (*stream)->write_all("show stat\n", limit);
    if (!sent) co_return fail(sent.error());
    std::string csv;
    std::vector<char> buffer(16UL * 1024);
    for (;;) {
      const Outcome<std::size_t> size = co_await (*stream)->read_some(buffer, limit);
      if (!size) co_return fail(size.error());
      if (*size == 0) co_return csv;
      csv.append(buffer.data(), *size);
      if (csv.size() > most_bytes) co_return fail(too_long());
    }
  }

  Sight sight_of(const Outcome<std::string>& csv) const {
    telemetry::FamilyWriter out(labels_);
    const Outcome<> read = csv ? put_statistics(out, *csv) : Outcome<>(fail(csv.error()));
    if (read) {
      put_up(out, true);
      return {out.take()};
    }
    telemetry::FamilyWriter down(labels_);
    put_up(down, false);
    return {down.take(), read.error()};
  }

  Tools tools_;
  Settings settings_;
  telemetry::Labels labels_;
};

}  // namespace

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings) {
  const Looking looking = looking_at("haproxy", settings.place(), settings);
  return make_looking(tools, looking, std::make_unique<HaproxyLooker>(tools, std::move(settings)));
}

}  // namespace outrider::sources::haproxy
