#include "agent/transforms/steps/when/when.hpp"

#include "agent/transforms/steps/when/field_text.hpp"

#include <algorithm>
#include <utility>

namespace outrider::transforms::steps {
namespace {

Match from_flag(bool holds) { return holds ? Match::yes : Match::no; }

bool passes(const FieldTest& test, std::string_view text) {
  if (test.pattern) return test.pattern->found_in(text);
  return std::find(test.any_of.begin(), test.any_of.end(), text) != test.any_of.end();
}

class Conditional final : public Step {
 public:
  Conditional(When when, std::unique_ptr<Step> step) : when_(std::move(when)), step_(std::move(step)) {}

  Onward edit(Event& event) override {
    return when_.match(event) == Match::yes ? step_->edit(event) : Onward::yes;
  }

  void name_destinations(std::vector<std::string>& names) const override { step_->name_destinations(names); }

 private:
  When when_;
  std::unique_ptr<Step> step_;
};

}  // namespace

Levels levels_below(telemetry::Severity severity) {
  return static_cast<Levels>((1u << static_cast<unsigned>(severity)) - 1);
}

Match match_level(const Event& event, Levels levels) {
  if (levels == any_level) return Match::yes;
  if (event.record.severity == telemetry::Severity::unspecified) return Match::unknown;
  return from_flag(levels >> static_cast<unsigned>(event.record.severity) & 1);
}

// The surest of them: one that holds is enough.
Match When::match(const Event& event) {
  Match best = Match::no;
  for (const Condition& condition : any_) {
    best = std::max(best, match(event, condition));
    if (best == Match::yes) break;
  }
  return best;
}

// The cheap questions first; one that does not hold decides, whatever is not known.
Match When::match(const Event& event, const Condition& condition) {
  Match all = match_level(event, condition.levels);
  for (const FieldTest& test : condition.fields) {
    if (all == Match::no) return all;
    const auto text = text_of_field(event, test.name, buffer_);
    if (text) {
      all = std::min(all, from_flag(passes(test, *text)));
    } else {
      const bool unread = !event.problem.empty() || test.name == "log.level";
      all = std::min(all, unread ? Match::unknown : Match::no);
    }
  }
  if (all == Match::no || !condition.message) return all;
  const auto message = text_of_field(event, "message", buffer_);
  return std::min(all, from_flag(condition.message->found_in(*message)));
}

StepMaker only_when(When when, StepMaker make) {
  return [when = std::move(when), make = std::move(make)](const Tools& tools) -> std::unique_ptr<Step> {
    return std::make_unique<Conditional>(when, make(tools));
  };
}

}  // namespace outrider::transforms::steps
