// Several receivers of the same, each with its URL: requests go to one after the other, and not to those that
// failed a moment ago or asked to be left alone.
#pragma once

#include "agent/sinks/nodes.hpp"
#include "agent/sinks/posting.hpp"
#include "agent/sinks/shelf.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <prometheus/family.h>
#include <prometheus/gauge.h>

namespace outrider::sinks {

class Receivers {
 public:
  // `up`: the name of a gauge of each; null: there is none.
  Receivers(const Tools& tools, std::string sink, const std::vector<std::string>& urls, const char* up);
  Receivers(const Receivers&) = delete;
  Receivers& operator=(const Receivers&) = delete;
  ~Receivers();

  std::size_t size() const { return nodes_.size(); }
  const std::string& url(std::size_t receiver) const { return nodes_.url(receiver); }

  std::size_t pick() { return nodes_.pick(tools_.clock.now()); }
  bool has_ready() const { return nodes_.has_ready(tools_.clock.now()); }
  // How long it may take: little where it failed the last time and others could take over.
  core::Duration limit(std::size_t receiver, core::Duration most) const;

  // What came of a request; whether there is no need to ask another.
  bool judge(std::size_t receiver, const core::Outcome<Posted>& posted);

  // It asked to be left alone for so long yet.
  std::optional<core::Duration> left_alone_for(std::size_t receiver) const;

 private:
  void tell(std::size_t receiver, const core::Outcome<Posted>& posted, bool is_well);

  const Tools& tools_;
  std::string sink_;
  Nodes nodes_;
  std::vector<core::Instant> wishes_;  // not before
  ::prometheus::Family<::prometheus::Gauge>* up_family_ = nullptr;
  std::vector<::prometheus::Gauge*> up_;
};

}  // namespace outrider::sinks
