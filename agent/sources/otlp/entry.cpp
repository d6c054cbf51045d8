#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/values/tls_files.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/otlp/heard/heard_metrics.hpp"
#include "agent/sources/otlp/otlp.hpp"

#include <utility>

namespace outrider::sources::otlp {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

template <class Listening>
std::optional<config::Complaint> judge(const Listening& plan) {
  if (plan.http.empty() && plan.grpc.empty())
    return config::Complaint{"http", "give at least one of `http` and `grpc`: it would hear nothing"};
  if (plan.http == plan.grpc) {
    return config::Complaint{"grpc",
                             "`http` and `grpc` are both " + plan.grpc + "; give each a port of its own"};
  }
  return std::nullopt;
}

template <class Listening, class M>
M Listening::* of(M ListenPlan::* member) {
  return member;
}

// The same words for each signal; of metrics there are more.
template <class Listening>
config::Object<Listening> words_of_listening() {
  return config::Object<Listening>()
      .optional("http", of<Listening>(&ListenPlan::http), config::endpoint(),
                "OTLP over HTTP, in Protobuf or JSON: host:port")
      .optional("grpc", of<Listening>(&ListenPlan::grpc), config::endpoint(), "OTLP over gRPC: host:port")
      .optional("tls", of<Listening>(&ListenPlan::tls), config::tls_files<net::TlsFiles>(),
                "listen over TLS, at both addresses")
      .optional("most_request", of<Listening>(&ListenPlan::most_request),
                config::bytes(64 * 1024, 256u << 20),
                "a request that is larger, packed or unpacked, is refused")
      .optional("connections", of<Listening>(&ListenPlan::connections), config::whole(1, 10'000),
                "how many senders may be connected at once, of each kind")
      .rule(judge<Listening>);
}

ListenPlan finished(ListenPlan plan, Signal signal) {
  plan.signal = signal;
  plan.reception = make;
  return plan;
}

config::Kind<ListenPlan> listening(Signal signal) {
  const std::function<ListenPlan(ListenPlan)> turn = [signal](ListenPlan plan) {
    return finished(std::move(plan), signal);
  };
  return words_of_listening<ListenPlan>().kind().as<ListenPlan>(turn);
}

LogPlan to_log_plan(ListenPlan listen) {
  LogPlan plan;
  plan.streams = {std::string(log_stream)};
  plan.listen = std::move(listen);
  plan.format = "otlp";
  return plan;
}

// As metrics are listened for.
struct Hearing : ListenPlan {
  std::uint64_t most_series = SeriesBounds().series;
  core::Duration forget_after = SeriesBounds().forget_after;
  telemetry::Labels labels;
};

HeardPlan to_heard_plan(Hearing hearing) {
  const HeardSettings settings{{hearing.most_series, hearing.forget_after}, std::move(hearing.labels)};
  HeardPlan plan;
  plan.listen = finished(std::move(hearing), Signal::metrics);  // that part of it
  plan.make = [settings](const Tools& tools) { return make_heard_metrics(tools, settings); };
  return plan;
}

config::Kind<HeardPlan> hearing_metrics() {
  const config::Kind<Hearing> words =
      words_of_listening<Hearing>()
          .optional("most_series", &Hearing::most_series, config::whole(1, 1'000'000),
                    "so many series are shown; what is new then goes into one for all others of its name")
          .optional("forget_after", &Hearing::forget_after, config::duration(1min, 24h),
                    "a series of which nothing is said for so long goes")
          .optional("labels", &Hearing::labels, labels_of_series(), labels_help);
  const std::function<HeardPlan(Hearing)> turn = to_heard_plan;
  return words.as<HeardPlan>(turn);
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<LogPlan(ListenPlan)> turn = to_log_plan;
  shelf.put(TraceEntry{"otlp", "spans over OTLP", listening(Signal::traces)});
  shelf.put(LogEntry{"otlp", "log records over OTLP", listening(Signal::logs).as<LogPlan>(turn)});
  shelf.put(HeardEntry{"otlp", "metrics over OTLP", hearing_metrics()});
}

}  // namespace outrider::sources::otlp
