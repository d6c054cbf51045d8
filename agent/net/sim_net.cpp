#include "agent/net/sim_net.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/wire/connect.hpp"

#include <cerrno>
#include <optional>
#include <utility>

namespace outrider::net {

using core::Errc;
using core::fail;
using core::Outcome;

namespace {

// Longer than any limit: whoever waits here is cancelled by his own.
constexpr core::Duration for_ever = std::chrono::hours(24 * 365);

}  // namespace

struct SimNet::Way {
  std::string address;
  Progress progress;
};

void SimNet::add_host(const std::string& address, Answerer answer, core::Duration latency) {
  Host& host = hosts_[address];
  host.answer = std::move(answer);
  host.latency = latency;
}

void SimNet::remove_host(const std::string& address) { hosts_[address].answer = nullptr; }

void SimNet::set_fault(const std::string& address, Fault fault) { hosts_[address].fault = fault; }

std::uint64_t SimNet::asked(const std::string& address) const {
  const auto host = hosts_.find(address);
  return host == hosts_.end() ? 0 : host->second.asked;
}

core::Task<Outcome<>> SimNet::connect(Way& way) {
  way.progress.step = "cannot connect to " + way.address;
  Host& host = hosts_[way.address];
  ++host.asked;
  if (host.fault.trouble == Trouble::partition) co_await clock_.sleep(for_ever);
  co_await clock_.sleep(host.latency);
  if (!host.answer || host.fault.trouble == Trouble::refuse) {
    co_return fail(core::system_error(way.progress.step, ECONNREFUSED));
  }
  co_return Outcome<>();
}

core::Task<Outcome<Response>> SimNet::exchange(const Request& request, const std::string& target, Way& way) {
  const Outcome<> connected = co_await connect(way);
  if (!connected) co_return fail(connected.error());
  way.progress.step = "cannot read from " + way.address;
  const Host& host = hosts_[way.address];
  const Fault fault = host.fault;
  if (fault.trouble == Trouble::slow) co_await clock_.sleep(fault.delay);
  if (fault.trouble == Trouble::hang || fault.trouble == Trouble::partition) co_await clock_.sleep(for_ever);
  if (fault.trouble == Trouble::garbage) {
    co_return fail(Errc::corrupt, way.progress.step + ": what came is not HTTP: bad version");
  }
  // The host may have gone while the question was on its way.
  if (fault.trouble == Trouble::cut || !host.answer) {
    const std::string when = host.answer ? "in the middle of the answer" : "without an answer";
    co_return fail(Errc::unavailable, way.progress.step + ": the connection was closed " + when);
  }
  Response response;
  response.status = fault.status;
  if (fault.trouble == Trouble::status) co_return response;
  Call call;
  if (!split_target(target, call.path, call.query)) {
    response.status = 400;
    co_return response;
  }
  call.method = request.method;
  call.headers = request.headers;
  call.body = request.payload();
  call.peer = "127.0.0.1:40000";
  call.local_socket = way.address.starts_with("unix:");
  response = host.answer(call);
  if (request.hear && response.status / 100 == 2) (void)request.hear(std::exchange(response.body, {}));
  if (request.most_body_bytes > 0 && response.body.size() > request.most_body_bytes) {
    response.body.clear();
    response.body_left_out = true;
  }
  co_return response;
}

class SimClient final : public Client {
 public:
  explicit SimClient(SimNet& net) : net_(net) {}

  core::Task<Outcome<Response>> ask(Request request, core::Duration limit) override {
    const auto url = read_url(request.url);
    if (!url) co_return fail(url.error());
    SimNet::Way way;
    way.address = url->endpoint.text();
    std::optional<Outcome<Response>> outcome;
    core::Task<void> work = perform(request, url->target, way, outcome);
    const bool in_time = co_await async::finish_within(net_.clock_, limit, std::move(work));
    if (!in_time || !outcome) co_return fail(way.progress.timed_out(limit));
    co_return std::move(*outcome);
  }

 private:
  core::Task<void> perform(const Request& request, const std::string& target, SimNet::Way& way,
                           std::optional<Outcome<Response>>& outcome) {
    outcome = co_await net_.exchange(request, target, way);
  }

  SimNet& net_;
};

class SimDialer final : public Dialer {
 public:
  explicit SimDialer(SimNet& net) : net_(net) {}

  core::Task<Outcome<>> touch(std::string address, core::Duration limit) override {
    const auto endpoint = read_endpoint(address);
    if (!endpoint) co_return fail(endpoint.error());
    SimNet::Way way;
    way.address = endpoint->text();
    Outcome<> outcome;
    core::Task<void> work = perform(way, outcome);
    const bool in_time = co_await async::finish_within(net_.clock_, limit, std::move(work));
    if (!in_time) co_return fail(way.progress.timed_out(limit));
    co_return outcome;
  }

 private:
  core::Task<void> perform(SimNet::Way& way, Outcome<>& outcome) { outcome = co_await net_.connect(way); }

  SimNet& net_;
};

std::unique_ptr<Client> SimNet::make_client() { return std::make_unique<SimClient>(*this); }
std::unique_ptr<Dialer> SimNet::make_dialer() { return std::make_unique<SimDialer>(*this); }

}  // namespace outrider::net
