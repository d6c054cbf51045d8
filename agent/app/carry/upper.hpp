// The upper river, put together: the pipeline that carries the child's output, the one that scrapes, and the
// page that shows the metrics. All of it lives on `carry`; from `decide` it is reached by across() and
// adopt().
#pragma once

#include "agent/app/carry/kept_output.hpp"
#include "agent/app/carry/lease.hpp"
#include "agent/app/carry/pulse.hpp"
#include "agent/app/carry/tap_desk.hpp"
#include "agent/app/world.hpp"
#include "agent/async/bell.hpp"
#include "agent/async/mailbox.hpp"
#include "agent/async/slot.hpp"
#include "agent/pipeline/pipeline.hpp"
#include "agent/sinks/prometheus/page.hpp"
#include "agent/telemetry/overheard/ears.hpp"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <prometheus/registry.h>

namespace outrider::app {

class Upper {
 public:
  struct Hooks {
    std::function<void(pipeline::Snapshot)> publish;              // streams and scrapes, from any thread
    std::function<void(std::exception_ptr)> part_ended;           // a part ended that should not have
    pipeline::Keep keep{};                                        // the flight recorder; empty: there is none
    std::function<core::Task<std::int64_t>()> service_process{};  // see sources::Tools
  };

  Upper(World& world, prometheus::Registry& registry, core::Resource resource, Hooks hooks);

  // Opens the metrics listener, or says who holds its port. Nothing runs yet.
  core::Task<core::Outcome<>> open(const Settings& settings);

  // Starts carrying. After open().
  core::Task<void> start(const Settings& settings);

  // Carries what is left to the end, within the pipeline's own limit, and closes the listener.
  core::Task<void> stop();

  // Each replaces one part; the others go on. On failure the old part runs on and the error says why.
  core::Task<core::Outcome<>> change_listener(const Settings& from, const Settings& to);
  core::Task<core::Outcome<>> change_scrapes(const Settings& settings);
  core::Task<core::Outcome<>> change_samples(const Settings& settings);
  core::Task<core::Outcome<>> change_logs(const Settings& settings);
  core::Task<core::Outcome<>> reload_certificates();
  core::Task<void> change_promises(const Settings& settings);

  // What an operator wants done with what is parked.
  core::Task<core::Outcome<std::string>> parked(core::ParkedQuestion question);

  // For `decide`: looking at the logs as they go by.
  core::Taps& taps() { return tap_desk_; }

  // Any thread: for who judges the service by what it writes.
  telemetry::Ears& ears() { return ears_; }

  // Any thread: a child has started and this is what it will write. Before start() it waits.
  bool adopt(os::Written written);

  core::RiverStatus river() const { return pulse_.status(); }  // any thread
  const std::string& metrics_address() const { return metrics_address_; }

 private:
  // One pipeline and the slot it runs in. The page may hold on to it a little longer.
  struct Part {
    std::shared_ptr<pipeline::Pipeline> pipeline;
    std::unique_ptr<async::Slot> slot;
  };

  core::Task<void> pass_on_children();
  core::Task<void> run_chores();
  void serve();
  struct Child {
    std::uint32_t generation = 0;
    std::shared_ptr<LentStream> output;
    std::shared_ptr<LentStream> errors;
  };
  core::Task<std::shared_ptr<LentStream>> take_up(std::unique_ptr<os::ByteSource> bytes);
  sources::ChildStream lend(const std::shared_ptr<LentStream>& stream, std::string_view name);
  void lend(const Child& child);
  core::Task<core::Outcome<>> open_book(const Settings& settings);
  enum class Carries { logs, scrapes, samples };
  Part make_part(pipeline::Settings settings, Carries what, pipeline::Keep keep);
  void make_logs(const Settings& settings);
  void start_samples(const Settings& settings);
  core::Task<std::vector<telemetry::FamilySetPointer>> gather_metrics();
  pipeline::Keep all_who_hear(const Settings& settings);
  void publish(pipeline::Snapshot part, Carries what);
  std::shared_ptr<sinks::prometheus::MetricsPage> make_page() const;
  core::Outcome<std::unique_ptr<net::Server>> listen(const Settings& settings);

  World& world_;
  prometheus::Registry& registry_;
  core::Resource resource_;
  Hooks hooks_;
  Pulse pulse_;
  async::Slot chores_;
  async::Mailbox<os::Written> children_;
  std::uint32_t generation_ = 0;
  std::vector<std::string> written_down_;  // streams that go by the spool
  Child child_;                            // the newest: its output outlives a reload
  KeptOutput kept_;
  std::unique_ptr<durable::Book> book_;  // null until logs need it
  std::unique_ptr<durable::Book> no_book_ = durable::make_memory_book();
  std::string installation_;
  telemetry::Ears ears_;
  pipeline::Taps taps_;
  TapDesk tap_desk_;
  Part logs_;
  std::size_t asking_ = 0;  // questions about what is parked that logs_ has not answered yet
  async::Bell answered_;
  Part scrapes_;
  Part samples_;  // only where they are sent on
  std::shared_ptr<sinks::prometheus::MetricsPage> page_;
  std::unique_ptr<net::Server> server_;
  std::unique_ptr<async::Slot> server_slot_;
  std::string metrics_address_;
  std::array<pipeline::Snapshot, 3> shown_;  // by what they carry
};

}  // namespace outrider::app
