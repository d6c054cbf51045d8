#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/tls_trust.hpp"
#include "agent/sinks/logstash/logstash.hpp"

namespace outrider::sinks::logstash {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

struct Written {
  std::vector<std::string> hosts;
  std::optional<net::TlsTrust> tls;
  int compress = 3;
  std::size_t window = 2048;
  core::Duration timeout = 30s;
  core::Duration patience = 10min;
  std::uint64_t buffer = 8u << 20;
  WhenFull when_full = WhenFull::drop_oldest;
};

std::optional<config::Complaint> judge(const Written& written) {
  if (written.timeout <= written.patience) return std::nullopt;
  return config::Complaint{"patience", "`patience` must not be shorter than `timeout`"};
}

Plan to_plan(Written written) {
  const Settings settings{std::move(written.hosts), std::move(written.tls), written.compress,
                          written.window,           written.timeout,        written.patience};
  return {written.buffer,
          written.when_full,
          [settings](const Tools& tools) { return make(tools, settings); },
          {}};
}

}  // namespace

void enter(Shelf& shelf) {
  const auto when_full = config::choice<WhenFull>(
      {{"drop_oldest", WhenFull::drop_oldest}, {"drop_newest", WhenFull::drop_newest}});
  const config::Kind<Written> written =
      config::Object<Written>()
          .required("hosts", &Written::hosts, config::list_of(config::endpoint(), 1, 64),
                    "where Logstash's `beats` input listens: one is used, the others take over")
          .optional("tls", &Written::tls, config::tls_trust<net::TlsTrust>(),
                    "speak TLS: whom to believe, and who to be")
          .optional("compress", &Written::compress, config::whole(0, 9), "0: not at all, 9: most")
          .optional("window", &Written::window, config::whole(1, 100'000),
                    "how many records may be sent before the first of them is acknowledged")
          .optional("timeout", &Written::timeout, config::duration(1s, 10min),
                    "how long it may give no sign of life")
          .optional("patience", &Written::patience, config::duration(1s, 24h),
                    "how long it may only say that it is alive, while its own outputs are blocked")
          .optional("buffer", &Written::buffer, config::bytes(64 * 1024, 1u << 30),
                    "how many bytes may wait in memory while it takes nothing")
          .optional("when_full", &Written::when_full, when_full,
                    "what goes when more than that waits: drop_oldest or drop_newest; each is counted")
          .rule(judge);
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"logstash", "Logstash, over the protocol of its `beats` input", written.as<Plan>(turn)});
}

}  // namespace outrider::sinks::logstash
