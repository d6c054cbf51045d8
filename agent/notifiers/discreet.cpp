#include "agent/notifiers/discreet.hpp"

#include <algorithm>
#include <utility>

namespace outrider::notifiers {
namespace {

using config::Secret;

// Shorter ones are words that stand everywhere.
constexpr std::size_t least_secret = 4;
constexpr std::size_t least_part = 8;  // of a URL's path: "services" is none
constexpr std::string_view gap = "…";

std::vector<Secret> parts_of(const Secret& secret) {
  std::vector<Secret> parts;
  std::string_view text = secret.reveal();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  parts.emplace_back(std::string(text));
  // "Bearer …"
  if (const std::size_t space = text.rfind(' '); space != std::string_view::npos)
    parts.emplace_back(std::string(text.substr(space + 1)));
  const std::size_t host = text.find("://");
  if (host == std::string_view::npos) return parts;
  const std::size_t path = text.find('/', host + 3);
  if (path == std::string_view::npos) return parts;
  parts.emplace_back(std::string(text.substr(path)));
  for (std::size_t from = path + 1; from < text.size();) {
    const std::size_t end = std::min(text.find_first_of("/?&=", from), text.size());
    if (end - from > least_part) parts.emplace_back(std::string(text.substr(from, end - from)));
    from = end + 1;
  }
  return parts;
}

class Discreet final : public Notifier {
 public:
  Discreet(std::unique_ptr<Notifier> notifier, std::vector<Secret> hidden)
      : notifier_(std::move(notifier)), hidden_(std::move(hidden)) {}

  std::string target() const override { return hide(notifier_->target()); }

  core::Task<Delivery> deliver(Message message, std::string trail) override {
    auto came = co_await notifier_->deliver(std::move(message), std::move(trail));
    if (came) {
      came->said = hide(std::move(came->said));
      came->missed = hide(std::move(came->missed));
    } else {
      core::Error& error = came.error().error;
      error.what = hide(std::move(error.what));
      error.hint = hide(std::move(error.hint));
    }
    co_return came;
  }

  std::optional<core::Duration> forgets_after() const override { return notifier_->forgets_after(); }
  bool renews() const override { return notifier_->renews(); }

 private:
  std::string hide(std::string text) const {
    for (const Secret& secret : hidden_) text = without(std::move(text), secret.reveal());
    return text;
  }

  std::unique_ptr<Notifier> notifier_;
  std::vector<Secret> hidden_;
};

}  // namespace

std::string without(std::string text, std::string_view secret) {
  if (secret.size() < least_secret) return text;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + gap.size()))
    text.replace(at, secret.size(), gap);
  for (std::size_t length = std::min(secret.size() - 1, text.size()); length >= least_secret; --length) {
    if (!text.ends_with(secret.substr(0, length))) continue;
    text.replace(text.size() - length, length, gap);
    break;
  }
  return text;
}

Make discreet(Make make, std::vector<Secret> secrets) {
  std::vector<Secret> hidden;
  for (const Secret& secret : secrets) {
    if (!secret.is_set()) continue;
    for (Secret& part : parts_of(secret)) hidden.push_back(std::move(part));
  }
  return [make = std::move(make), hidden = std::move(hidden)](const Tools& tools) {
    return std::make_unique<Discreet>(make(tools), hidden);
  };
}

}  // namespace outrider::notifiers
