#include "tests/contract/sink_worlds.hpp"

#include "agent/sinks/elasticsearch/testing/fake_cluster.hpp"
#include "agent/sinks/fake_logstash.hpp"
#include "agent/telemetry/otlp/testing.hpp"
#include "agent/telemetry/remote_write/testing.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace outrider::contract {
namespace {

using namespace std::chrono_literals;
using sinks::testing::House;
using Numbers = std::vector<std::uint64_t>;

std::uint64_t number_in(const std::string& line) { return std::stoull(line.substr(line.find("\"n\":") + 4)); }

class FileWorld final : public SinkWorld {
 public:
  explicit FileWorld(House& house) : house_(house) {}
  void be(Health health) override { house_.files.faults.read_only = health != Health::well; }
  Numbers arrived() override {
    std::istringstream text(house_.files.read_all("/logs/x.log", 1u << 30).value_or(""));
    Numbers numbers;
    for (std::string line; std::getline(text, line);) numbers.push_back(number_in(line));
    return numbers;
  }
  const sinks::Tools& tools() override { return house_.tools; }

 private:
  House& house_;
};

// Those whose ids tell what came twice.
class ById {
 public:
  void take(const std::string& id, std::uint64_t number) {
    if (ids_.insert(id).second) numbers_.push_back(number);
  }
  const Numbers& numbers() const { return numbers_; }

 private:
  std::set<std::string> ids_;
  Numbers numbers_;
};

class LogstashWorld final : public SinkWorld {
 public:
  explicit LogstashWorld(House& house) : house_(house) { house.nursery.start(logstash_.run()); }
  void be(Health health) override {
    if (health == Health::well) logstash_.answer = sinks::logstash::testing::FakeLogstash::take_all;
    if (health == Health::sick) logstash_.answer = &LogstashWorld::hang_up;
    if (health == Health::silent)
      logstash_.answer = [this](net::Stream&, std::uint32_t) { return say_nothing(); };
  }
  Numbers arrived() override {
    ById seen;
    for (const std::string& event : logstash_.events)
      seen.take(sinks::elasticsearch::testing::FakeCluster::field_of(event, "_id"), number_in(event));
    return seen.numbers();
  }
  const sinks::Tools& tools() override { return house_.tools; }

 private:
  static core::Task<bool> hang_up(net::Stream&, std::uint32_t) { co_return false; }
  core::Task<bool> say_nothing() {
    co_await house_.clock.sleep(1h);
    co_return false;
  }
  House& house_;
  sinks::logstash::testing::FakeLogstash logstash_{house_.streams, "logstash:5044"};
};

class HttpWorld final : public SinkWorld {
 public:
  explicit HttpWorld(House& house) : house_(house) {
    house.net.add_host("logs:80", [this](const net::Call& call) { return take(call); });
  }
  void be(Health health) override {
    net::Fault fault;
    if (health == Health::sick) fault.trouble = net::Trouble::status;
    if (health == Health::silent) fault.trouble = net::Trouble::hang;
    house_.net.set_fault("logs:80", fault);
  }
  Numbers arrived() override { return seen_.numbers(); }
  const sinks::Tools& tools() override { return house_.tools; }

 private:
  net::Response take(const net::Call& call) {
    std::istringstream body(call.body);
    for (std::string line; std::getline(body, line);)
      seen_.take(sinks::elasticsearch::testing::FakeCluster::field_of(line, "log.record.uid"),
                 number_in(line));
    return {};
  }
  House& house_;
  ById seen_;
};

// A request for each number, with one span of that number: nobody has the number 0.
telemetry::BatchPointer numbered_spans(std::uint64_t first, std::uint64_t count) {
  std::vector<std::string> requests;
  for (std::uint64_t n = first; n < first + count; ++n)
    requests.push_back(telemetry::otlp::testing::numbered_request(n + 1, 1));
  return sinks::testing::batch_of(requests, first);
}

class OtlpWorld final : public SinkWorld {
 public:
  explicit OtlpWorld(House& house) : house_(house) {
    house.net.add_host("jaeger:4318", [this](const net::Call& call) { return take(call); });
  }
  void be(Health health) override {
    net::Fault fault;
    if (health == Health::sick) fault.trouble = net::Trouble::status;
    if (health == Health::silent) fault.trouble = net::Trouble::hang;
    house_.net.set_fault("jaeger:4318", fault);
  }
  Numbers arrived() override { return seen_.numbers(); }
  const sinks::Tools& tools() override { return house_.tools; }

