#include "agent/audit/journal.hpp"

#include "agent/async/bell.hpp"
#include "agent/audit/writer.hpp"
#include "agent/core/text.hpp"

#include <deque>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>

namespace outrider::audit {
namespace {

// A line on its way, and what became of it.
struct Waiting {
  Draft draft;
  std::optional<core::Outcome<std::uint64_t>> outcome;
};

using Batch = std::vector<std::shared_ptr<Waiting>>;

constexpr std::size_t most_waiting = 1000;

}  // namespace

// Everything here belongs to the river, but `writer`, which belongs to the one job in the pool while `busy`.
struct Journal::State {
  State(Tools given, Settings settings)
      : tools(given),
        done(tools.river),
        writer(tools.files, settings.directory, settings.rotate_at_bytes),
        directory(std::move(settings.directory)) {
    entries_total = &prometheus::BuildCounter()
                         .Name("outrider_audit_entries_total")
                         .Help("Lines written to the audit trail")
                         .Register(tools.registry)
                         .Add({});
    failures_total = &prometheus::BuildCounter()
                          .Name("outrider_audit_failures_total")
                          .Help("Lines that could not be written to the audit trail")
                          .Register(tools.registry)
                          .Add({});
    intact = &prometheus::BuildGauge()
                  .Name("outrider_audit_chain_intact")
                  .Help("1 while the audit trail is what was written, 0 once it is not")
                  .Register(tools.registry)
                  .Add({});
  }

  static void kick(const std::shared_ptr<State>& self);
  void deliver(const Batch& batch, const core::Outcome<std::uint64_t>& first, const Head& head);

