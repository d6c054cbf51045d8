// A cluster that is played: it says of each document what the test has written down, by the order in which
// documents first come.
#pragma once

#include "agent/net/http.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::pipeline {

class PlayedCluster final : public net::Client {
 public:
  using Statuses = std::vector<std::int64_t>;

  // The last of each goes on for ever; who has none is told 201.
  explicit PlayedCluster(std::vector<Statuses> answers) : answers_(std::move(answers)) {}

  core::Task<core::Outcome<net::Response>> ask(net::Request request, core::Duration limit) override;

  // How often a document was sent, by its id.
  std::uint32_t tries(const std::string& id) const;

 private:
  struct Seen {
    std::size_t place;
    std::uint32_t tries = 0;
  };
  std::string answer_to(std::string_view action);

  std::vector<Statuses> answers_;
  std::map<std::string, Seen> seen_;
};

}  // namespace outrider::pipeline
