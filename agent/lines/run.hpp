// Members of a JSON object that are copied on.
#pragma once

#include "agent/lines/json.hpp"

#include <string>
#include <string_view>

namespace outrider::lines {

// Members that stand side by side in the line, as they stand there: one piece to copy instead of four each.
class Run {
 public:
  explicit Run(std::string& out) : out_(out) {}

  // Whether `member` is written in the line as "key":value, without white space; then it is in the run.
  bool takes(std::string_view line, const Member& member) {
    const auto in_line = [line](std::string_view part) {
      return part.data() > line.data() && part.data() + part.size() < line.data() + line.size();
    };
    if (!in_line(member.key) || !in_line(member.value)) return false;
    const char* const key_end = member.key.data() + member.key.size();
    if (member.value.data() != key_end + 2 || key_end[1] != ':') return false;
    const char* const from = member.key.data() - 1;  // its quote
    if (from_ != nullptr && from == to_ + 1 && *to_ == ',') {
      to_ = member.value.data() + member.value.size();
      return true;
    }
    end();
    from_ = from;
    to_ = member.value.data() + member.value.size();
    return true;
  }

  void end() {
    if (from_ == nullptr) return;
    out_ += ',';
    out_.append(from_, to_);
    from_ = nullptr;
  }

 private:
  std::string& out_;
  const char* from_ = nullptr;
  const char* to_ = nullptr;
};

}  // namespace outrider::lines
