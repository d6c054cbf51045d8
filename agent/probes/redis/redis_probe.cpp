#include "agent/probes/redis/redis_probe.hpp"

#include "agent/async/race.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"
#include "agent/net/resp/resp.hpp"
#include "agent/probes/trouble.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::probes::redis {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;
using core::Standing;
using net::resp::field;
using net::resp::refusal;
using net::resp::Reply;
using net::resp::Talk;

// "slave0" … : "ip=…,port=…,state=online,offset=…,lag=1"
std::uint32_t replicas_in_step(std::string_view info, std::optional<core::Duration> most_lag) {
  std::uint32_t in_step = 0;
  for (unsigned number = 0;; ++number) {
    const std::string_view replica = field(info, fmt::format("slave{}", number));
    if (replica.empty()) return in_step;
    const std::size_t at = replica.find("lag=");
    const auto lag =
        at == std::string_view::npos ? std::nullopt : core::read_number<std::int64_t>(replica.substr(at + 4));
    const bool is_late = most_lag && lag && std::chrono::seconds(*lag) > *most_lag;
    if (replica.find("state=online") != std::string_view::npos && !is_late) ++in_step;
  }
}

class RedisProbe final : public Probe {
 public:
  RedisProbe(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    core::Task<Outcome<std::string>> asking = converse(limit);
    std::string doing = "the answer of " + settings_.address;
    const Outcome<std::string> found =
        co_await async::with_deadline(tools_.clock, limit, std::move(doing), std::move(asking));
    const core::Duration took = tools_.clock.now() - started;
    if (!found) co_return answer_from(found.error(), took);
    co_return core::Answer{Standing::ok, *found, took};
  }

  std::string target() const override { return settings_.address; }

 private:
  core::Task<Outcome<std::string>> converse(core::Duration limit) {
    auto stream = co_await tools_.streams.connect(settings_.address, settings_.tls, limit);
    if (!stream) co_return fail(stream.error());
    Talk talk(std::move(*stream), limit);
    const net::resp::Login login{settings_.user, settings_.password.reveal()};
    const Outcome<> entered = co_await talk.enter(login);
    if (!entered) co_return fail(entered.error());
    std::vector<std::string_view> ping{"PING"};
    const Outcome<Reply> pong = co_await talk.ask(std::move(ping));
    if (!pong) co_return fail(pong.error());
    if (pong->text.starts_with("LOADING")) co_return co_await loading(talk);
    if (pong->is_error) co_return fail(refusal(pong->text));
    const bool wants_more = settings_.role != Role::any || settings_.most_lag || settings_.least_replicas > 0;
    if (!wants_more) co_return "PONG";
    std::vector<std::string_view> info{"INFO", "replication"};
    const Outcome<Reply> told = co_await talk.ask(std::move(info));
    if (!told) co_return fail(told.error());
    if (told->is_error) co_return fail(refusal(told->text));
    co_return weigh(told->text);
  }

  static core::Task<Outcome<std::string>> loading(Talk& talk) {
    std::vector<std::string_view> info{"INFO", "persistence"};
    const Outcome<Reply> told = co_await talk.ask(std::move(info));
    std::string what = "it is still loading its data";
    if (told && !told->is_error) {
      const std::string_view percent = field(told->text, "loading_loaded_perc");
      const std::string_view seconds = field(told->text, "loading_eta_seconds");
      if (!percent.empty() && !seconds.empty()) {
        what += fmt::format(": {}% so far, about {} s to go", percent, seconds);
      }
    }
    co_return fail(Errc::unavailable, std::move(what));
  }

  Outcome<std::string> weigh(const std::string& info) const {
    const bool is_replica = field(info, "role") == "slave";
    if (field(info, "role").empty()) return fail(Errc::corrupt, "it does not say which role it has");
    if (is_replica && settings_.role == Role::primary) return fail(Errc::refused, "it is a replica");
    if (!is_replica && settings_.role == Role::replica) return fail(Errc::refused, "it is a primary");
    return is_replica ? weigh_replica(info) : weigh_primary(info);
  }

  Outcome<std::string> weigh_replica(const std::string& info) const {
    const std::string primary = fmt::format("{}:{}", field(info, "master_host"), field(info, "master_port"));
    if (field(info, "master_link_status") != "up") {
      const bool copies = field(info, "master_sync_in_progress") == "1";
      return fail(Errc::unavailable, fmt::format("a replica whose link to its primary {} is down{}", primary,
                                                 copies ? "; it is copying all data anew" : ""));
    }
    const auto silent = core::read_number<std::int64_t>(field(info, "master_last_io_seconds_ago"));
    if (settings_.most_lag && silent && std::chrono::seconds(*silent) > *settings_.most_lag) {
      return fail(
          Errc::unavailable,
          fmt::format("a replica that has heard nothing of its primary {} for {} s, wanted {} at most",
                      primary, *silent, core::show_duration(*settings_.most_lag)));
    }
    return fmt::format("replica of {}, heard of it {} s ago", primary, silent.value_or(0));
  }

  Outcome<std::string> weigh_primary(const std::string& info) const {
    const std::uint32_t in_step = replicas_in_step(info, settings_.most_lag);
    if (in_step < settings_.least_replicas) {
      return fail(Errc::unavailable, fmt::format("a primary with {} replicas in step, wanted {}", in_step,
                                                 settings_.least_replicas));
    }
    return fmt::format("primary, {} replicas in step", in_step);
  }

  Settings settings_;
  Tools tools_;
};

}  // namespace

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<RedisProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::redis
