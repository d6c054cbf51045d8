// A cluster that exists only in memory, behind net::Client: it keeps documents by index and id as a real one
// does, and a test says what goes wrong on the way.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/net/gzip.hpp"
#include "agent/net/http.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace outrider::sinks::elasticsearch::testing {

using Reply = core::Outcome<net::Response>;

class FakeCluster final : public net::Client {
 public:
  explicit FakeCluster(core::Clock& clock) : clock_(clock) {}

  using Script = std::function<Reply(FakeCluster&, const net::Request&)>;
  std::deque<Script> script;       // for the next bulk requests, one each; then it does what it is asked
  std::deque<Script> looks;        // for the others
  std::vector<net::Request> seen;  // bodies unpacked
  std::map<std::string, std::map<std::string, std::string>> indices;  // id → document
  std::vector<std::string> backing{"ds-000001"};                      // of the data stream
  std::vector<core::WallTime> began{core::WallTime{}};                // each of them
  core::Duration takes = std::chrono::milliseconds(5);
  std::uint32_t under_way = 0, most_under_way = 0;

  core::Task<Reply> ask(net::Request request, core::Duration limit) override {
    ++under_way;
    most_under_way = std::max(most_under_way, under_way);
    request.body = std::string(request.payload());  // as it came: its sender uses it again
    if (net::header(request.headers, "content-encoding") == "gzip") {
      request.body = net::gunzip(request.body, 1u << 30).value();
    }
    auto& scripts = request.url.find("/_bulk?") != std::string::npos ? script : looks;
    Script next = scripts.empty() ? Script(&FakeCluster::serve) : std::move(scripts.front());
    if (!scripts.empty()) scripts.pop_front();
    seen.push_back(request);
    co_await clock_.sleep(std::min(takes, limit));
    --under_way;
    co_return next(*this, request);
  }

  // What a cluster in good health does.
  static Reply serve(FakeCluster& cluster, const net::Request& request) {
    if (request.url.find("/_settings") != std::string::npos) return cluster.tell_generations();
    if (request.url.find("/_mget") != std::string::npos) return cluster.get(request);
    if (request.body.starts_with("{\"delete\"")) return cluster.take_out(request);
    return cluster.create(request, {});
  }

  void roll_over() {
    backing.push_back(fmt::format("ds-{:06}", backing.size() + 1));
    began.push_back(clock_.wall());
  }

  Reply tell_generations() {
    std::string all;
    for (std::size_t i = 0; i < backing.size(); ++i) {
      const auto ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(began[i].time_since_epoch()).count();
      all += fmt::format(R"({}"{}":{{"settings":{{"index.creation_date":"{}"}}}})", i > 0 ? "," : "",
                         backing[i], ms);
    }
    return net::Response{200, {}, "{" + all + "}"};
  }

  Reply get(const net::Request& request) {
    const auto& kept = indices[index_of(request)];
    std::string docs;
    for (std::size_t at = request.body.find('['); request.body[at] != ']'; at += 23) {
      const bool found = kept.contains(request.body.substr(at + 2, 20));
      docs += fmt::format(R"({}{{"found":{}}})", docs.empty() ? "" : ",", found);
    }
    return net::Response{200, {}, "{\"docs\":[" + docs + "]}"};
  }

  Reply take_out(const net::Request& request) {
    std::string_view rest = request.body;
    while (!rest.empty()) indices[index_of(request)].erase(field_of(std::string(line_of(rest)), "_id"));
    return net::Response{200, {}, "{\"errors\":false}"};
  }

  static std::string index_of(const net::Request& request) {
    const std::size_t begin = request.url.find('/', 8) + 1;
    return request.url.substr(begin, request.url.find('/', begin) - begin);
  }

  // `said` overrules what it says of single items, by their place; those are not kept.
  Reply create(const net::Request& request, const std::map<std::size_t, std::string>& said) {
    std::string items;
    std::size_t place = 0;
    std::string_view rest = request.body;
    while (!rest.empty()) {
      const std::string action(line_of(rest));
      const std::string document(line_of(rest));
      const auto overruled = said.find(place++);
      if (!items.empty()) items += ',';
      if (overruled != said.end()) {
        items += fmt::format(R"({{"create":{}}})", overruled->second);
        continue;
      }
      const std::string index = field_of(action, "_index");
      auto& kept = indices[index.empty() ? backing.back() : index];
      const bool is_new = kept.emplace(field_of(action, "_id"), document).second;
      items += is_new ? R"({"create":{"status":201}})"
                      : R"({"create":{"status":409,"error":{"type":"version_conflict_engine_exception",)"
                        R"("reason":"document already exists"}}})";
    }
    return net::Response{200, {}, fmt::format(R"({{"errors":false,"items":[{}]}})", items)};
  }

  std::size_t asked_for(std::string_view what) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        seen, [&](const net::Request& request) { return request.url.find(what) != std::string::npos; }));
  }

  std::size_t documents() const {
    std::size_t all = 0;
    for (const auto& [name, kept] : indices) all += kept.size();
    return all;
  }

  static std::string_view line_of(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return line;
  }
  static std::string field_of(const std::string& action, const std::string& name) {
    const std::string before = "\"" + name + "\":\"";
    const std::size_t at = action.find(before);
    if (at == std::string::npos) return {};
    const std::size_t begin = at + before.size();
    return action.substr(begin, action.find('"', begin) - begin);
  }

 private:
  core::Clock& clock_;
};

}  // namespace outrider::sinks::elasticsearch::testing
