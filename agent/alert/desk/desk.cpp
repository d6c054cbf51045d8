#include "agent/alert/desk/desk.hpp"

#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::alert {
namespace {

using notifiers::Message;
using notifiers::Stage;

constexpr std::size_t most_alerts = 200;
constexpr std::size_t most_done = 5;
constexpr std::size_t most_explained = 20;
// What was decided a moment before anybody saw that something was wrong belongs to it.
constexpr core::Duration deeds_before = std::chrono::seconds(5);
constexpr core::Duration least_telemetry_wait = std::chrono::minutes(1);
constexpr std::string_view alert_table = "alert";
constexpr std::string_view silence_table = "silence";

std::vector<std::string> names_of(const std::vector<Recipient>& recipients) {
  std::vector<std::string> names;
  for (const Recipient& recipient : recipients) names.push_back(recipient.name);
  return names;
}

std::string key_of(const Alert& alert) { return notifiers::shortened(alert.condition.key, longest_key); }

void see_presence(Alert& alert, Presence presence, core::WallTime now) {
  if (alert.presence != presence || alert.since > now) alert.since = now;
  alert.presence = presence;
}

std::vector<std::string> deeds_of(const View& view, const Condition& condition, core::WallTime began) {
  std::vector<std::string> done;
  if (!condition.is_acted_on) return done;
  for (const core::Event& event : view.deeds) {
    if (event.subject == condition.subject && event.wall >= began - deeds_before &&
        (done.empty() || done.back() != event.sentence))
      done.push_back(event.sentence);
  }
  if (done.size() > most_done) done.erase(done.begin(), done.end() - most_done);
  return done;
}

}  // namespace

Desk::Desk(Settings settings, Sender sender, std::vector<Recipient> recipients)
    : settings_(std::move(settings)),
      sender_(std::move(sender)),
      recipients_(std::move(recipients)),
      outbox_(names_of(recipients_), settings_.give_up_after) {}

void Desk::restore(const durable::Book& book) {
  (void)book.walk(alert_table, "", [&](std::string_view, std::string_view value) {
    if (auto alert = unpack_alert(value)) {
      std::string key = alert->condition.key;
      alerts_[std::move(key)] = std::move(*alert);
    }
    return true;
  });
  (void)book.walk(silence_table, "", [&](std::string_view, std::string_view value) {
    if (auto silence = unpack_silence(value)) {
      std::string id = silence->id;
      silences_[std::move(id)] = std::move(*silence);
    }
    return true;
  });
  outbox_.restore(book);
}

void Desk::see_one(const Condition& condition, const std::string& root, const View& view,
                   core::WallTime now) {
  auto found = alerts_.find(condition.key);
  if (found == alerts_.end()) {
    if (alerts_.size() >= most_alerts) {
      ++overlooked_;
      return;
    }
    found = alerts_.emplace(condition.key, Alert{}).first;
    found->second.began = found->second.since = now;
    found->second.id = condition.key + "@" + core::show_time(now);
  }
  Alert& alert = found->second;
  alert.condition = condition;
  alert.explained_by = root;
  alert.explains.clear();
  alert.done = deeds_of(view, condition, alert.began);
  see_presence(alert, Presence::there, now);
}

void Desk::see(const View& view, core::WallTime now) {
  const std::vector<std::string> roots = roots_of(view.conditions);
  for (std::size_t i = 0; i < view.conditions.size(); ++i) see_one(view.conditions[i], roots[i], view, now);
  for (auto& [key, alert] : alerts_) {
    if (std::ranges::find(view.conditions, key, &Condition::key) != view.conditions.end()) continue;
    const bool is_unclear =
        std::ranges::any_of(view.unclear, [&](const std::string& begin) { return key.starts_with(begin); });
    see_presence(alert, is_unclear ? Presence::unclear : Presence::gone, now);
  }
  for (std::size_t i = 0; i < view.conditions.size(); ++i) {
    const auto root = alerts_.find(roots[i]);
    if (root == alerts_.end() || root->second.explains.size() >= most_explained) continue;
    root->second.explains.push_back(view.conditions[i].sentence);
  }
}

