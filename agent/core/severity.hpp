// How bad something is, and what is to be looked at: the words in which every room tells the faces.
#pragma once

#include <string>

namespace outrider::core {

enum class Severity { fine, warning, unknown, critical };

struct Concern {
  Severity severity = Severity::warning;
  std::string sentence;
  std::string next;  // what to do or where to look; may be empty
  std::string id{};  // stable while it lasts: "archiver.stalled"; may be empty
};

}  // namespace outrider::core
