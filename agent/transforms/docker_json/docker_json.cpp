#include "agent/transforms/docker_json/docker_json.hpp"

#include "agent/transforms/document.hpp"
#include "agent/transforms/fields.hpp"

#include <optional>
#include <string>
#include <vector>

namespace outrider::transforms::docker_json {
namespace {

class DockerWrapper final : public Wrapper {
 public:
  bool unwrap(std::string_view line, Inside& inside) override {
    if (!scan_object(line, members_)) return false;
    std::optional<core::WallTime> time;
    const Member* log = nullptr;
    std::string_view channel;
    for (const Member& member : members_) {
      if (member.key == "log") log = &member;
      if (member.key == "time") time = read_time(text_of(member, small_));
      if (member.key != "stream") continue;
      if (member.value == "\"stdout\"") channel = "stdout";
      if (member.value == "\"stderr\"") channel = "stderr";
    }
    if (log == nullptr || log->value.front() != '"' || !time || channel.empty()) return false;
    std::string_view text = string_value(log->value, text_);
    const bool whole = text.ends_with('\n');
    if (whole) text.remove_suffix(1);
    if (whole && text.ends_with('\r')) text.remove_suffix(1);
    inside = {text, channel, *time, !whole};
    return true;
  }

  std::string_view problem() const override { return "it is not written as Docker writes (json-file)"; }

 private:
  std::vector<Member> members_;
  std::string text_;
  std::string small_;
};

}  // namespace

std::unique_ptr<Wrapper> make() { return std::make_unique<DockerWrapper>(); }

}  // namespace outrider::transforms::docker_json
