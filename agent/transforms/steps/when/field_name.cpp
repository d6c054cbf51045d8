#include "agent/transforms/steps/when/field_name.hpp"

#include "agent/config/kinds.hpp"
#include "agent/transforms/fields.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace outrider::transforms::steps {
namespace {

constexpr std::size_t longest_name = 256;

// What would need an escape in the document never equals a name as it stands there.
bool is_plain(const std::string& name) {
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
}

bool is_the_documents(const std::string& name) {
  const Meaning meaning = meaning_of(name);
  return meaning.role == Role::reserved || name == "log.level" || name == "message" || name == "@timestamp" ||
         name == "error.message";
}

std::optional<std::string> trouble_with_name(const std::string& name) {
  if (!name.empty() && name.size() <= longest_name && is_plain(name)) return std::nullopt;
  return "must be a name without quotes, backslashes and control characters";
}

std::optional<std::string> trouble_with_own_name(const std::string& name) {
  if (is_the_documents(name)) return "must not name " + name + ": every document says that itself";
  return trouble_with_name(name);
}

}  // namespace

config::Kind<std::string> field_name_kind() {
  return config::text_matching(1, longest_name).check(trouble_with_name);
}

config::Kind<std::string> own_field_name_kind() {
  return config::text_matching(1, longest_name).check(trouble_with_own_name);
}

config::Kind<std::vector<Pair>> pairs_kind(const config::Kind<std::string>& value) {
  const std::function<std::optional<std::string>(const std::vector<Pair>&)> judge =
      [](const std::vector<Pair>& pairs) -> std::optional<std::string> {
    if (pairs.empty()) return "must name a field";
    for (const auto& [name, _] : pairs) {
      if (auto trouble = trouble_with_own_name(name)) return trouble;
    }
    return std::nullopt;
  };
  return config::map_of(value).check(judge);
}

}  // namespace outrider::transforms::steps
