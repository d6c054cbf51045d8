#include "agent/sources/redis/redis_source.hpp"

#include "agent/async/race.hpp"
#include "agent/net/resp/resp.hpp"
#include "agent/sources/looking.hpp"
#include "agent/sources/redis/info.hpp"

#include <utility>

namespace outrider::sources::redis {
namespace {

using core::fail;
using core::Outcome;

constexpr std::size_t most_bytes = 1UL << 20;

struct Told {
  std::string info;
  std::string cluster;  // empty: it is in none, or will not tell us
};

class RedisLooker final : public Looker {
 public:
  RedisLooker(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        labels_(labels_at(settings_.address, settings_, tools.resource)) {}

  core::Task<Sight> look() override {
    core::Task<Outcome<Told>> asking = converse();
    std::string doing = "the answer of " + settings_.address;
    const Outcome<Told> told =
        co_await async::with_deadline(tools_.clock, settings_.timeout, std::move(doing), std::move(asking));
    // It may be long, and others wait for the river.
    auto read = [&] { return families_of(told); };
    telemetry::FamilySet families = co_await async::offload(tools_.pool, read);
    Sight sight{std::move(families)};
    if (!told) sight.trouble = told.error();
    co_return sight;
  }

 private:
  core::Task<Outcome<Told>> converse() {
    auto stream = co_await tools_.streams.connect(settings_.address, settings_.tls, step_limit(settings_));
    if (!stream) co_return fail(stream.error());
    net::resp::Talk talk(std::move(*stream), step_limit(settings_), most_bytes);
    const net::resp::Login login{settings_.user, settings_.password.reveal()};
    const Outcome<> entered = co_await talk.enter(login);
    if (!entered) co_return fail(entered.error());
    std::vector<std::string_view> question{"INFO", "all"};
    Outcome<net::resp::Reply> info = co_await talk.ask(std::move(question));
    if (!info) co_return fail(info.error());
    if (info->is_error) co_return fail(net::resp::refusal(info->text));
    if (!is_info(info->text)) {
      co_return fail(core::Errc::corrupt, settings_.address + " answers INFO with something else");
    }
    Told told{std::move(info->text), {}};
    if (net::resp::field(told.info, "cluster_enabled") != "1") co_return told;
    std::vector<std::string_view> more{"CLUSTER", "INFO"};
    Outcome<net::resp::Reply> cluster = co_await talk.ask(std::move(more));
    if (!cluster) co_return fail(cluster.error());
    if (!cluster->is_error) told.cluster = std::move(cluster->text);
    co_return told;
  }

  telemetry::FamilySet families_of(const Outcome<Told>& told) const {
    telemetry::FamilyWriter out(labels_);
    put_up(out, told.has_value());
    if (told) {
      put_info(out, told->info, tools_.clock.wall());
      put_info(out, told->cluster, tools_.clock.wall());
    }
    return out.take();
  }

  Tools tools_;
  Settings settings_;
  telemetry::Labels labels_;
};

}  // namespace

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings) {
  const Looking looking = looking_at("redis", settings.address, settings);
  return make_looking(tools, looking, std::make_unique<RedisLooker>(tools, std::move(settings)));
}

}  // namespace outrider::sources::redis
