#include "agent/config/load.hpp"

#include <algorithm>
#include <vector>

namespace outrider::config {
namespace {

bool is_under(const Node& node, const Node& sought, std::uint32_t depth = 0) {
  if (depth > most_depth) return false;
  if (&node == &sought || node.same_body(sought)) return true;
  for (const Entry& entry : node.entries()) {
    if (is_under(entry.value, sought, depth + 1)) return true;
  }
  for (const Node& item : node.items()) {
    if (is_under(item, sought, depth + 1)) return true;
  }
  return false;
}

// Sorted, since the order of keys means nothing.
std::vector<std::string> secrets_under(const Node& node, const Report& report) {
  std::vector<std::string> all;
  for (const MetSecret& met : report.secrets()) {
    if (is_under(node, met.node)) all.push_back(met.secret.reveal());
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

Report open_file(const std::string& path, Environment environment) {
  auto text = environment.read_file(path, most_file_bytes);
  if (text) return Report(path, std::move(*text), std::move(environment));
  Report report(path, "", std::move(environment));
  std::string message = text.error().what;
  if (text.error().code != core::Errc::invalid && text.error().code != core::Errc::exhausted)
    message = "cannot read it: " + message;
  report.add_about_file(std::move(message), text.error().hint);
  return report;
}

bool same_under(std::string_view path, const Node& a_root, const Report& a, const Node& b_root,
                const Report& b) {
  const Node* one = a_root.at(path);
  const Node* other = b_root.at(path);
  if (one == nullptr || other == nullptr) return one == other;
  return canonical(*one) == canonical(*other) && secrets_under(*one, a) == secrets_under(*other, b);
}

}  // namespace outrider::config
