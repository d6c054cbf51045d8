#include "agent/alert/alerts.hpp"

#include "agent/alert/courier.hpp"
#include "agent/async/nursery.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outrider::alert {
namespace {

using notifiers::Message;
using notifiers::Notifier;
using notifiers::Plan;

constexpr core::Duration between_looks = std::chrono::seconds(1);

bool names(const std::vector<std::string>& all, const std::string& name) {
  return std::ranges::find(all, name) != all.end();
}

std::vector<std::unique_ptr<Notifier>> make_all(const std::vector<Plan>& plans,
                                                const notifiers::Tools& tools) {
  std::vector<std::unique_ptr<Notifier>> all;
  all.reserve(plans.size());
  for (const Plan& plan : plans) all.push_back(plan.make(tools));
  return all;
}

std::vector<Recipient> recipients_of(const Settings& settings,
                                     const std::vector<std::unique_ptr<Notifier>>& notifiers) {
  std::vector<Recipient> all;
  for (std::size_t i = 0; i < notifiers.size(); ++i) {
    const Plan& plan = settings.notifiers[i];
    Recipient recipient;
    recipient.name = plan.name;
    recipient.at_least = plan.at_least;
    recipient.tells_resolved = plan.tells_resolved;
    recipient.only_escalated = settings.escalate && names(settings.escalate->to, plan.name);
    recipient.only_heartbeats = plan.only_heartbeats;
    recipient.renews = notifiers[i]->renews();
    recipient.forgets_after = notifiers[i]->forgets_after();
    all.push_back(std::move(recipient));
  }
  return all;
}

// One at a time, cancelled or not.
class Saving {
 public:
  Saving(bool& is_saving, async::Bell& over) : is_saving_(is_saving), over_(over) { is_saving_ = true; }
  Saving(const Saving&) = delete;
  Saving& operator=(const Saving&) = delete;
  ~Saving() {
    is_saving_ = false;
    over_.ring();
  }

 private:
  bool& is_saving_;
  async::Bell& over_;
};

core::Task<void> deliver_into(Notifier& notifier, Message message, std::optional<notifiers::Delivery>& came) {
  std::string trail;
  came = co_await notifier.deliver(std::move(message), std::move(trail));
}

std::string line_of(const Notifier& notifier, const std::optional<notifiers::Delivery>& came) {
  if (!came) return fmt::format("✗ {}: it did not end", notifier.target());
  if (*came) {
    const notifiers::Receipt& receipt = **came;
    return fmt::format("✓ {}: {}{}{}", notifier.target(), receipt.said.empty() ? "taken" : receipt.said,
                       receipt.missed.empty() ? "" : "; but ", receipt.missed);
  }
  const core::Error& error = came->error().error;
  return fmt::format("✗ {}{}{}", error.what, error.hint.empty() ? "" : "; ", error.hint);
}

}  // namespace

class Alerts::Courier {
 public:
  Courier(Alerts& room, std::size_t index)
      : room_(room), index_(index), pace_(room.settings_.notifiers[index].gap), news_(room.tools_.river) {}

  core::Task<void> run() {
    for (;;) {
      const Message* const next = room_.desk_.outbox().next(index_);
      if (next == nullptr) {
        co_await news_.wait();
        continue;
      }
      if (room_.tools_.clock.now() < pace_.not_before()) {
        co_await room_.tools_.clock.sleep_until(pace_.not_before());
        continue;  // a newer one may have come
      }
      Message message = *next;
      co_await carry(std::move(message));
    }
  }

  void ring() { news_.ring(); }

  void show(core::NotifierStatus& shown) const {
    shown.delivered = pace_.delivered();
    shown.trouble = pace_.trouble();
    shown.last_delivered = pace_.last_delivered();
  }

