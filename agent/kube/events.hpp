// What a watch of the API server says, as it comes: one event a line. Pure.
#pragma once

#include <string>
#include <string_view>

namespace outrider::kube {

enum class Heard {
  nothing,  // of what was watched; bookmarks at most
  news,     // something came, changed or went
  too_old,  // the place that was watched from is forgotten: list again
  broken,   // that is no watch, or it failed
};

class Events {
 public:
  explicit Events(std::string version) : version_(std::move(version)) {}

  // Takes the next bytes. False: that is enough, heard() is not going to be `nothing` again.
  bool feed(std::string_view part);

  Heard heard() const { return heard_; }
  // Up to where the watch has come: where the next one goes on.
  const std::string& version() const { return version_; }
  // Why it is broken.
  const std::string& why() const { return why_; }

 private:
  void take(std::string_view line);
  void broke(std::string why);

  std::string version_;
  std::string line_;  // begun, not yet whole
  Heard heard_ = Heard::nothing;
  std::string why_;
};

}  // namespace outrider::kube
