#include "agent/leases/kubernetes/kubernetes_lease.hpp"

#include "agent/core/text.hpp"
#include "agent/kube/api.hpp"
#include "agent/kube/json.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::leases::kubernetes {
namespace {

namespace json = boost::json;
using core::Errc;
using core::Outcome;
using core::Task;
using kube::object_in;
using kube::text_in;

constexpr std::int64_t most_seconds = std::numeric_limits<std::int32_t>::max();
const char* const record_note = "outrider.dev/record";

// As its API has it, with microseconds: all six digits, or it is refused.
std::string micro_time(core::WallTime time) {
  std::string text = core::show_time(time);
  return text.insert(text.size() - 1, "000");
}

json::object& part_of(json::object& of, std::string_view key) {
  json::value& part = of[key];
  if (!part.is_object()) part.emplace_object();
  return part.get_object();
}

class KubernetesLease final : public Lease {
 public:
  KubernetesLease(Settings settings, const Tools& tools)
      : name_(settings.name),
        tools_(tools),
        api_(std::move(settings), {tools.clock, tools.http, tools.pool, tools.files}) {}

  Task<Outcome<Held>> take(std::string holder, core::Duration most) override {
    if (ours_) co_return core::fail(Errc::busy, fmt::format("{} is held by {}, ourselves", name_, holder_));
    auto found = co_await read();
    const bool is_new = !found && found.error().code == Errc::not_found;
    if (!found && !is_new) co_return core::fail(found.error());
    if (!is_new && is_held(*found))
      co_return core::fail(Errc::busy, fmt::format("{} is held by {}", name_,
                                                   text_in(object_in(*found, "spec"), "holderIdentity")));
    json::object wish = is_new ? blank() : std::move(*found);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(most).count();
    json::object& spec = part_of(wish, "spec");
    const std::int64_t token = std::max<std::int64_t>(0, kube::number_in(spec, "leaseTransitions")) + 1;
    const std::string now = micro_time(tools_.clock.wall());
    spec["holderIdentity"] = holder;
    spec["leaseDurationSeconds"] = std::clamp<std::int64_t>(seconds, 1, most_seconds);
    spec["leaseTransitions"] = token;
    spec["acquireTime"] = now;
    spec["renewTime"] = now;
    auto writing = is_new ? create(std::move(wish)) : replace(std::move(wish));
    auto taken = co_await std::move(writing);
    if (!taken && taken.error().code == Errc::busy)
      co_return core::fail(Errc::busy, fmt::format("{} was taken by another one just now", name_));
    if (!taken) co_return core::fail(taken.error());  // if it went through all the same, it lapses by itself
    ours_ = std::move(*taken);
    holder_ = std::move(holder);
    token_ = token;
    co_return Held{static_cast<std::uint64_t>(token),
                   text_in(object_in(object_in(*ours_, "metadata"), "annotations"), record_note)};
  }

  Task<Outcome<>> write(std::string record) override {
    if (!ours_) co_return core::fail(Errc::refused, fmt::format("cannot write to {}: it is not ours", name_));
    const auto note = [record = std::move(record)](json::object& lease) {
      part_of(part_of(lease, "metadata"), "annotations")[record_note] = record;
    };
    const Outcome<> written = co_await alter(note);
    if (written || written.error().code != Errc::busy) co_return written;
    co_return core::fail(Errc::refused, fmt::format("cannot write to {}: it was lost meanwhile", name_));
  }

  Task<Outcome<>> give_back() override {
    if (!ours_) co_return Outcome<>();
    const auto let_go = [](json::object& lease) {
      json::object& spec = part_of(lease, "spec");
      spec["holderIdentity"] = "";
      spec["leaseDurationSeconds"] = 1;
    };
    const Outcome<> given = co_await alter(let_go);
    ours_.reset();
    if (!given && given.error().code == Errc::busy) co_return Outcome<>();  // it had been lost
    co_return given;
  }

  std::string target() const override { return "kubernetes lease " + name_; }

 private:
  // By our own clock alone: one that has not changed for as long as its holder said has no holder any more.
  // What the other machine's clock says is not looked at.
  bool is_held(const json::object& lease) {
    const json::object& spec = object_in(lease, "spec");
    const core::Instant now = tools_.clock.now();
    std::string text = json::serialize(spec);
    if (text != seen_) {
      seen_ = std::move(text);
      seen_since_ = now;
    }
    if (text_in(spec, "holderIdentity").empty()) return false;
    return now - seen_since_ <
           std::chrono::seconds(std::max<std::int64_t>(1, kube::number_in(spec, "leaseDurationSeconds")));
  }

  bool is_still_ours(const json::object& lease) const {
    const json::object& spec = object_in(lease, "spec");
    return text_in(spec, "holderIdentity") == holder_ && kube::number_in(spec, "leaseTransitions") == token_;
  }

  // `busy` when it has been lost. Others may write on it what is none of our business: then it has another
  // version, and is ours all the same.
  template <class Change>
  Task<Outcome<>> alter(const Change& change) {
    for (bool again = false;; again = true) {
      json::object wish = *ours_;
      change(wish);
      part_of(wish, "spec")["renewTime"] = micro_time(tools_.clock.wall());
      auto changed = co_await replace(std::move(wish));
      if (changed) {
        ours_ = std::move(*changed);
        co_return Outcome<>();
      }
      const bool has_changed = changed.error().code == Errc::busy || changed.error().code == Errc::not_found;
      if (!has_changed) co_return core::fail(changed.error());
      auto found = co_await read();
      const bool is_gone = !found && found.error().code == Errc::not_found;
      if (!found && !is_gone) co_return core::fail(found.error());
      if (is_gone || again || !is_still_ours(*found)) {
        ours_.reset();
        co_return core::fail(Errc::busy, fmt::format("{} was lost", name_));
      }
      ours_ = std::move(*found);
    }
  }

  json::object blank() const {
    json::object lease{{"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}};
    lease["metadata"].emplace_object()["name"] = name_;
    return lease;
  }

  Task<Outcome<json::object>> read() { return ask("GET", "leases/" + name_, {}); }
  Task<Outcome<json::object>> create(json::object lease) {
    return ask("POST", "leases", json::serialize(lease));
  }
  // Only the version that `lease` has.
  Task<Outcome<json::object>> replace(json::object lease) {
    return ask("PUT", "leases/" + name_, json::serialize(lease));
  }
  Task<Outcome<json::object>> ask(std::string method, std::string what, std::string body) {
    kube::Question question;
    question.method = std::move(method);
    question.group = "apis/coordination.k8s.io/v1";
    question.what = std::move(what);
    question.body = std::move(body);
    auto asking = api_.ask(std::move(question));
    auto lease = co_await std::move(asking);
    if (!lease) co_return core::fail(lease.error().during("cannot use " + target()));
    const bool is_one = text_in(*lease, "kind") == "Lease" &&
                        !text_in(object_in(*lease, "metadata"), "resourceVersion").empty();
    if (!is_one)
      co_return core::fail(
          Errc::corrupt, fmt::format("cannot use {}: the API server answered with something else", target()));
    co_return lease;
  }

  std::string name_;
  Tools tools_;
  kube::Api api_;
  std::optional<json::object> ours_;  // as last written, while we hold it
  std::string holder_;
  std::int64_t token_ = 0;
  std::string seen_;  // another one's, as last seen
  core::Instant seen_since_{};
};

}  // namespace

std::shared_ptr<Lease> make_lease(Settings settings, const Tools& tools) {
  return std::make_shared<KubernetesLease>(std::move(settings), tools);
}

}  // namespace outrider::leases::kubernetes