AlertView Desk::view_of(const Alert& alert, core::WallTime now) const {
  AlertView view;
  view.phase = alert.phase;
  view.presence = alert.presence;
  view.since = alert.since;
  view.severity = alert.condition.severity;
  view.is_explained = alert.presence == Presence::there && !alert.explained_by.empty();
  view.is_silenced = silence_of(alert, now) != nullptr || !alert.condition.expected.empty();
  view.was_told = alert.was_told;
  view.told_severity = alert.told_severity;
  view.told_at = std::min(alert.told_at, now);
  view.first_told_at = std::min(alert.first_told_at, now);
  view.has_changed = alert.told_words != words_of(alert);
  view.has_escalated = alert.has_escalated;
  view.acknowledged_at = std::min(alert.acknowledged_at, now);
  const Waits& waits = settings_.wait;
  view.wait = alert.condition.severity == core::Severity::critical  ? waits.critical
              : alert.condition.severity == core::Severity::unknown ? waits.unknown
                                                                    : waits.warning;
  // A scrape or a delivery that fails once may be the first that is seen of something else.
  if (alert.condition.component == "telemetry") view.wait = std::max(view.wait, least_telemetry_wait);
  view.hold = settings_.resolve_after;
  view.repeat = settings_.repeat_every;
  if (settings_.escalate) view.escalate_after = settings_.escalate->after;
  view.acknowledged_for = settings_.acknowledged_for;
  return view;
}

const Silence* Desk::silence_of(const Alert& alert, core::WallTime now) const {
  for (const auto& [id, silence] : silences_) {
    if (silence.until > now && is_like(silence.what, alert.condition.key)) return &silence;
  }
  return nullptr;
}

bool Desk::concerns(const Recipient& recipient, const Alert& alert) const {
  if (recipient.only_heartbeats) return false;
  if (alert.condition.severity < recipient.at_least) return false;
  return !recipient.only_escalated || alert.has_escalated;
}

std::string Desk::note_of(const Alert& alert) const {
  std::vector<std::string> notes;
  const bool is_there = alert.presence == Presence::there;
  if (!alert.acknowledged_by.empty()) notes.push_back("acknowledged by " + alert.acknowledged_by);
  if (alert.presence == Presence::unclear) notes.emplace_back("cannot tell now whether it is over");
  if (is_there && !alert.explained_by.empty()) notes.push_back("explained by " + alert.explained_by);
  if (is_there && !alert.condition.expected.empty()) notes.push_back("expected: " + alert.condition.expected);
  return fmt::format("{}", fmt::join(notes, "; "));
}

void Desk::tell(Alert& alert, Stage stage, std::string note, core::WallTime now, bool quiet) {
  ++alert.messages;
  for (std::size_t i = 0; i < recipients_.size(); ++i) {
    const Recipient& recipient = recipients_[i];
    const bool has_heard = outbox_.trail(i, alert.id) != nullptr || outbox_.holds(i, alert.id);
    const bool is_end = stage == Stage::resolved;
    const bool shall =
        is_end || quiet || stage == Stage::acknowledged ? has_heard : concerns(recipient, alert);
    if (!shall || (is_end && !recipient.tells_resolved) || (quiet && !recipient.renews)) continue;
    Message message = letter(sender_, alert, stage, note, now);
    message.quiet = quiet;
    outbox_.put(i, std::move(message));
  }
  alert.told_words = words_of(alert);
}

