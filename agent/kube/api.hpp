// Asks the API server of Kubernetes, one thing at a time. For one river.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/kube/access.hpp"
#include "agent/kube/events.hpp"
#include "agent/net/http.hpp"
#include "agent/os/files.hpp"

#include <string>
#include <utility>

#include <boost/json/object.hpp>

namespace outrider::kube {

// Everything outlives the Api.
struct Tools {
  core::Clock& clock;
  net::Client& http;
  async::Pool& pool;
  os::Files& files;
};

// About something in our namespace.
struct Question {
  std::string method = "GET";
  std::string group = "api/v1";  // "apis/apps/v1"
  std::string what;              // "pods/tests-api-0", "pods?labelSelector=…"
  std::string content_type = "application/json";
  std::string body;
  bool waits_its_turn = true;  // a 429 is waited out; else it is an answer like any other
};

// What went well has the object of the answer. Of the errors
//   not_found  the API server itself says that there is no such object
//   busy       409: it has changed meanwhile, or is there already
//   denied     401, 403: we may not
//   exhausted  429: too much is asked of it, for longer than our limit
//   refused    any other no
// and all others mean that nobody knows: also whether what was asked for was done.
class Api {
 public:
  Api(Access access, const Tools& tools) : access_(std::move(access)), tools_(tools) {}

  core::Task<core::Outcome<boost::json::object>> ask(Question question);

  // Hears what becomes of `question.what` from `version` on, which goes along; returns with the first news,
  // or when `limit` is over. Never `broken`: that is an Error.
  core::Task<core::Outcome<Heard>> watch(Question question, std::string& version, core::Duration limit);

  const Access& access() const { return access_; }

 private:
  core::Task<core::Outcome<>> get_ready();
  core::Task<core::Outcome<net::Response>> send(const Question& question, core::Duration limit,
                                                Events* hearing = nullptr);
  core::Task<core::Outcome<std::string>> read_file(std::string path);

  Access access_;
  Tools tools_;
  std::string token_;
  core::Instant token_read_{};
};

// "a/b=c" -> "a%2Fb%3Dc"
std::string quote(std::string_view text);

}  // namespace outrider::kube