  Tools tools;
  async::Bell done;
  Writer writer;
  std::string directory;
  std::deque<std::shared_ptr<Waiting>> queue;
  bool busy = false;
  Head head;  // of what is durable
  std::string broken;
  std::string failing;
  std::string found;
  std::string trouble;
  prometheus::Counter* entries_total;
  prometheus::Counter* failures_total;
  prometheus::Gauge* intact;
};

void Journal::State::kick(const std::shared_ptr<State>& self) {
  if (self->busy || self->queue.empty()) return;
  self->busy = true;
  Batch batch(self->queue.begin(), self->queue.end());
  self->queue.clear();
  self->tools.pool.submit([self = self, batch]() mutable {
    const async::Executor river = self->tools.river;
    std::vector<Draft> drafts;
    for (const auto& waiting : batch) drafts.push_back(waiting->draft);
    const auto first = self->writer.append(drafts);
    const Head head = self->writer.head();
    boost::asio::post(river, [self, batch, first, head] { self->deliver(batch, first, head); });
    // The head follows the acknowledgement, so that a restart does not wait for a second and third sync.
    if (first) (void)self->writer.save_head();
    // Handed over, not shared: the last one to let go of the state must be on the river, where its bell
    // lives.
    boost::asio::post(river, [self = std::move(self)] {
      self->busy = false;
      self->done.ring();
      kick(self);
    });
  });
}

void Journal::State::deliver(const Batch& batch, const core::Outcome<std::uint64_t>& first, const Head& now) {
  head = now;
  std::uint64_t sequence = first ? *first : 0;
  for (const auto& waiting : batch) {
    if (first)
      waiting->outcome = sequence++;
    else
      waiting->outcome = core::fail(first.error());
  }
  (first ? entries_total : failures_total)->Increment(static_cast<double>(batch.size()));
  const std::string problem = first ? std::string() : first.error().what;
  if (failing.empty() && !problem.empty())
    tools.log.error("audit", "Cannot write the audit trail", {{"because", problem}});
  if (!failing.empty() && problem.empty()) tools.log.info("audit", "The audit trail takes lines again");
  failing = problem;
  trouble = failing.empty() ? broken : failing;
  done.ring();
}

Journal::Journal(std::shared_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;

namespace {

// Coroutines below keep the state alive by themselves: a caller may be gone before the disk is.
template <class State>
core::Task<core::Outcome<std::uint64_t>> write(std::shared_ptr<State> state, Draft draft) {
  if (state->queue.size() >= most_waiting) {
    state->failures_total->Increment();
    co_return core::fail(core::Errc::exhausted,
                         "cannot write to the audit trail: too many lines wait already");
  }
  const auto waiting = std::make_shared<Waiting>();
  waiting->draft = std::move(draft);
  waiting->draft.time = core::show_time(state->tools.clock.wall());
  state->queue.push_back(waiting);
  State::kick(state);
  while (!waiting->outcome) co_await state->done.wait();
  co_return *waiting->outcome;
}

}  // namespace

core::Task<core::Outcome<std::unique_ptr<Journal>>> Journal::open(Tools tools, Settings settings) {
  const auto state = std::make_shared<State>(tools, std::move(settings));
  const std::string time = core::show_time(tools.clock.wall());
  auto work = [state, time] { return state->writer.open(time); };
  auto found = co_await async::offload(tools.pool, std::move(work));
  if (!found) co_return core::fail(found.error());
  state->head = state->writer.head();
  state->broken = state->trouble = state->head.broken;
  state->found = *found;
  state->intact->Set(state->broken.empty() ? 1 : 0);
  if (!found->empty()) {
    tools.log.warn("audit", "The audit trail was not as it was left", {{"found", *found}});
    Draft note;
    note.phase = "note";
    note.actor = "audit";
    note.action = "recover";
    note.target = "audit.jsonl";
    note.reason = *found;
    (void)co_await write(state, std::move(note));  // its failure shows in trouble() and the metrics
  }
  co_return std::unique_ptr<Journal>(new Journal(state));
}

core::Task<core::Outcome<std::uint64_t>> Journal::intend(core::Deed deed) {
  Draft draft;
  draft.phase = "intent";
  draft.actor = std::move(deed.actor);
  draft.action = std::move(deed.action);
  draft.target = std::move(deed.target);
  draft.reason = std::move(deed.reason);
  return write(state_, std::move(draft));
}

core::Task<core::Outcome<>> Journal::conclude(std::uint64_t intent, bool succeeded, std::string result) {
  Draft draft;
  draft.phase = "result";
  draft.intent = intent;
  draft.succeeded = succeeded;
  draft.result = std::move(result);
  const auto written = co_await write(state_, std::move(draft));
  if (!written) co_return core::fail(written.error());
  co_return core::Outcome<>();
}

core::Task<void> Journal::settle() {
  const auto state = state_;
  while (state->busy || !state->queue.empty()) co_await state->done.wait();
}

core::Task<core::Outcome<Report>> Journal::check() {
  const auto state = state_;
  auto work = [state] { return verify(state->tools.files, state->directory); };
  core::Outcome<Report> report = co_await async::offload(state->tools.pool, work);
  if (!report || report->intact()) co_return report;
  // A line that was just being written looks like a fault, too: once more, with nobody writing.
  while (state->busy) co_await state->done.wait();
  state->busy = true;
  struct Release {
    std::shared_ptr<State> state;
    ~Release() {
      state->busy = false;
      state->done.ring();
      State::kick(state);
    }
  } const release{state};
  report = co_await async::offload(state->tools.pool, std::move(work));
  if (report && !report->intact()) {
    if (state->broken.empty())
      state->tools.log.error("audit", "The audit trail is not what was written",
                             {{"found", report->sentence()}});
    state->broken = report->sentence();
    if (state->failing.empty()) state->trouble = state->broken;
    state->intact->Set(0);
  }
  co_return report;
}

std::uint64_t Journal::entries() const { return state_->head.sequence; }
std::string Journal::last_hash() const { return state_->head.hash; }
const std::string& Journal::trouble() const { return state_->trouble; }
const std::string& Journal::broken() const { return state_->broken; }
const std::string& Journal::found() const { return state_->found; }

}  // namespace outrider::audit
