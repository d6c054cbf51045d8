// One address at which senders come: which signals are taken there, and what both kinds of doors share.
#pragma once

#include "agent/sources/otlp/meters.hpp"
#include "agent/sources/otlp/taking/taking.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::sources::otlp {

struct DoorSettings {
  std::string address;
  std::string name;  // as the metrics have it
  std::optional<net::TlsFiles> tls;
  std::uint64_t most_request;  // bytes
  std::uint32_t connections;
};

class Door {
 public:
  Door(const Tools& tools, DoorSettings settings, std::initializer_list<const char*> usual_statuses);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  virtual ~Door() = default;

  const std::string& address() const { return settings_.address; }
  void seat(Taking& taking) { seated_.push_back(&taking); }  // which outlives it

  // Until cancelled; then calls that run are answered within a second.
  virtual core::Task<void> listen() = 0;

  // For who calls from now on.
  virtual core::Outcome<> reload_certificates() = 0;

 protected:
  // Who takes what comes there; null: nobody.
  using Name = std::string_view SignalKind::*;
  Taking* taking_at(Name name, std::string_view said) const;
  std::string all(Name name) const;  // "traces and logs"

  // A port that is in use may be free later; until then the metric and the log say that nothing can come.
  core::Task<void> cannot_listen(const core::Error& error);
  void count(const Verdict& verdict, const SignalKind& kind);

  Tools tools_;
  DoorSettings settings_;
  Meters meters_;

 private:
  std::vector<Taking*> seated_;
};

// Whatever comes, no more memory than that is taken by requests that are not looked at yet.
inline std::uint64_t most_at_once(const DoorSettings& settings) { return 2 * settings.most_request; }

}  // namespace outrider::sources::otlp
