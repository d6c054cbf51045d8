// One delivery: what is open of the offer is cut into requests, several of which are under way at once; each
// answer settles its records. What the cluster has no room for just now is tried a few times, quickly.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/sinks/elasticsearch/bulk/answer.hpp"
#include "agent/sinks/elasticsearch/bulk/bodies.hpp"
#include "agent/sinks/elasticsearch/bulk/verdict.hpp"
#include "agent/sinks/elasticsearch/cluster/meters.hpp"
#include "agent/sinks/elasticsearch/cluster/pace.hpp"
#include "agent/sinks/elasticsearch/cluster/sender.hpp"
#include "agent/sinks/elasticsearch/delivery/standing.hpp"
#include "agent/sinks/elasticsearch/doubt/doubt.hpp"
#include "agent/sinks/elasticsearch/settings.hpp"
#include "agent/sinks/shelf.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::sinks::elasticsearch {

// What is learned of the cluster from one delivery to the next.
struct Learned {
  std::uint64_t request_bytes = 0;  // how much it takes at once; grows back to
  std::uint64_t most_bytes = 0;     // what it has never called too large
  bool takes_requests = false;      // it has answered item by item before
};

class Delivery {
 public:
  struct Parts {
    const Tools& tools;
    const Settings& settings;
    Sender& sender;
    Pace& pace;
    Meters& meters;
    Doubt& doubt;
    Standings& standings;
    Learned& learned;
    Bodies& bodies;
  };

  explicit Delivery(Parts parts) : parts_(parts) {}

  // An error: some records are open still.
  core::Task<core::Outcome<>> run();

 private:
  struct Place {
    std::uint32_t standing = 0;
    std::uint32_t record = 0;
  };
  struct Job {
    std::vector<Place> places;
    std::uint64_t bytes = 0;
  };

  bool is_done() const;
  void cut();
  core::Task<void> send_all();
  core::Task<void> work();
  core::Task<void> send(Job job);
  core::Task<std::shared_ptr<const std::string>> write_body(const Job& job);
  void mark(const Job& job, State state);
  void take(Job job, Asked asked, std::uint32_t under_way);
  void take_answer(const Job& job, const Asked& asked);
  void arrive(Place place);
  void take_item(Place place, const Item& item, const std::string& node);
  void take_no_answer(Job job, const Asked& asked);
  void halve(Job job, const std::string& why, const char* type);
  void refuse(Place place, std::string why, const std::string& type);
  void shrink(const Job& job);
  void put_off(std::optional<core::Error>& where, core::Errc code, const std::string& node,
               const std::string& why, std::string_view hint);

  Parts parts_;
  std::deque<Job> queue_;
  std::uint32_t under_way_ = 0;
  bool stop_ = false;  // nothing more in this round
  std::optional<core::Error> hold_;
  std::optional<core::Error> again_;
};

}  // namespace outrider::sinks::elasticsearch
