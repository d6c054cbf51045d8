#include "agent/sources/otlp/otlp.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/race.hpp"
#include "agent/net/wire/changed_files.hpp"
#include "agent/sources/otlp/grpc/grpc_door.hpp"
#include "agent/sources/otlp/http/http_door.hpp"
#include "agent/sources/otlp/taking/taking.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace outrider::sources::otlp {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration between_looks_at_certificates = 10s;

class OtlpReception final : public Reception {
 public:
  explicit OtlpReception(const Tools& tools) : tools_(tools) {}

  void expect(const ListenPlan& plan, KeepingIntake& intake) override {
    takings_.push_back(std::make_unique<Taking>(tools_, kind_of(plan.signal), plan.most_request, intake));
    if (!plan.http.empty()) seat<HttpDoor>("http", plan.http, plan);
    if (!plan.grpc.empty()) seat<GrpcDoor>("grpc", plan.grpc, plan);
  }

  core::Task<void> run() override {
    finished_ = std::make_unique<async::Bell>(co_await boost::asio::this_coro::executor);
    if (is_finished_) co_return;
    std::vector<core::Task<void>> parts;
    parts.push_back(finished_->wait());
    for (const auto& door : doors_) parts.push_back(door->listen());
    for (const Secured& secured : secured_) parts.push_back(renew(secured));
    co_await async::race_all(std::move(parts));
  }

  void finish() override {
    is_finished_ = true;
    if (finished_) finished_->ring();
  }

 private:
  // Doors that show the same certificate.
  struct Secured {
    net::TlsFiles files;
    std::vector<Door*> doors;
  };

  // What was expected last is taken at that address, whether others are there already or not.
  template <class Kind>
  void seat(const std::string& kind, const std::string& address, const ListenPlan& plan) {
    const auto same = [&](const auto& door) { return door->address() == address; };
    auto found = std::ranges::find_if(doors_, same);
    if (found == doors_.end()) {
      const bool is_first = !std::exchange(has_door_[kind == "http" ? 0 : 1], true);
      doors_.push_back(
          std::make_unique<Kind>(tools_, DoorSettings{address, is_first ? kind : kind + " " + address,
                                                      plan.tls, plan.most_request, plan.connections}));
      found = std::prev(doors_.end());
      if (plan.tls) secure(*plan.tls, **found);
    }
    (*found)->seat(*takings_.back());
  }

  void secure(const net::TlsFiles& files, Door& door) {
    const auto found = std::ranges::find(secured_, files, &Secured::files);
    if (found != secured_.end()) {
      found->doors.push_back(&door);
    } else {
      secured_.push_back({files, {&door}});
    }
  }

  // Takes certificates that were renewed without being told to. Half of a renewal is taken when it is whole.
  core::Task<void> renew(Secured secured) {
    const net::TlsFiles& tls = secured.files;
    net::ChangedFiles files({tls.certificate, tls.key, tls.client_authority});
    std::string told;
    for (bool is_due = false;;) {
      co_await tools_.clock.sleep(between_looks_at_certificates);
      if (!std::exchange(is_due, false) && !files.have_changed()) continue;
      files.look();
      const core::Outcome<> reloaded = reload_certificates(secured);
      if (reloaded) {
        tools_.log.info("sources", "OTLP is listened for with the certificate that was renewed");
      } else if (reloaded.error().what != told) {
        tools_.log.error("sources", "Cannot take the certificate that was renewed; the one before goes on",
                         {{"why", reloaded.error().what}});
      }
      is_due = !reloaded;
      told = reloaded ? "" : reloaded.error().what;
    }
  }

  static core::Outcome<> reload_certificates(const Secured& secured) {
    for (Door* const door : secured.doors) {
      if (auto reloaded = door->reload_certificates(); !reloaded) return reloaded;
    }
    return {};
  }

  Tools tools_;
  std::vector<std::unique_ptr<Taking>> takings_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::array<bool, 2> has_door_{};
  std::vector<Secured> secured_;
  bool is_finished_ = false;
  std::unique_ptr<async::Bell> finished_;
};

}  // namespace

std::unique_ptr<Reception> make(const Tools& tools) { return std::make_unique<OtlpReception>(tools); }

}  // namespace outrider::sources::otlp
