// Whether files have changed since they were looked at: certificates that were renewed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <time.h>

namespace outrider::net {

class ChangedFiles {
 public:
  // An empty path is no file.
  explicit ChangedFiles(std::vector<std::string> paths) : paths_(std::move(paths)), seen_(times()) {}

  bool have_changed() const;
  void look() { seen_ = times(); }  // from now on: since now

 private:
  std::vector<timespec> times() const;

  std::vector<std::string> paths_;
  std::vector<timespec> seen_;
};

}  // namespace outrider::net