 private:
  net::Response take(const net::Call& call) {
    for (const std::uint64_t number : telemetry::otlp::testing::numbers_of(call.body))
      seen_.take(std::to_string(number), number - 1);
    return {};
  }
  House& house_;
  ById seen_;
};

// A portion for each number, with one sample of that value.
telemetry::BatchPointer numbered_samples(std::uint64_t first, std::uint64_t count) {
  std::vector<std::string> portions;
  for (std::uint64_t n = first; n < first + count; ++n) {
    telemetry::FamilyWriter writer;
    writer.put(writer.family("n", telemetry::MetricType::gauge, ""), static_cast<double>(n));
    const auto set = std::make_shared<const telemetry::FamilySet>(writer.take());
    telemetry::remote_write::PortionWriter written({});
    portions.push_back(written.write({set}, 1'700'000'000'000).at(0).packed);
  }
  return sinks::testing::batch_of(portions, first);
}

class RemoteWriteWorld final : public SinkWorld {
 public:
  explicit RemoteWriteWorld(House& house) : house_(house) {
    house.net.add_host("prometheus:9090", [this](const net::Call& call) { return take(call); });
  }
  void be(Health health) override {
    net::Fault fault;
    if (health == Health::sick) fault.trouble = net::Trouble::status;
    if (health == Health::silent) fault.trouble = net::Trouble::hang;
    house_.net.set_fault("prometheus:9090", fault);
  }
  Numbers arrived() override { return seen_.numbers(); }
  const sinks::Tools& tools() override { return house_.tools; }

 private:
  net::Response take(const net::Call& call) {
    for (const auto& one : telemetry::remote_write::testing::series_in(call.body)) {
      const auto number = static_cast<std::uint64_t>(one.value());
      seen_.take(std::to_string(number), number);
    }
    return {};
  }
  House& house_;
  ById seen_;
};

// A collector of metrics: each point has a number as its value.
class OtlpMetricsWorld final : public SinkWorld {
 public:
  explicit OtlpMetricsWorld(House& house) : house_(house) {
    house.net.add_host("collector:4318", [this](const net::Call& call) { return take(call); });
  }
  void be(Health health) override {
    net::Fault fault;
    if (health == Health::sick) fault.trouble = net::Trouble::status;
    if (health == Health::silent) fault.trouble = net::Trouble::hang;
    house_.net.set_fault("collector:4318", fault);
  }
  Numbers arrived() override { return seen_.numbers(); }
  const sinks::Tools& tools() override { return house_.tools; }

 private:
  net::Response take(const net::Call& call) {
    // Of a request, its resources, their scopes, metrics, gauges and points: those of that number.
    std::vector<std::string> messages{call.body};
    for (const std::uint32_t number : {1u, 2u, 2u, 5u, 1u}) {
      std::vector<std::string> inner;
      for (const std::string& message : messages) {
        for (std::string& one : telemetry::otlp::testing::fields_of(message, number))
          inner.push_back(std::move(one));
      }
      messages = std::move(inner);
    }
    for (const std::string& point : messages) {
      protozero::pbf_reader reader(point);
      while (reader.next(4)) {
        const auto number = static_cast<std::uint64_t>(reader.get_double());
        seen_.take(std::to_string(number), number);
      }
    }
    return {};
  }
  House& house_;
  ById seen_;
};

// A cluster behind a gate that can be shut.
class ElasticsearchWorld final : public SinkWorld, public net::Client {
 public:
  explicit ElasticsearchWorld(House& house) : house_(house) {}
  void be(Health health) override { health_ = health; }
  Numbers arrived() override {
    Numbers numbers;
    for (const auto& [index, kept] : cluster_.indices) {
      for (const auto& [id, document] : kept) numbers.push_back(number_in(document));
    }
    std::ranges::sort(numbers);  // a cluster has no order of coming
    return numbers;
  }
  const sinks::Tools& tools() override { return tools_; }

