// What a cluster needs before records come: a template with the fields of our documents, and a policy after
// which old ones go.
#pragma once

#include "agent/sinks/elasticsearch/settings.hpp"
#include "agent/sinks/shelf.hpp"

#include <string>

namespace outrider::sinks::elasticsearch {

Preparation prepare(const Settings& settings, const PreparationChoice& choice);

// The body of `PUT _index_template/outrider-<target>`. `policy` is the life cycle's name; empty: none.
std::string template_body(const Target& target, const PreparationChoice& choice, const std::string& policy);

}  // namespace outrider::sinks::elasticsearch
