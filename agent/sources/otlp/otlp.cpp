#include "agent/sources/otlp/otlp.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/race.hpp"
#include "agent/net/wire/changed_files.hpp"
#include "agent/sources/otlp/grpc/grpc_door.hpp"
#include "agent/sources/otlp/http/http_door.hpp"
#include "agent/sources/otlp/taking.hpp"

#include <utility>

namespace outrider::sources::otlp {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration between_looks_at_certificates = 10s;

class OtlpSource final : public TraceSource {
 public:
  OtlpSource(const Tools& tools, Settings settings)
      : tools_(tools), settings_(std::move(settings)), taking_(tools, settings_.most_request) {
    if (!settings_.http.empty()) http_ = std::make_unique<HttpDoor>(tools, settings_, taking_);
    if (!settings_.grpc.empty()) grpc_ = std::make_unique<GrpcDoor>(tools, settings_, taking_);
  }

  core::Task<void> run(KeepingIntake& intake) override {
    taking_.begin(intake);
    finished_ = std::make_unique<async::Bell>(co_await boost::asio::this_coro::executor);
    if (is_finished_) co_return;
    std::vector<core::Task<void>> doors;
    doors.push_back(finished_->wait());
    if (http_) doors.push_back(http_->listen());
    if (grpc_) doors.push_back(grpc_->listen());
    if (settings_.tls) doors.push_back(renew(*settings_.tls));
    co_await async::race_all(std::move(doors));
  }

  void finish() override {
    is_finished_ = true;
    if (finished_) finished_->ring();
  }

 private:
  // Takes certificates that were renewed without being told to. Half of a renewal is taken when it is whole.
  core::Task<void> renew(net::TlsFiles tls) {
    net::ChangedFiles files({tls.certificate, tls.key, tls.client_authority});
    std::string told;
    for (bool is_due = false;;) {
      co_await tools_.clock.sleep(between_looks_at_certificates);
      if (!std::exchange(is_due, false) && !files.have_changed()) continue;
      files.look();
      const core::Outcome<> reloaded = reload_certificates();
      if (reloaded) {
        tools_.log.info("sources", "Spans are listened for with the certificate that was renewed");
      } else if (reloaded.error().what != told) {
        tools_.log.error("sources", "Cannot take the certificate that was renewed; the one before goes on",
                         {{"why", reloaded.error().what}});
      }
      is_due = !reloaded;
      told = reloaded ? "" : reloaded.error().what;
    }
  }

  core::Outcome<> reload_certificates() {
    if (http_) {
      if (auto reloaded = http_->reload_certificates(); !reloaded) return reloaded;
    }
    return grpc_ ? grpc_->reload_certificates() : core::Outcome<>();
  }

  Tools tools_;
  Settings settings_;
  Taking taking_;
  std::unique_ptr<HttpDoor> http_;
  std::unique_ptr<GrpcDoor> grpc_;
  bool is_finished_ = false;
  std::unique_ptr<async::Bell> finished_;
};

}  // namespace

std::unique_ptr<TraceSource> make(const Tools& tools, Settings settings) {
  return std::make_unique<OtlpSource>(tools, std::move(settings));
}

}  // namespace outrider::sources::otlp