 private:
  core::Task<void> carry(Message message) {
    const Trail* const trail = room_.desk_.outbox().trail(index_, message.alert);
    std::string text = trail == nullptr ? std::string() : trail->text;
    Message sent = message;
    const auto came = co_await room_.notifiers_[index_]->deliver(std::move(sent), std::move(text));
    core::Clock& clock = room_.tools_.clock;
    room_.metrics_->attempted(index_, came.has_value(), clock.wall());
    if (came) {
      const bool was_failing = pace_.is_failing();
      const std::string before = pace_.trouble();
      pace_.went_well(clock.now(), clock.wall(), came->missed);
      room_.desk_.delivered(index_, message, came->trail, clock.wall());
      if (was_failing) tell("hears again");
      if (!came->missed.empty() && came->missed != before) tell("not all were reached: " + came->missed);
    } else {
      pace_.failed(came.error(), clock.now(), room_.tools_.random);
      if (came.error().hope == notifiers::Hope::never)
        room_.desk_.outbox().done(index_, message, Fate::refused);
      // The first of a row of failures; the metric and the page tell that it goes on.
      if (pace_.failures() == 1) tell("notification failed: " + pace_.trouble());
    }
    co_await room_.save();
  }

  void tell(const std::string& sentence) {
    const std::string& name = room_.settings_.notifiers[index_].name;
    room_.tools_.events.record(core::EventKind::notification, name, sentence);
    const std::array<core::Field, 2> fields{core::Field{"notifier", name}, core::Field{"sentence", sentence}};
    const bool is_well = pace_.trouble().empty();
    room_.tools_.log.write(is_well ? core::Level::info : core::Level::warn, "alert",
                           is_well ? "Notifier hears again" : "Notification failed", fields);
  }

  Alerts& room_;
  std::size_t index_;
  Pace pace_;
  async::Bell news_;
};

Alerts::Alerts(Tools tools, Settings settings, core::Resource resource)
    : tools_(std::move(tools)),
      settings_(std::move(settings)),
      notifiers_(make_all(settings_.notifiers, tools_.notifiers)),
      desk_(settings_, {std::move(resource), settings_.links}, recipients_of(settings_, notifiers_)),
      metrics_(std::make_unique<AlertMetrics>(tools_.registry, desk_.recipients())),
      saved_(tools_.river) {
  for (std::size_t i = 0; i < notifiers_.size(); ++i)
    couriers_.push_back(std::make_unique<Courier>(*this, i));
}

Alerts::~Alerts() = default;

core::Task<void> Alerts::run() {
  auto work = [this] { desk_.restore(tools_.book); };
  co_await async::offload(tools_.pool, work);
  async::Nursery nursery(tools_.river);
  nursery.start(keep_looking());
  for (const auto& courier : couriers_) nursery.start(courier->run());
  if (settings_.heartbeat) nursery.start(beat());
  co_await nursery.join();
}

core::Task<void> Alerts::keep_looking() {
  for (;;) {
    const core::Status status = tools_.look();
    const core::WallTime now = tools_.clock.wall();
    for (std::string& sentence : desk_.look(alert::view_of(status), now))
      tools_.events.record(core::EventKind::notification, "alert", std::move(sentence));
    metrics_->show(desk_, now);
    co_await save();
    ring_couriers();
    co_await tools_.clock.sleep(between_looks);
  }
}

void Alerts::ring_couriers() {
  for (const auto& courier : couriers_) courier->ring();
}

// In the order in which it was decided. When the book cannot be written people are told all the same: after a
// crash they may then be told once more.
core::Task<void> Alerts::save() {
  while (is_saving_) co_await saved_.wait();
  auto changes = desk_.take_changes();
  if (changes.empty()) co_return;
  core::Outcome<> written;
  {
    const Saving saving(is_saving_, saved_);
    auto work = [this, &changes] { return tools_.book.write(changes); };
    written = co_await async::offload(tools_.pool, work);
  }
  desk_.written();
  const std::string trouble = written ? "" : written.error().what;
  if (!written && metrics_) metrics_->book_failed();
  if (trouble != book_trouble_ && !trouble.empty())
    tools_.events.record(core::EventKind::trouble, "alert", "what was decided cannot be kept: " + trouble);
  book_trouble_ = trouble;
}