std::string Desk::act(Alert& alert, const Decision& decision, core::WallTime now) {
  const Condition& what = alert.condition;
  const bool was_acknowledged = alert.phase == Phase::acknowledged;
  alert.phase = decision.to;
  const auto told = [&] {
    if (!alert.was_told) alert.first_told_at = now;
    alert.was_told = true;
    alert.told_at = now;
    alert.told_severity = what.severity;
  };
  switch (decision.action) {
    case Action::none:
    case Action::forget: return {};
    case Action::tell:
      told();
      tell(alert, Stage::firing, note_of(alert), now, false);
      return fmt::format("{}: {}", core::name_of(what.severity), what.sentence);
    case Action::tell_again: {
      const bool is_worse = what.severity > alert.told_severity;
      if (was_acknowledged) alert.acknowledged_by.clear();
      if (!is_worse) ++alert.reminders;
      std::string note = is_worse ? "it got worse"
                                  : fmt::format("reminder {}: for {} now", alert.reminders,
                                                core::show_age(now - alert.began));
      told();
      tell(alert, Stage::firing, std::move(note), now, false);
      return fmt::format("{}, told again: {}", what.sentence, decision.why);
    }
    case Action::escalate:
      alert.has_escalated = true;
      tell(alert, Stage::firing,
           fmt::format("nobody has acknowledged it for {}", core::show_age(now - alert.first_told_at)), now,
           false);
      return fmt::format("{}, escalated: {}", what.sentence, decision.why);
    case Action::renew: {
      const Stage stage = alert.phase == Phase::acknowledged ? Stage::acknowledged : Stage::firing;
      if (alert.was_told && alert.told_words != words_of(alert))
        tell(alert, stage, note_of(alert), now, true);
      return {};
    }
    case Action::tell_the_end:
      tell(alert, Stage::resolved, "", now, false);
      return fmt::format("over after {}: {}", core::show_age(now - alert.began), what.sentence);
  }
  return {};
}

std::vector<std::string> Desk::look(const View& view, core::WallTime now) {
  now_ = now;
  std::erase_if(silences_, [&](const auto& silence) {
    if (silence.second.until > now) return false;
    changes_.push_back({std::string(silence_table), silence.first, std::nullopt});
    return true;
  });
  see(view, now);
  std::vector<std::string> sentences;
  for (auto it = alerts_.begin(); it != alerts_.end();) {
    Alert& alert = it->second;
    const Decision decision = decide(view_of(alert, now), now);
    std::string sentence = act(alert, decision, now);
    if (!sentence.empty()) sentences.push_back(std::move(sentence));
    if (decision.action == Action::forget || decision.action == Action::tell_the_end) {
      changes_.push_back({std::string(alert_table), key_of(alert), std::nullopt});
      kept_.erase(it->first);
      it = alerts_.erase(it);
      continue;
    }
    keep(alert);
    ++it;
  }
  remind_the_forgetful(now);
  if (const std::size_t count = outbox_.give_up(now); count > 0)
    sentences.push_back(fmt::format("{} messages were given up: they could not be delivered in {}", count,
                                    core::show_duration(settings_.give_up_after)));
  return sentences;
}

// The other side would take it for over.
void Desk::remind_the_forgetful(core::WallTime now) {
  for (std::size_t i = 0; i < recipients_.size(); ++i) {
    if (!recipients_[i].forgets_after) continue;
    for (auto& [key, alert] : alerts_) {
      const Trail* const trail = outbox_.trail(i, alert.id);
      if (trail == nullptr || outbox_.holds(i, alert.id)) continue;
      if (now - trail->at < *recipients_[i].forgets_after / 3 && trail->at <= now) continue;
      const Stage stage = alert.phase == Phase::acknowledged ? Stage::acknowledged : Stage::firing;
      Message message = letter(sender_, alert, stage, note_of(alert), now);
      message.quiet = true;
      outbox_.put(i, std::move(message));
    }
  }
}

// Not for each second's other words: a write is a sync of the disk.
void Desk::keep(const Alert& alert) {
  Alert steady = alert;
  steady.condition.why.clear();
  steady.condition.sentence = words_of(alert);
  steady.explains.clear();
  std::string words = pack(steady);
  std::string& kept = kept_[alert.condition.key];
  if (kept == words) return;
  kept = std::move(words);
  changes_.push_back({std::string(alert_table), key_of(alert), pack(alert)});
}

