#include "tests/sim/fleet/fleet.hpp"

#include "agent/core/text.hpp"
#include "tests/sim/fleet/node.hpp"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

namespace outrider::sim {
namespace {

using namespace std::chrono_literals;
using core::Instant;

const std::vector<std::string> infra_names{"postgres", "redis", "queue", "objects"};

// How long what is true takes to be known everywhere: a round of probes that time out, for each agent that
// hands on what it knows, and the run that makes a verdict.
constexpr core::Duration settled_after = 45s;
// An answer that is on its way, and the next one.
constexpr core::Duration one_round = 9s;
// A restart is paid for when it is decided; what it replaces may have had its whole time to end.
constexpr core::Duration from_decision_to_start = 8s;

core::Task<void> insist(supervise::Supervisor& supervisor) {
  core::Operator who{"alice", "I have looked at it"};
  (void)co_await supervisor.restart(std::move(who), true);
}

}  // namespace

class Fleet final : public Watcher {
 public:
  Fleet(std::uint64_t seed, unsigned services) : ground_(seed) { build(services); }

  FleetAccount live(core::Duration length) {
    for (const auto& node : nodes_) node->begin();
    pass(1min);
    for (const auto& node : nodes_)
      expect(node->health().verdict().state == core::State::healthy, node->name() + " did not start");
    const Instant end = ground_.clock.now() + length;
    Instant next = ground_.clock.now();
    while (ground_.clock.now() < end) {
      if (ground_.clock.now() >= next && running_.size() < 5) {
        befall();
        next = ground_.clock.now() + std::chrono::seconds(5 + below(60));
      }
      pass(1s);
      end_faults(false);
    }
    end_faults(true);
    check_budgets();
    calm_down();
    for (const auto& node : nodes_) {
      for (const auto& [why, count] : node->said) account_.refusals.push_back(why);
    }
    return std::move(account_);
  }

 private:
  struct Running {
    Instant until;
    std::function<void()> end;
  };

  std::uint64_t below(std::uint64_t limit) { return ground_.random->below(limit); }
  Node& any() { return *nodes_[below(nodes_.size())]; }

  void expect(bool held, const std::string& otherwise) {
    if (held || account_.broken.size() > 20) return;
    account_.broken.push_back(
        fmt::format("at {}: {}", core::show_duration(ground_.clock.now() - Instant{}), otherwise));
  }

  // Groups of replicas in layers: who is higher needs one or two of those below, and some infrastructure.
  void build(unsigned services) {
    for (const std::string& name : infra_names) {
      ground_.infra_down[name] = false;
      ground_.net.add_host(name + ":1", [](const net::Call&) { return net::Response(); });
    }
    unsigned group = 0;
    while (nodes_.size() < services) {
      const std::string group_name = fmt::format("group-{:02}", group++);
      const std::uint64_t replicas = std::min<std::uint64_t>(1 + below(4), services - nodes_.size());
      std::vector<std::string> infra;
      for (const std::string& name : infra_names)
        if (below(3) == 0) infra.push_back(name);
      std::vector<Node*> needs;
      const std::uint64_t below_it = nodes_.size();
      for (std::uint64_t i = below_it < 5 ? 0 : below(3); i > 0; --i) {
        // Of the lower half: so that chains are two or three long, not one through all.
        Node* const need = nodes_[below((below_it + 1) / 2)].get();
        if (std::find(needs.begin(), needs.end(), need) == needs.end()) needs.push_back(need);
      }
      for (std::uint64_t replica = 0; replica < replicas; ++replica)
        nodes_.push_back(std::make_unique<Node>(ground_, *this, fmt::format("{}-{}", group_name, replica + 1),
                                                group_name, infra, needs));
    }
  }

  // ---- faults

  void during(const char* name, std::function<void()> begin, std::function<void()> end) {
    ++account_.faults[name];
    changed_ = ground_.clock.now();
    begin();
    running_.push_back({ground_.clock.now() + 60s + std::chrono::seconds(below(180)), std::move(end)});
  }

