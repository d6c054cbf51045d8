#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/transforms/steps/kinds.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrider::transforms::steps {

namespace {

using Names = std::vector<std::string>;

struct Settings {
  Names to;
};

class RouteStep final : public Step {
 public:
  explicit RouteStep(Names to) : to_(std::move(to)) {}

  Onward edit(Event& event) override {
    event.to = &to_;
    if (event.notes != nullptr) {
      std::string what = "goes to";
      for (const std::string& name : to_) what += (&name == &to_.front() ? " " : ", ") + name;
      event.note("route", what + ", and nowhere else");
    }
    return Onward::yes;
  }

  void name_destinations(Names& names) const override { names.insert(names.end(), to_.begin(), to_.end()); }

 private:
  Names to_;
};

}  // namespace

config::Kind<StepMaker> route_kind() {
  const std::function<StepMaker(Settings)> out = [](const Settings& settings) -> StepMaker {
    return [to = settings.to](const Tools&) { return std::make_unique<RouteStep>(to); };
  };
  const std::function<Names(std::string)> alone = [](std::string name) { return Names{std::move(name)}; };
  const auto name = config::text_matching(1, 64);
  const config::Kind<Settings> kind = config::Object<Settings>().required(
      "to", &Settings::to, config::list_or(config::list_of(name, 1, 50), name.as<Names>(alone)),
      "the `name` of a destination in `send_to`, or several");
  return kind.as<StepMaker>(out);
}

}  // namespace outrider::transforms::steps
