// A metric source that looks for itself (at the kernel, at a database) rather than being told: when it looks,
// for how long, and what is shown when it cannot. What it looks at is a Looker's.
#pragma once

#include "agent/sources/shelf.hpp"
#include "agent/telemetry/metrics.hpp"

#include <memory>
#include <optional>
#include <string>

namespace outrider::sources {

// What a look has brought. With trouble there may still be something to show: that a database is down, say.
struct Sight {
  telemetry::FamilySet families;
  std::optional<core::Error> trouble{};
};

class Looker {
 public:
  Looker() = default;
  Looker(const Looker&) = delete;
  Looker& operator=(const Looker&) = delete;
  virtual ~Looker() = default;

  // Must come back by itself: each wait in it has a deadline.
  virtual core::Task<Sight> look() = 0;
};

struct Looking {
  std::string target;  // its name on the status page and in outrider_scrape_*
  // At the latest; when the metrics page is asked for it looks again, so that the page shows now.
  core::Duration every = std::chrono::seconds(15);
  bool when_asked = true;
};

std::unique_ptr<MetricSource> make_looking(const Tools& tools, Looking looking,
                                           std::unique_ptr<Looker> looker);

}  // namespace outrider::sources
