// What several sets show together: each family once, under the name and the type that a format has for it.
// Where sets disagree the earlier wins.
#pragma once

#include "agent/telemetry/exposition.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace outrider::telemetry {

struct Shown {  // how a family is called in the format at hand
  std::string_view name;
  MetricType type;
};

class ExpositionVisitor {
 public:
  ExpositionVisitor() = default;
  ExpositionVisitor(const ExpositionVisitor&) = delete;
  ExpositionVisitor& operator=(const ExpositionVisitor&) = delete;
  virtual ~ExpositionVisitor() = default;

  virtual void family(const Family& family, Shown shown) = 0;
  virtual void sample(const FamilySet& set, const Sample& sample, Shown shown) = 0;  // of that family
};

// Families in the order of their names.
Written walk_exposition(const std::vector<const FamilySet*>& sets, Format format, ExpositionVisitor& visitor);

// What a sample is called: "x_total", "x_bucket".
void append_series_name(std::string& out, Suffix suffix, Shown shown, Format format);

}  // namespace outrider::telemetry
