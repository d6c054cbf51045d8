// Whether what is promised of the service is kept: the budget of an objective that burns, as an answer.
#pragma once

#include "agent/probes/shelf.hpp"

#include <memory>
#include <string>

namespace outrider::probes::slo {

struct Settings {
  std::string objective;
  bool already_for_a_ticket = false;  // else only what calls for a page is not ok
};

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::slo