  void end_faults(bool all) {
    const Instant now = ground_.clock.now();
    for (std::size_t i = running_.size(); i-- > 0;) {
      if (!all && running_[i].until > now) continue;
      running_[i].end();
      changed_ = now;
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  std::vector<Node*> replicas_of(const std::string& group) {
    std::vector<Node*> found;
    for (const auto& node : nodes_)
      if (node->group() == group) found.push_back(node.get());
    return found;
  }

  void note(Node& node) { node.changed = changed_ = ground_.clock.now(); }

  void befall() {
    Node& node = any();
    switch (below(10)) {
      case 0:
        ++account_.faults["crash"];
        changed_ = ground_.clock.now();
        for (std::uint64_t more = 1 + below(3); more > 0; --more) any().crash();
        break;
      case 1:
        ++account_.faults["sick"];
        note(node);
        node.sick = true;
        break;
      case 2:
        ++account_.faults["all replicas sick"];
        for (Node* const one : replicas_of(node.group())) {
          note(*one);
          one->sick = true;
        }
        break;
      case 3:
        ++account_.faults["hang"];
        note(node);
        node.hang(true);
        break;
      case 4: set_for_a_while("busy", node, &Node::busy); break;
      case 5: set_for_a_while("bad release", node, &Node::bad_release); break;
      case 6: shared_trouble(); break;
      default: blind(node);
    }
  }

  void set_for_a_while(const char* name, Node& node, bool Node::* what) {
    const auto set = [this, &node, what](bool to) {
      note(node);
      node.*what = to;
    };
    during(name, [set] { set(true); }, [set] { set(false); });
  }

  // Agents that cannot ask, or cannot be asked: nothing may be done because of it.
  void blind(Node& node) {
    switch (below(3)) {
      case 0:
        during(
            "agent unreachable",
            [&] { ground_.net.set_fault(node.agent_address(), {net::Trouble::partition, {}, 0}); },
            [this, &node] { ground_.net.set_fault(node.agent_address(), {}); });
        blind_.push_back(&node);
        break;
      case 1:
        during("agent without descriptors", [&] { node.starved = true; }, [&node] { node.starved = false; });
        blind_.push_back(&node);
        break;
      default:
        during(
            "leases unreachable", [this] { ground_.locks.unreachable = true; },
            [this] { ground_.locks.unreachable = false; });
    }
  }

  void shared_trouble() {
    const std::string& name = infra_names[below(infra_names.size())];
    if (ground_.infra_down[name]) return;
    const auto trouble = below(2) == 0 ? net::Trouble::refuse : net::Trouble::partition;
    during(
        "shared dependency down",
        [&] {
          ground_.infra_down[name] = true;
          ground_.net.set_fault(name + ":1", {trouble, {}, 0});
        },
        [this, &name] {
          ground_.infra_down[name] = false;
          ground_.net.set_fault(name + ":1", {});
        });
  }

  // ---- promises

  void pass(core::Duration length) {
    const Instant end = ground_.clock.now() + length;
    while (ground_.clock.now() < end) {
      ground_.clock.advance(1s);
      for (const auto& node : nodes_)
        if (!node->works()) last_bad_[node.get()] = ground_.clock.now();
      if ((ground_.clock.now() - Instant{}) / 1s % 5 == 0) check_roots();
    }
  }

  // Whether all that explains a node's trouble could be seen: an agent that cannot be asked, or cannot ask,
  // explains nothing, and neither does whoever asks it.
  bool sees(const Node& node) const {
    if (std::find(blind_.begin(), blind_.end(), &node) != blind_.end()) return false;
    return std::all_of(node.needs().begin(), node.needs().end(),
                       [this](const Node* need) { return sees(*need); });
  }

  void takes_down(Node& node, const std::string& why) override {
    ++account_.restarts;
    const Instant now = ground_.clock.now();
    const std::string what = node.name() + " was restarted (" + why + ") ";
    expect(node.health().verdict().state == core::State::sick, what + "although it was not known to be sick");
    if (!node.broken() && sees(node)) {
      const auto roots = node.roots();
      expect(roots.empty(), what + "for the trouble of " + (roots.empty() ? "nobody" : *roots.begin()));
      if (roots.empty())
        expect(now - last_bad_[&node] < one_round, what + "although it has been well for a while");
    }
    const bool only_busy = node.busy && !node.sick && !node.hanging && !node.bad_release;
    expect(!only_busy, what + "although it only had too much to do");
    for (Node* const other : replicas_of(node.group())) {
      const auto phase = other->supervisor().status().phase;
      const bool being_restarted =
          phase == "stopping" || (phase == "starting" && taken_down_.contains(other));
      expect(other == &node || !being_restarted, what + "while " + other->name() + " was being restarted");
    }
    taken_down_.insert(&node);
    auto& times = group_restarts_[node.group()];
    times.push_back(now);
    const auto in_window =
        std::count_if(times.begin(), times.end(), [&](Instant time) { return now - time < budget_window; });
    expect(in_window <= group_budget, what + "beyond the budget of its group");
  }

  void check_roots() {
    const Instant now = ground_.clock.now();
    for (const auto& node : nodes_) {
      if (node->supervisor().status().phase == "running" &&
          node->health().verdict().state != core::State::unknown)
        taken_down_.erase(node.get());
      if (now - changed_ < settled_after || !sees(*node) || !node->alive()) continue;
      // What was restarted lately changed the truth as well.
      const auto is_new = [&](const std::unique_ptr<Node>& one) {
        return now - one->changed < settled_after;
      };
      if (std::any_of(nodes_.begin(), nodes_.end(), is_new)) return;
      const core::ServiceVerdict& verdict = node->health().verdict();
      if (node->works() || verdict.state != core::State::sick) continue;
      const auto roots = node->roots();
      ++account_.roots_checked;
      if (!node->broken()) {
        expect(!verdict.causes.empty(),
               node->name() + " is sick because of " + *roots.begin() + ", and nothing explains it");
        ++account_.explained;
      }
      if (!verdict.causes.empty())
        expect(roots.contains(verdict.causes.back()),
               fmt::format("{} is explained by {}, which is not in trouble", node->name(),
                           verdict.causes.back()));
    }
  }

  void check_budgets() {
    for (const auto& node : nodes_) {
      const auto starts = node->starts();
      for (std::size_t i = 1; i + own_budget < starts.size(); ++i)
        expect(starts[i + own_budget] - starts[i] >= budget_window - from_decision_to_start,
               node->name() + " was restarted beyond its budget");
      if (starts.size() > 1) account_.deaths += starts.size() - 1;
      expect(ground_.processes.alive("/usr/bin/" + node->name()) <= 1,
             "two of " + node->name() + " run at once");
    }
    account_.deaths -= std::min(account_.deaths, account_.restarts);
  }

  // The faults are over: everything gets well by itself, but for what was handed to a human.
  void calm_down() {
    pass(budget_window + 3min);
    blind_.clear();
    async::Nursery humans(ground_.loop.get_executor());
    for (const auto& node : nodes_) {
      const core::ServiceStatus status = node->supervisor().status();
      if (status.rung != "human" || node->health().verdict().state == core::State::healthy) continue;
      ++account_.handed_over;
      humans.start(insist(node->supervisor()));
    }
    pass(3min);
    for (const auto& node : nodes_) {
      const core::ServiceStatus status = node->supervisor().status();
      expect(status.phase == "running" && node->health().verdict().state == core::State::healthy,
             fmt::format("after the faults {} is {} and {}: {}", node->name(), status.phase,
                         core::name_of(node->health().verdict().state), status.last_decision));
    }
    for (const auto& node : nodes_) humans.start(node->end());
    ground_.clock.advance(1min);
    expect(humans.size() == 0, "an agent did not end");
    expect(ground_.processes.leaked() == 0, "a process was left behind");
  }

  Ground ground_;
  FleetAccount account_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<Running> running_;
  std::vector<const Node*> blind_;  // ever, during the faults
  Instant changed_{};
  std::map<const Node*, Instant> last_bad_;
  std::set<const Node*> taken_down_;
  std::map<std::string, std::vector<Instant>> group_restarts_;
};

FleetAccount live_as_a_fleet(std::uint64_t seed, unsigned services, core::Duration length) {
  return Fleet(seed, services).live(length);
}

}  // namespace outrider::sim
