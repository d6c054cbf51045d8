// Where everything that is wrong with a document is collected, to be told all at once:
//
//   tests.yaml:4:12: `every` must be a duration such as 5s or 1m30s, not "5 parsecs"
//     4 |     every: 5 parsecs
//       |            ^
//
// It also carries what kinds may need while reading: the environment, and the secrets met so far.
#pragma once

#include "agent/config/environment.hpp"
#include "agent/config/node.hpp"
#include "agent/config/secret.hpp"
#include "agent/core/outcome.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::config {

struct Trouble {
  Place place;
  std::string message;
  std::string hint;     // what would mend it, or empty
  bool in_text = true;  // false: about the whole file, so no line is shown
};

// A secret that was read, and where: so that a reload can tell that its file changed.
struct MetSecret {
  Node node;
  Secret secret;
};

class Report {
 public:
  Report(std::string name, std::string text, Environment environment);

  void add(Place place, std::string message, std::string hint = {});
  void add_about_file(std::string message, std::string hint = {});
  // "`every` must be a duration, not a list"
  void wrong(const Node& node, std::string_view must_be, std::string hint = {});
  // The last word on this place: what else would be said of it follows from this, and is not told.
  void settle(Place place, std::string message, std::string hint = {});
  void settle(Place place) { settled_.insert(place); }
  // From `place` on, this line is never shown: a secret may be written there.
  void conceal(Place place) { concealed_.insert(place); }
  void met(const Node& node, const Secret& secret) { secrets_.push_back({node, secret}); }

  bool clean() const { return troubles_.empty() && more_ == 0; }
  std::size_t size() const { return troubles_.size() + more_; }
  std::vector<Trouble> troubles() const;  // in the order of the document
  std::string text() const;               // all of it, for people
  core::Error error() const;              // "cannot use x.yaml: 3 errors", with text() as its hint

  const std::string& name() const { return name_; }
  std::string_view source() const { return *source_; }
  const Environment& environment() const { return environment_; }
  const std::vector<MetSecret>& secrets() const { return secrets_; }

 private:
  void show_line(std::string_view line, Place place, std::string& out) const;

  std::string name_;
  std::shared_ptr<const std::string> source_;
  Environment environment_;
  std::vector<Trouble> troubles_;
  std::size_t more_ = 0;  // beyond what is kept
  std::set<Place> settled_;
  std::set<Place> concealed_;
  std::vector<MetSecret> secrets_;
};

}  // namespace outrider::config