// Only while the rivers turn: whoever hears it may believe that something looks after the service.
core::Task<void> Alerts::beat() {
  for (;;) {
    const core::Status status = tools_.look();
    const bool turns =
        std::ranges::all_of(status.rivers, [](const core::RiverStatus& river) { return river.turning; });
    for (std::size_t i = 0; i < notifiers_.size() && turns; ++i) {
      if (!names(settings_.heartbeat->to, settings_.notifiers[i].name)) continue;
      Message message = heartbeat_letter(desk_.sender(), settings_.heartbeat->every, tools_.clock.wall());
      std::string none;
      const auto came = co_await notifiers_[i]->deliver(std::move(message), std::move(none));
      metrics_->beat(came.has_value());
    }
    co_await tools_.clock.sleep(settings_.heartbeat->every);
  }
}

core::Task<core::Outcome<std::string>> Alerts::acknowledge(std::string target, std::string who,
                                                           std::string reason) {
  auto done = desk_.acknowledge(target, who, reason, tools_.clock.wall());
  co_await save();
  ring_couriers();
  co_return done;
}

core::Task<core::Outcome<std::string>> Alerts::silence(std::string what, core::Duration length,
                                                       std::string who, std::string reason) {
  auto done = desk_.silence(what, length, who, reason, tools_.clock.wall());
  co_await save();
  co_return done;
}

core::Task<core::Outcome<std::string>> Alerts::unsilence(std::string target) {
  auto done = desk_.unsilence(target);
  co_await save();
  co_return done;
}

core::Task<core::Outcome<std::string>> Alerts::test(std::string name, std::string who) {
  co_return co_await test_each(settings_.notifiers, tools_.notifiers, desk_.sender(), std::move(name),
                               std::move(who));
}

core::AlertsStatus Alerts::status() const {
  core::AlertsStatus status = desk_.status();
  for (std::size_t i = 0; i < notifiers_.size(); ++i) {
    core::NotifierStatus shown;
    shown.name = settings_.notifiers[i].name;
    shown.target = notifiers_[i]->target();
    shown.waiting = desk_.outbox().waiting(i);
    couriers_[i]->show(shown);
    status.notifiers.push_back(std::move(shown));
  }
  return status;
}

core::Task<core::Outcome<std::string>> test_each(const std::vector<Plan>& plans, notifiers::Tools tools,
                                                 Sender sender, std::string name, std::string who) {
  std::vector<std::unique_ptr<Notifier>> chosen;
  for (const Plan& plan : plans) {
    if (name.empty() || plan.name == name) chosen.push_back(plan.make(tools));
  }
  if (chosen.empty())
    co_return core::fail(core::Errc::not_found, fmt::format("no notifier is called {}", name),
                         "they are called by their `name`, or their kind");
  const Message message = test_letter(sender, who, tools.clock.wall());
  std::vector<std::optional<notifiers::Delivery>> came(chosen.size());
  const async::Executor river = co_await boost::asio::this_coro::executor;
  async::Nursery nursery(river);
  for (std::size_t i = 0; i < chosen.size(); ++i) nursery.start(deliver_into(*chosen[i], message, came[i]));
  co_await nursery.join();
  std::string text;
  std::size_t failed = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    text += (i == 0 ? "" : "\n") + line_of(*chosen[i], came[i]);
    if (!came[i] || !*came[i]) ++failed;
  }
  if (failed > 0)
    co_return core::fail(core::Errc::refused, fmt::format("{} of {} test messages did not arrive\n{}", failed,
                                                          chosen.size(), text));
  co_return text;
}

}  // namespace outrider::alert
