#include "agent/app/telling/telling.hpp"

#include "agent/async/pool.hpp"
#include "agent/core/text.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::app {
namespace {

constexpr std::uint64_t most_book_bytes = 32u << 20;

core::Deed deed_of(const core::Operator& who, const core::AlertOrder& order) {
  using enum core::AlertOrder::What;
  const std::string actor = "operator " + who.name;
  switch (order.what) {
    case acknowledge: return {actor, "acknowledge", order.target, who.reason};
    case silence:
      return {actor, "silence for " + core::show_duration(order.length), order.target, who.reason};
    case unsilence: return {actor, "unsilence", order.target, who.reason};
    case test: break;
  }
  return {actor, "test notifiers", order.target.empty() ? "all" : order.target, who.reason};
}

}  // namespace

Telling::Telling(World& world, prometheus::Registry& registry, core::EventSink& events,
                 std::function<core::Status()> look, std::function<void(std::exception_ptr)> part_ended)
    : world_(world),
      registry_(registry),
      events_(events),
      look_(std::move(look)),
      slot_(world.decide, std::move(part_ended)) {}

core::Task<void> Telling::open_book(const std::string& state) {
  auto work = [this, path = state + "/alerts"] {
    return world_.open_book(path, {.most_bytes = most_book_bytes});
  };
  auto opened = co_await async::offload(world_.pool, work);
  if (opened) {
    book_ = std::move(*opened);
    co_return;
  }
  book_ = durable::make_memory_book();
  const std::string why = opened.error().what;
  world_.log.error("app", "What people were told is kept in memory only", {{"why", why}});
  events_.record(core::EventKind::trouble, "alert", "what people were told is kept in memory only: " + why);
}

core::Task<void> Telling::start(const Settings& settings) {
  if (!settings.notify) co_return;
  if (!book_) co_await open_book(settings.state);
  alert::Tools tools{world_.decide, world_.clock, world_.random,
                     world_.pool,   registry_,    events_,
                     world_.log,    *book_,       {world_.clock, world_.decide_client, world_.decide_streams},
                     look_};
  alerts_ = std::make_shared<alert::Alerts>(std::move(tools), *settings.notify, settings.service);
  slot_.start(alerts_->run());
}

core::Task<void> Telling::stop() {
  co_await slot_.stop();
  if (alerts_) alerts_->retire();
  alerts_.reset();
}

core::Task<core::Outcome<std::string>> Telling::carry_out(const core::Operator& who,
                                                          const core::AlertOrder& order) {
  using enum core::AlertOrder::What;
  const std::shared_ptr<alert::Alerts> alerts = alerts_;
  switch (order.what) {
    case acknowledge: co_return co_await alerts->acknowledge(order.target, who.name, who.reason);
    case silence: co_return co_await alerts->silence(order.target, order.length, who.name, who.reason);
    case unsilence: co_return co_await alerts->unsilence(order.target);
    case test: break;
  }
  co_return co_await alerts->test(order.target, who.name);
}

core::Task<core::Outcome<std::string>> Telling::order(core::Journal& journal, core::Operator who,
                                                      core::AlertOrder order) {
  if (!alerts_) {
    co_return core::fail(core::Errc::unsupported, "nobody is told of anything",
                         "give the configuration a section `notify`");
  }
  core::Deed deed = deed_of(who, order);
  const std::string told = fmt::format("{} {}: {}", deed.action, deed.target, who.reason);
  const auto intent = co_await journal.intend(std::move(deed));
  if (!intent) co_return core::fail("cannot do that without an audit journal", intent.error());
  if (!alerts_) co_return core::fail(core::Errc::busy, "cannot do that: outrider is stopping or reloading");
  events_.record(core::EventKind::operator_command, who.name, told);
  auto done = co_await carry_out(who, order);
  std::string result = done ? *done : done.error().what;
  (void)co_await journal.conclude(*intent, done.has_value(), std::move(result));
  co_return done;
}

std::optional<core::AlertsStatus> Telling::status() const {
  if (!alerts_) return std::nullopt;
  return alerts_->status();
}

}  // namespace outrider::app
