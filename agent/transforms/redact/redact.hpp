// What must not leave this machine: found in every text of a line, and by the name of a field at any depth.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/lines/secrets/rule.hpp"
#include "agent/transforms/shelf.hpp"

#include <memory>
#include <vector>

namespace outrider::transforms::redact {

using lines::secrets::Kind;
using lines::secrets::kind_names;
using lines::secrets::Manner;
using lines::secrets::Rule;

struct Settings {
  std::vector<Rule> rules;
  config::Secret salt;
};

std::unique_ptr<Step> make(const Tools& tools, const Settings& settings);

}  // namespace outrider::transforms::redact
