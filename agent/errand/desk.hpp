// Where errands are asked for: looks who asks, looks into the list, writes down, does it, writes down how it
// went. What it is asked is `POST /v1/restart/tests-api` and nothing else.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/journal.hpp"
#include "agent/core/log.hpp"
#include "agent/errand/pace.hpp"
#include "agent/errand/settings.hpp"
#include "agent/net/http.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::errand {

struct Request {
  Verb verb = Verb::look;
  int signal = 0;
  std::string name;
};

// Nothing when it is none.
std::optional<Request> read_request(std::string_view method, std::string_view path);

// Everything outlives the desk.
struct Tools {
  core::Clock& clock;
  core::Log& log;
  core::Journal& journal;
  actuators::Tools hands;
};

// No errand takes longer, whatever its actuator allows itself.
inline constexpr core::Duration longest_errand = std::chrono::minutes(10);

class Desk {
 public:
  Desk(Settings settings, Tools tools);

  core::Task<net::Response> serve(net::Call call);

 private:
  // One line of the list, and how often it was asked for.
  struct Line {
    Grant grant;
    Pace errands;
    Pace looks;
  };

  Line* find(std::int64_t uid, const std::string& name);
  core::Task<net::Response> refuse(std::string peer, Request request, std::string why);
  core::Task<net::Response> carry_out(Line& line, Request request, std::string peer);
  core::Task<core::Outcome<std::string>> act(actuators::Place& place, Request request);
  core::Task<net::Response> do_written(Grant grant, Request request, std::string peer);

  std::vector<Line> lines_;
  Tools tools_;
  Pace refusals_;                // that are written down
  std::uint64_t unwritten_ = 0;  // and those that were not, since
  std::set<std::pair<std::string, Verb>> under_way_;
};

}  // namespace outrider::errand
