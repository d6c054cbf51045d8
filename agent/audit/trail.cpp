#include "agent/audit/trail.hpp"

#include "agent/audit/line.hpp"

#include <algorithm>

namespace outrider::audit {

core::Outcome<> each_line(os::Files& files, const std::string& directory,
                          const std::function<void(std::string_view)>& tell) {
  if (!files.exists(directory)) return {};
  auto names = files.list(directory);
  if (!names) return core::fail("cannot read the audit trail", names.error());
  const auto is_rotated = [](const std::string& name) {
    return name.starts_with("audit-") && name.ends_with(".jsonl");
  };
  // Names come sorted, and the full files' stand before the one that grows.
  std::erase_if(*names, [&](const std::string& name) { return name != current_file && !is_rotated(name); });
  for (const std::string& name : *names) {
    const auto text = files.read_all(directory + "/" + name, most_file_bytes);
    if (!text) return core::fail("cannot read the audit trail", text.error());
    std::string_view rest = *text;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      tell(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
  }
  return {};
}

}  // namespace outrider::audit
