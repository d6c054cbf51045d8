// Senders that keep what they send until they are told, and where they come: at one listener for each
// address, whatever signals are taken there.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/server.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::sources {

struct Tools;

// What became of what was put there.
struct Kept {
  std::uint64_t refused = 0;  // of it, for good: to come again would not help
  std::string why{};          // of the first of them
};

// Where what their senders keep until they are told is put.
class KeepingIntake {
 public:
  KeepingIntake() = default;
  KeepingIntake(const KeepingIntake&) = delete;
  KeepingIntake& operator=(const KeepingIntake&) = delete;
  virtual ~KeepingIntake() = default;

  // On the disk when it returns, but for metrics, which are what was said last. An error: none of it was
  // taken, and its sender may offer it again: `busy` soon, `exhausted` after a while.
  virtual core::Task<core::Outcome<Kept>> keep(telemetry::Batch batch) = 0;
};

inline constexpr std::string_view trace_stream = "traces";  // of all spans, however they came
inline constexpr std::string_view log_stream = "otlp";      // of all log records that came so
inline constexpr std::string_view metric_stream = "metrics over otlp";

enum class Signal : std::uint8_t { traces, logs, metrics };

class Reception;

// What is listened for, and where.
struct ListenPlan {
  Signal signal = Signal::traces;
  std::string http{}, grpc{};                                           // addresses; empty: not
  std::optional<net::TlsFiles> tls{};                                   // for both
  std::uint64_t most_request = 20u << 20;                               // bytes, unpacked
  std::uint32_t connections = 64;                                       // of each kind
  std::function<std::unique_ptr<Reception>(const Tools&)> reception{};  // one that can do so

  // Files that it will read, each with its key: `doctor` looks at them.
  std::vector<std::pair<std::string, std::string>> reads() const;
};

class HeardMetrics;  // heard.hpp

// Metrics that senders bring.
struct HeardPlan {
  ListenPlan listen;
  std::function<std::unique_ptr<HeardMetrics>(const Tools&)> make;
};

// Why the two cannot be heard side by side, for a person to read; nothing: they can.
std::optional<std::string> conflict(const ListenPlan& one, const ListenPlan& other);

class Reception {
 public:
  Reception() = default;
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;
  virtual ~Reception() = default;

  // Before it runs: what comes so is for `intake`, which outlives it.
  virtual void expect(const ListenPlan& plan, KeepingIntake& intake) = 0;

  // Listens until cancelled, or until it was told to finish and has answered what it was asked.
  virtual core::Task<void> run() = 0;
  virtual void finish() = 0;
};

}  // namespace outrider::sources