core::Outcome<std::string> Desk::acknowledge(const std::string& target, const std::string& who,
                                             const std::string& reason, core::WallTime now) {
  std::size_t count = 0;
  std::string last;
  for (auto& [key, alert] : alerts_) {
    if (alert.phase != Phase::firing || (!is_like(target, key) && target != alert.id)) continue;
    alert.phase = Phase::acknowledged;
    alert.acknowledged_by = who + ": " + reason;
    alert.acknowledged_at = now;
    tell(alert, Stage::acknowledged, note_of(alert), now, false);
    keep(alert);
    last = key;
    ++count;
  }
  if (count == 0)
    return core::fail(core::Errc::not_found,
                      fmt::format("cannot acknowledge: no alert like {} is firing", target),
                      "outrider alert list");
  return count == 1 ? fmt::format("{} is acknowledged", last)
                    : fmt::format("{} alerts are acknowledged", count);
}

core::Outcome<std::string> Desk::silence(const std::string& what, core::Duration length,
                                         const std::string& who, const std::string& reason,
                                         core::WallTime now) {
  constexpr std::size_t most_silences = 100;
  if (silences_.size() >= most_silences)
    return core::fail(core::Errc::exhausted, fmt::format("cannot keep more than {} silences", most_silences),
                      "outrider alert unsilence ID takes one away");
  Silence silence;
  silence.id = fmt::format("s{}-{}", now.time_since_epoch() / std::chrono::milliseconds(1), ++silences_made_);
  silence.what = what;
  silence.who = who;
  silence.reason = reason;
  silence.until = now + length;
  changes_.push_back({std::string(silence_table), silence.id, pack(silence)});
  std::string sentence =
      fmt::format("{} is silenced until {} (silence {})", what, core::show_time(silence.until), silence.id);
  std::string id = silence.id;
  silences_[std::move(id)] = std::move(silence);
  return sentence;
}

core::Outcome<std::string> Desk::unsilence(const std::string& target) {
  std::size_t count = 0;
  for (auto it = silences_.begin(); it != silences_.end();) {
    if (it->first != target && it->second.what != target) {
      ++it;
      continue;
    }
    changes_.push_back({std::string(silence_table), it->first, std::nullopt});
    it = silences_.erase(it);
    ++count;
  }
  if (count == 0)
    return core::fail(core::Errc::not_found, "cannot find a silence called " + target, "outrider alert list");
  return fmt::format("{} is silenced no more", target);
}

void Desk::delivered(std::size_t recipient, const Message& message, std::string trail, core::WallTime now) {
  outbox_.done(recipient, message, Fate::delivered);
  if (message.stage == Stage::resolved)
    outbox_.forget(recipient, message.alert);
  else
    outbox_.remember(recipient, message.alert, {std::move(trail), now});
}

std::vector<durable::Change> Desk::take_changes() {
  std::vector<durable::Change> all = std::exchange(changes_, {});
  for (durable::Change& change : outbox_.take_changes()) all.push_back(std::move(change));
  return all;
}

core::AlertsStatus Desk::status() const {
  core::AlertsStatus status;
  for (const auto& [key, alert] : alerts_) {
    core::AlertStatus shown{alert.id,
                            key,
                            alert.condition.name,
                            alert.condition.severity,
                            std::string(name_of(alert.phase)),
                            alert.condition.subject,
                            alert.condition.sentence,
                            note_of(alert),
                            alert.began,
                            alert.explains,
                            alert.explained_by};
    if (const Silence* const silence = silence_of(alert, now_); silence != nullptr && shown.note.empty())
      shown.note = fmt::format("silenced by {}: {}", silence->who, silence->reason);
    status.alerts.push_back(std::move(shown));
  }
  std::stable_sort(status.alerts.begin(), status.alerts.end(),
                   [](const auto& a, const auto& b) { return a.severity > b.severity; });
  for (const auto& [id, silence] : silences_)
    status.silences.push_back({id, silence.what, silence.who, silence.reason, silence.until});
  return status;
}

std::size_t Desk::count(Phase phase) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(alerts_, [&](const auto& alert) { return alert.second.phase == phase; }));
}

}  // namespace outrider::alert
