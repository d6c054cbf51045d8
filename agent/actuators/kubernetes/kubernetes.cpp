#include "agent/actuators/kubernetes/kubernetes.hpp"

#include "agent/actuators/kubernetes/cluster/cluster.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/core.h>

namespace outrider::actuators::kubernetes {
namespace {

using namespace std::chrono_literals;
using core::Errc;
using core::Outcome;
using core::Task;

constexpr core::Duration look_anyway_after = 30s;
constexpr core::Duration look_again_after = 500ms;
constexpr core::Duration look_unwatched_after = 5s;
constexpr core::Duration evict_again_after = 2s;
// Beyond the time that supervise grants; then it is given up, by whoever has no limit of his own.
constexpr core::Duration longest_after_stop = 2min;
// Not 0: that takes the name out of the API while nobody knows whether its processes have ended.
constexpr std::int64_t kill_grace_seconds = 1;

class KubernetesPlace final : public Place {
 public:
  KubernetesPlace(const Tools& tools, Settings settings, core::Duration stop_timeout)
      : clock_(tools.clock),
        tell_(tools.tell),
        settings_(std::move(settings)),
        stop_timeout_(stop_timeout),
        cluster_(settings_, {tools.clock, *tools.http, *tools.pool, *tools.files}) {}

  Task<Outcome<Seen>> look() override {
    auto scene = co_await cluster_.look();
    if (!scene) co_return core::fail("cannot tell whether " + target() + " runs", scene.error());
    scene_ = std::move(*scene);
    if (scene_->workload && rolled_out_from_ != scene_->workload->revision) rolled_out_from_.reset();
    Seen seen = scene_->seen(settings_);
    if (settings_.sort == Sort::pod) {
      if (!scene_->pods.empty()) is_made_again_ = scene_->pods.front().is_made_again();
      const bool is_between = scene_->pods.empty() && is_made_again_;
      seen.comes_back = seen.comes_back || is_between;
    }
    // Where a budget lets some go and others not, the restart is not over with the first new one.
    if (evicts() && doomed_ && identity_ && !those(scene_->pods, *doomed_).empty())
      seen.identity = *identity_;
    identity_ = seen.identity;
    if (kills_ > 0) seen.identity += fmt::format("+{}", kills_);
    co_return seen;
  }

  Task<void> news() override {
    if (!scene_ || scene_->version.empty()) {
      co_await clock_.sleep(look_unwatched_after);
      co_return;
    }
    const core::Instant begun = clock_.now();
    auto watching = cluster_.watch(*scene_, look_anyway_after);
    const auto heard = co_await std::move(watching);
    // One that ended at once, with nothing, would be begun anew without a pause.
    const bool lasted = clock_.now() - begun >= look_again_after;
    if (heard && (*heard == kube::Heard::news || (*heard == kube::Heard::nothing && lasted))) co_return;
    const bool denied = !heard && heard.error().code == Errc::denied;
    if (denied && !std::exchange(told_unwatched_, true))
      tell(fmt::format("cannot watch {}, and looks every {} instead: {}", target(),
                       core::show_duration(look_unwatched_after), heard.error().what));
    co_await clock_.sleep(denied ? look_unwatched_after : look_again_after);
  }

  bool can_restart() const override { return true; }
  void give_reason(std::string why) override { reason_ = std::move(why); }

  Task<Outcome<>> restart() override {
    if (settings_.by() == By::rollout) return roll_out();
    return replace();
  }

  // Only controllers make pods: what they do not bring back is not for us to bring back.
  Task<Outcome<>> start() override {
    const auto scene = co_await current("start");
    if (!scene) co_return core::fail(scene.error());
    const Seen seen = scene->seen(settings_);
    if (seen.runs || seen.comes_back) co_return Outcome<>();
    core::Error error(Errc::refused, fmt::format("cannot start {}: it {}", target(), seen.sentence));
    error.hint = scene->workload ? "scale it up: `kubectl scale --replicas=1`"
                                 : "making it is not outrider's work: `kubectl apply` it";
    if (!scene->workload && scene->pods.empty()) error.code = Errc::not_found;
    co_return core::fail(std::move(error));
  }
  Task<Outcome<>> stop() override {
    co_return core::fail(Errc::unsupported,
                         fmt::format("cannot stop {}: its controller would start it again", target()),
                         "`restart` it, or scale it to no pods");
  }
  Task<Outcome<>> signal(int) override {
    co_return core::fail(Errc::unsupported,
                         fmt::format("cannot send a signal to {}: the API has no word for that", target()));
  }

