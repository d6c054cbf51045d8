// The XML that CI systems read.
#pragma once

#include "agent/pipeline/rehearsal/rehearsed.hpp"

#include <string>
#include <vector>

namespace outrider::cli {

struct FileTried {
  std::string file;
  std::vector<pipeline::Rehearsed> tests;
};

std::string junit(const std::vector<FileTried>& all);

}  // namespace outrider::cli
