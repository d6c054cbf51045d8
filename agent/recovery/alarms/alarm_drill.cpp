#include "agent/recovery/alarms/alarm_drill.hpp"

#include "agent/core/advice.hpp"
#include "agent/recovery/alarms/feign/spoiled_ground.hpp"

#include <array>
#include <utility>

namespace outrider::recovery {
namespace {

using core::Task;

constexpr std::array<Alarm, 6> heard_alarms{Alarm::lost_segment,     Alarm::damaged_segment,
                                            Alarm::lying_archiver,   Alarm::hung_archiver,
                                            Alarm::failing_archiver, Alarm::standing_archive};

class AlarmDrill {
 public:
  AlarmDrill(AlarmTools& tools, AlarmSettings& settings, AlarmOrder& order, Scene& sound)
      : tools_(tools), order_(order), sound_(sound), notifier_(notifier_tools(), settings, order.id) {}

  Task<AlarmRecord> run() {
    record_.id = order_.id;
    record_.started = clock().wall();
    record_.catalog = tools_.hear.catalog.target();
    // The alert is on from here on, so that it is on its way while the others are drilled.
    struct Shown {
      std::function<void(const std::string&)>& show;
      ~Shown() { show({}); }
    };
    const Shown shown{tools_.show};
    if (order_.notifier) {
      co_await notifier_.begin();
      tools_.show(order_.id);
    }
    co_await hear_all();
    if (order_.restore) {
      auto hole = replay_hole();
      co_await timed(std::move(hole));
      auto page = zeroed_page();
      co_await timed(std::move(page));
    }
    if (order_.notifier) {
      auto answer = notifier_.ask();
      co_await timed(std::move(answer));
    }
    record_.ended = clock().wall();
    co_return std::move(record_);
  }

 private:
  core::Clock& clock() { return tools_.hear.clock; }

  NotifierTools notifier_tools() {
    return {tools_.hear.clock, tools_.client,
            [this](const std::string& what) { tools_.progress("notifier", what); }};
  }

  Task<void> timed(Task<AlarmFinding> work) {
    const core::Instant began = clock().now();
    AlarmFinding finding = co_await std::move(work);
    finding.took = clock().now() - began;
    tools_.progress(std::string(name_of(finding.alarm)),
                    std::string(name_of(finding.finding)) + ": " + finding.sentence);
    record_.alarms.push_back(std::move(finding));
  }

  Task<void> hear_all() {
    tools_.progress("listen", "looking at the archive as it is");
    auto before = co_await hear(tools_.hear, sound_);
    if (before) before_ = std::move(*before);
    for (const Alarm alarm : heard_alarms) {
      if (!before) {
        record_.alarms.push_back(could_not_hear(alarm, before.error().what));
        continue;
      }
      auto work = heard(alarm);
      co_await timed(std::move(work));
    }
  }

  Task<AlarmFinding> heard(Alarm alarm) {
    if (auto on = on_already(alarm, before_)) co_return *std::move(on);
    Scene scene = sound_;
    const auto planted = plant(alarm, scene);
    if (!planted) co_return could_not(alarm, planted.error());
    auto with = co_await hear(tools_.hear, scene);
    if (!with) co_return could_not(alarm, with.error());
    co_return judge_alarm(alarm, *planted, *with);
  }

  static AlarmFinding could_not(Alarm alarm, const core::Error& error) {
    return could_not_hear(alarm, core::with_advice(error));
  }

  Task<AlarmFinding> replay_hole() {
    Scene scene = sound_;
    const auto planted = plant(Alarm::replay_hole, scene);
    if (!planted) co_return could_not(Alarm::replay_hole, planted.error());
    tools_.progress("replay_hole", "a real restore: " + planted->what);
    FeignedCatalog catalog(tools_.hear.catalog, std::move(scene.fault));
    const auto ground = tools_.make_ground();
    const auto record = co_await tools_.drill(catalog, *ground);
    if (!record) co_return could_not(Alarm::replay_hole, record.error());
    co_return judge_drilled_alarm(Alarm::replay_hole, *planted, *record,
                                  over_after(*record, Alarm::replay_hole));
  }

  Task<AlarmFinding> zeroed_page() {
    tools_.progress("zeroed_page", "a real restore, with a page of zeroes");
    const auto ground = tools_.make_ground();
    SpoiledGround spoiled(*ground, clock(), tools_.hear.pool, tools_.restore_limit);
    const auto record = co_await tools_.drill(tools_.hear.catalog, spoiled);
    if (!record) co_return could_not(Alarm::zeroed_page, record.error());
    const auto planted = spoiled.planted();
    if (!planted) {
      const std::string ended = record->broken.empty() ? record->sentence : record->broken;
      co_return could_not_hear(Alarm::zeroed_page,
                               "no page could be zeroed: " + planted.error().what + "; the drill: " + ended);
    }
    co_return judge_drilled_alarm(Alarm::zeroed_page, *planted, *record,
                                  over_after(*record, Alarm::zeroed_page));
  }

  AlarmTools& tools_;
  AlarmOrder& order_;
  Scene& sound_;
  Heard before_;
  NotifierQuestion notifier_;
  AlarmRecord record_;
};

}  // namespace

Task<AlarmRecord> drill_alarms(AlarmTools tools, AlarmSettings settings, AlarmOrder order, Scene scene) {
  AlarmDrill drill(tools, settings, order, scene);
  co_return co_await drill.run();
}

}  // namespace outrider::recovery
