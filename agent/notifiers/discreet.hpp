// What the other side answers may hold our own secret: "Cannot POST /services/T0/B0/…". A notifier that is
// made through this never says it.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/notifiers/shelf.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::notifiers {

using Make = std::function<std::unique_ptr<Notifier>(const Tools&)>;

// Of a secret that is a URL, what stands behind its host is hidden, and each part of it.
Make discreet(Make make, std::vector<config::Secret> secrets);

// `text` with "…" where the secret stands in it, or where it ends with the beginning of one.
std::string without(std::string text, std::string_view secret);

}  // namespace outrider::notifiers