  Task<Outcome<>> kill() override {
    const auto scene = co_await current("kill");
    if (!scene) co_return core::fail(scene.error());
    if (settings_.by() == By::rollout) {
      // As strong as it gets: who kills all of its pods at once serves nobody.
      if (scene->workload && rolled_out_from_ == scene->workload->revision) co_return Outcome<>();
      co_return co_await begin_rollout(*scene);
    }
    // A restart that took too long meant these; else all are meant.
    if (!doomed_) doomed_ = uids_of(judged(scene->pods));
    const Outcome<> done = co_await remove_all(without_healed(scene->pods), kill_grace_seconds);
    if (!done) co_return done;
    doomed_.reset();
    ++kills_;
    co_return Outcome<>();
  }

  std::string target() const override {
    return fmt::format("{} {}", name_of(settings_.sort), settings_.name);
  }
  std::string manager() const override { return "kubernetes"; }

 private:
  // ---- by deletion or eviction

  using Uids = std::set<std::string>;

  static Uids uids_of(const std::vector<Pod>& pods) {
    Uids uids;
    for (const Pod& pod : pods) uids.insert(pod.uid);
    return uids;
  }
  static std::vector<Pod> those(const std::vector<Pod>& pods, const Uids& uids) {
    std::vector<Pod> found;
    std::ranges::copy_if(pods, std::back_inserter(found),
                         [&uids](const Pod& pod) { return uids.contains(pod.uid); });
    return found;
  }
  // Those that the last look has seen; who came since has done nothing.
  std::vector<Pod> judged(const std::vector<Pod>& pods) const {
    return scene_ ? those(pods, uids_of(scene_->pods)) : pods;
  }

  bool evicts() const { return settings_.by() == By::eviction; }
  // As long as supervise waits, and no longer than the pod itself would like.
  std::int64_t full_grace_seconds() const {
    return std::chrono::ceil<std::chrono::seconds>(stop_timeout_).count();
  }
  // A budget may make them wait for long: who has come to himself meanwhile is not meant any more.
  std::vector<Pod> without_healed(const std::vector<Pod>& pods) {
    for (const Pod& pod : pods) {
      if (!evicts() || !pod.ready || pod.leaving || sick_.erase(pod.uid) == 0) continue;
      if (doomed_->erase(pod.uid) > 0) tell(fmt::format("pod {} is ready again, and stays", pod.name));
    }
    return those(pods, *doomed_);
  }

  Task<Outcome<>> replace() {
    const auto scene = co_await current("restart");
    if (!scene) co_return core::fail(scene.error());
    std::vector<Pod> doomed = judged(scene->pods);
    if (settings_.sort != Sort::pod) doomed = sick_among(doomed);
    doomed_ = uids_of(doomed);
    sick_.clear();
    for (const Pod& pod : doomed) {
      if (!pod.ready) sick_.insert(pod.uid);
      if (pod.leaving || !pod.is_made_again()) continue;
      auto noting = cluster_.note(pod, reason_);
      const Outcome<> noted = co_await std::move(noting);
      if (!noted)
        tell(fmt::format("cannot write on pod {} why it is deleted: {}", pod.name, noted.error().what));
    }
    auto removing =
        evicts() ? evict_all(std::move(doomed)) : remove_all(std::move(doomed), full_grace_seconds());
    const Outcome<> removed = co_await std::move(removing);
    if (!removed) co_return removed;
    const Outcome<> runs = co_await until_another_runs(*doomed_);
    if (runs) doomed_.reset();
    co_return runs;
  }

  // What a budget forbids is asked for again, while there is time: it was made for others who are on their
  // way.
  Task<Outcome<>> evict_all(std::vector<Pod> doomed) {
    const core::Instant end = clock_.now() + stop_timeout_ * 9 / 10;
    for (bool is_told = false;;) {
      auto removing = remove_all(doomed, full_grace_seconds());
      const Outcome<> removed = co_await std::move(removing);
      if (removed || removed.error().code != Errc::exhausted) co_return removed;
      if (clock_.now() + evict_again_after >= end)
        co_return core::fail(
            fmt::format("cannot restart {} within {}", target(), core::show_duration(stop_timeout_ * 9 / 10)),
            removed.error());
      if (!std::exchange(is_told, true)) tell(removed.error().what + "; that is waited for");
      co_await clock_.sleep(evict_again_after);
      const auto scene = co_await current("restart");
      if (!scene) continue;
      doomed = without_healed(scene->pods);
      std::erase_if(doomed, [](const Pod& pod) { return pod.leaving; });
    }
  }