  core::Task<core::Outcome<net::Response>> ask(net::Request request, core::Duration limit) override {
    if (health_ == Health::silent) {
      co_await house_.clock.sleep(limit);
      co_return core::fail(core::Errc::timed_out, "cannot read from it: no answer");
    }
    if (health_ == Health::sick) co_return net::Response{503, {}, ""};
    co_return co_await cluster_.ask(std::move(request), limit);
  }

 private:
  House& house_;
  Health health_ = Health::well;
  sinks::elasticsearch::testing::FakeCluster cluster_{house_.clock};
  sinks::Tools tools_{house_.clock,    *house_.pool, house_.files,   house_.log,
                      house_.registry, *this,        *house_.random, house_.streams};
};

template <class World>
std::unique_ptr<SinkWorld> make_world(House& house) {
  return std::make_unique<World>(house);
}

}  // namespace

const std::map<std::string, SinkScene, std::less<>>& sink_scenes() {
  static const std::map<std::string, SinkScene, std::less<>> all{
      {"file",
       {"{path: /logs/x.log}",
        {{"{path: x.log}", "path"}, {"{}", "path"}, {"{path: /x, sync: often}", "sync"}},
        make_world<FileWorld>,
        false}},
      {"logstash",
       {R"({hosts: ["logstash:5044"], window: 7, timeout: 2s, patience: 5s})",
        {{"{hosts: []}", "hosts"}, {R"({hosts: ["a:1"], window: 0})", "window"}},
        make_world<LogstashWorld>}},
      {"http",
       {R"({url: "http://logs/in", batch_bytes: 1KiB, timeout: 2s})",
        {{"{url: nowhere}", "url"}, {R"({url: "http://a", method: GET})", "method"}},
        make_world<HttpWorld>}},
      {"otlp",
       {R"({url: "http://jaeger:4318", batch_bytes: 1KiB, timeout: 2s})",
        {{"{url: nowhere}", "url"}, {R"({url: "http://a", timeout: soon})", "timeout"}},
        make_world<OtlpWorld>,
        true,
        numbered_spans}},
      {"remote_write",
       {R"({url: "http://prometheus:9090/api/v1/write", timeout: 2s})",
        {{"{url: nowhere}", "url"},
         {R"({url: "http://a/w", every: often})", "every"},
         {R"({url: "http://a/w", keep: []})", "keep"},
         {R"({url: "http://a/w", labels: {le: "1"}})", "labels"},
         {R"({url: "http://a/w", headers: {content-type: x}})", "headers"}},
        make_world<RemoteWriteWorld>,
        true,
        numbered_samples}},
      {"send_to",
       {R"({otlp: {url: "http://collector:4318", timeout: 2s}})",
        {{"{otlp: nowhere}", "otlp"},
         {R"({otlp: {url: "http://a", keep: []}})", "keep"},
         {R"({otlp: {url: "grpc://a/v1/metrics"}})", "url"}},
        make_world<OtlpMetricsWorld>,
        true,
        numbered_samples,
        "otlp_metrics"}},
      {"elasticsearch",
       {R"({urls: ["http://es:9200"], data_stream: logs-tests-school, timeout: 2s})",
        {{"{urls: []}", "urls"}, {R"({urls: ["http://a"], data_stream: a, timeout: soon})", "timeout"}},
        make_world<ElasticsearchWorld>}},
  };
  return all;
}

}  // namespace outrider::contract
