#include "agent/transforms/cri/cri.hpp"

#include "agent/transforms/document.hpp"

namespace outrider::transforms::cri {
namespace {

class CriWrapper final : public Wrapper {
 public:
  bool unwrap(std::string_view line, Inside& inside) override {
    std::string_view rest = line;
    const auto word = [&rest] {
      const std::size_t end = rest.find(' ');
      const std::string_view one = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      return one;
    };
    const std::string_view time_text = word();
    // A number is a time elsewhere, but not here: "1795260363 stdout F" is a line of the container's own.
    if (time_text.size() < 20 || time_text[10] != 'T') return false;
    const auto time = read_time(time_text);
    const std::string_view channel = word();
    if (!time || (channel != "stdout" && channel != "stderr")) return false;
    const std::string_view tags = word();
    const std::string_view tag = tags.substr(0, tags.find(':'));
    if (tag != "P" && tag != "F") return false;
    inside = {rest, channel, *time, tag == "P"};
    return true;
  }

  std::string_view problem() const override { return "it is not written as container runtimes write (CRI)"; }
};

}  // namespace

std::unique_ptr<Wrapper> make() { return std::make_unique<CriWrapper>(); }

}  // namespace outrider::transforms::cri
