#include "agent/lines/pattern.hpp"
#include "agent/transforms/multiline/multiline.hpp"

namespace outrider::transforms::multiline {
namespace {

class ByPattern final : public Joiner {
 public:
  ByPattern(const std::string& pattern, Belongs when_found) : pattern_(pattern), when_found_(when_found) {}

  Belongs look(std::string_view line) override {
    const bool found = pattern_.found_in(line);
    return found == (when_found_ == Belongs::yes) ? Belongs::yes : Belongs::no;
  }

 private:
  lines::Pattern pattern_;
  Belongs when_found_;
};

}  // namespace

std::unique_ptr<Joiner> make_start(const std::string& pattern) {
  return std::make_unique<ByPattern>(pattern, Joiner::Belongs::no);
}

std::unique_ptr<Joiner> make_continue(const std::string& pattern) {
  return std::make_unique<ByPattern>(pattern, Joiner::Belongs::yes);
}

}  // namespace outrider::transforms::multiline