  Task<Outcome<>> remove_all(std::vector<Pod> doomed, std::int64_t patience_seconds) {
    for (const Pod& pod : doomed) {
      if (!pod.is_made_again())
        co_return core::fail(Errc::refused,
                             fmt::format("cannot delete pod {}: nobody would make it again", pod.name),
                             "let a Deployment, StatefulSet or DaemonSet make it");
      // A kill may be the first that a budget allows of it: it gets the grace that it has not had.
      const std::int64_t patience = evicts() && !pod.leaving ? full_grace_seconds() : patience_seconds;
      const std::int64_t grace = std::max<std::int64_t>(1, std::min(pod.grace_seconds, patience));
      auto removing = evicts() ? cluster_.evict(pod, grace) : cluster_.remove(pod, grace);
      const Outcome<> removed = co_await std::move(removing);
      const char* const verb = evicts() ? "evict" : "delete";
      if (!removed) co_return core::fail(fmt::format("cannot {} pod {}", verb, pod.name), removed.error());
    }
    co_return Outcome<>();
  }

  Task<Outcome<>> until_another_runs(Uids gone) {
    const core::Instant end = clock_.now() + stop_timeout_ + longest_after_stop;
    std::string trouble = "nothing was seen since";
    while (clock_.now() < end) {
      const auto seen = co_await look();
      if (seen && seen->runs && those(scene_->pods, gone).empty()) co_return Outcome<>();
      trouble = seen ? "it " + seen->sentence : seen.error().what;
      auto waiting = seen ? news() : clock_.sleep(look_again_after);
      co_await std::move(waiting);
    }
    co_return core::fail(Errc::timed_out, fmt::format("cannot see {} run again: {}", target(), trouble));
  }

  // ---- by a rollout

  Task<Outcome<>> roll_out() {
    const auto scene = co_await current("restart");
    if (!scene) co_return core::fail(scene.error());
    const Outcome<> begun = co_await begin_rollout(*scene);
    if (!begun) co_return begun;
    co_return co_await until_rolled_out();
  }

  Task<Outcome<>> begin_rollout(const Scene& scene) {
    if (!scene.workload)
      co_return core::fail(Errc::not_found,
                           fmt::format("cannot restart {}: it {}", target(), scene.seen(settings_).sentence));
    if (!scene.workload->rolls)
      co_return core::fail(Errc::refused,
                           fmt::format("cannot roll out {}: {}", target(), scene.workload->why_not),
                           "change that, or let its pods be deleted: `by: deletion`");
    auto rolling = cluster_.roll_out(*scene.workload, clock_.wall(), reason_);
    const Outcome<> done = co_await std::move(rolling);
    if (!done) co_return core::fail("cannot roll out " + target(), done.error());
    rolled_out_from_ = scene.workload->revision;
    co_return Outcome<>();
  }

  // A rollout goes on by itself: once it has begun, only our time to look on is over when supervise's is.
  Task<Outcome<>> until_rolled_out() {
    const core::Instant end = clock_.now() + stop_timeout_ * 9 / 10;
    std::string trouble = "nothing was seen since";
    bool has_begun = false;
    do {
      const auto seen = co_await look();
      const bool is_there = seen && scene_->workload;
      has_begun = has_begun || (is_there && !rolled_out_from_);
      if (is_there && has_begun && scene_->workload->is_rolled_out) co_return Outcome<>();
      trouble = is_there ? scene_->workload->progress : seen ? "it " + seen->sentence : seen.error().what;
      co_await clock_.sleep(look_again_after);
    } while (clock_.now() < end);
    if (!has_begun)
      co_return core::fail(Errc::timed_out,
                           fmt::format("cannot see the rollout of {} begin: {}", target(), trouble));
    tell(fmt::format("the rollout of {} goes on, by kubernetes: {}", target(), trouble));
    co_return Outcome<>();
  }

  // ----

  Task<Outcome<Scene>> current(const char* verb) {
    auto scene = co_await cluster_.look();
    if (!scene) co_return core::fail(fmt::format("cannot {} {}", verb, target()), scene.error());
    co_return std::move(*scene);
  }
  void tell(const std::string& sentence) const {
    if (tell_) tell_(sentence);
  }

  core::Clock& clock_;
  std::function<void(const std::string&)> tell_;
  Settings settings_;
  core::Duration stop_timeout_;
  Cluster cluster_;
  std::optional<Scene> scene_;  // as last seen: what is judged
  std::optional<Uids> doomed_;  // that a restart under way means
  std::optional<std::string> identity_;
  Uids sick_;  // of those, the ones that were not ready
  std::string reason_;
  std::optional<std::string> rolled_out_from_;  // the revision that our rollout will end, until it has begun
  bool is_made_again_ = false;                  // of a pod alone, when it was last seen
  bool told_unwatched_ = false;
  int kills_ = 0;
};

}  // namespace

std::unique_ptr<Place> make_place(const Tools& tools, Settings settings, core::Duration stop_timeout) {
  return std::make_unique<KubernetesPlace>(tools, std::move(settings), stop_timeout);
}

}  // namespace outrider::actuators::kubernetes
