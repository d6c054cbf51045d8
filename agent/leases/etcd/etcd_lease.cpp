#include "agent/leases/etcd/etcd_lease.hpp"

#include "agent/core/number.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

namespace outrider::leases::etcd {
namespace {

namespace json = boost::json;
using core::Outcome;
using core::Task;

constexpr core::Duration request_limit = std::chrono::seconds(2);

std::string encode(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out(3 * (text.size() / 4) + 1, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
  out.resize(static_cast<std::size_t>(size) - std::min(padding, static_cast<std::size_t>(size)));
  return out;
}

const json::object& object_in(const json::object& of, std::string_view key) {
  static const json::object nothing;
  const auto* const value = of.if_contains(key);
  const auto* const object = value == nullptr ? nullptr : value->if_object();
  return object == nullptr ? nothing : *object;
}

std::string text_in(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

// The value of the first pair that a range among the answers of a transaction has found.
std::string found_in(const json::object& answer) {
  const auto* const answers = answer.if_contains("responses");
  if (answers == nullptr || !answers->is_array()) return {};
  for (const auto& one : answers->get_array()) {
    const auto* const object = one.if_object();
    if (object == nullptr) continue;
    const auto* const pairs = object_in(*object, "response_range").if_contains("kvs");
    if (pairs == nullptr || !pairs->is_array() || pairs->get_array().empty()) continue;
    const auto* const pair = pairs->get_array().front().if_object();
    if (pair != nullptr) return decode(text_in(*pair, "value")).value_or("");
  }
  return {};
}

bool succeeded(const json::object& answer) {
  const auto* const value = answer.if_contains("succeeded");
  return value != nullptr && value->is_bool() && value->get_bool();
}

class EtcdLease final : public Lease {
 public:
  EtcdLease(Settings settings, const Tools& tools)
      : settings_(std::move(settings)),
        tools_(tools),
        key_(encode(settings_.key)),
        record_key_(encode(settings_.key + "/record")) {}

  Task<Outcome<Held>> take(std::string holder, core::Duration most) override {
    const auto seconds = std::max<std::int64_t>(1, most / std::chrono::seconds(1));
    json::object wish{{"TTL", seconds}};
    auto granted = co_await ask("/v3/lease/grant", std::move(wish));
    if (!granted) co_return core::fail(granted.error());
    const std::string id = text_in(*granted, "ID");
    if (id.empty()) co_return strange();
    const json::object mark{{"key", key_}, {"value", encode(holder)}, {"lease", id}};
    json::object request{
        {"compare", json::array{json::object{
                        {"key", key_}, {"target", "CREATE"}, {"result", "EQUAL"}, {"create_revision", "0"}}}},
        {"success", json::array{json::object{{"request_put", mark}},
                                json::object{{"request_range", json::object{{"key", record_key_}}}}}},
        {"failure", json::array{json::object{{"request_range", json::object{{"key", key_}}}}}}};
    auto answer = co_await ask("/v3/kv/txn", std::move(request));
    if (!answer)
      co_return core::fail(answer.error());  // if it went through all the same, it lapses by itself
    if (!succeeded(*answer)) {
      co_await revoke(id);
      const std::string who = found_in(*answer);
      co_return core::fail(core::Errc::busy,
                           fmt::format("{} is held by {}", settings_.key, who.empty() ? "another one" : who));
    }
    id_ = id;
    const auto revision = core::read_number<std::uint64_t>(text_in(object_in(*answer, "header"), "revision"));
    if (!revision) co_return strange();
    co_return Held{*revision, found_in(*answer)};
  }

  Task<Outcome<>> write(std::string record) override {
    if (id_.empty())
      co_return core::fail(core::Errc::refused,
                           fmt::format("cannot write beside {}: it is not ours", settings_.key));
    const json::object put{{"key", record_key_}, {"value", encode(record)}};
    json::object request{
        {"compare",
         json::array{json::object{{"key", key_}, {"target", "LEASE"}, {"result", "EQUAL"}, {"lease", id_}}}},
        {"success", json::array{json::object{{"request_put", put}}}}};
    auto answer = co_await ask("/v3/kv/txn", std::move(request));
    if (!answer) co_return core::fail(answer.error());
    if (!succeeded(*answer))
      co_return core::fail(core::Errc::refused,
                           fmt::format("cannot write beside {}: it was lost meanwhile", settings_.key));
    co_return Outcome<>();
  }

  Task<Outcome<>> give_back() override {
    if (id_.empty()) co_return Outcome<>();
    json::object request{{"ID", std::exchange(id_, std::string())}};
    auto answer = co_await ask("/v3/lease/revoke", std::move(request));
    if (!answer) co_return core::fail(answer.error());
    co_return Outcome<>();
  }

  std::string target() const override { return "etcd " + settings_.key; }

 private:
  core::Error strange_error() const {
    return {core::Errc::corrupt,
            fmt::format("cannot take {}: etcd answered with something else", settings_.key)};
  }
  tl::unexpected<core::Error> strange() const { return core::fail(strange_error()); }

  Task<void> revoke(std::string id) {
    json::object request{{"ID", std::move(id)}};
    (void)co_await ask("/v3/lease/revoke", std::move(request));
  }

  // Of those that do not answer the next is asked; what one has answered counts.
  Task<Outcome<json::object>> ask(std::string path, json::object body) {
    Outcome<json::object> last = core::fail(strange_error());
    for (const std::string& url : settings_.urls) {
      net::Request request;
      request.method = "POST";
      request.url = url + path;
      request.headers = {{"Content-Type", "application/json"}};
      request.body = json::serialize(body);
      auto asking = tools_.http.ask(std::move(request), request_limit);
      auto response = co_await std::move(asking);
      if (!response) {
        last = core::fail(core::Errc::unavailable, "etcd cannot be asked: " + response.error().what);
        continue;
      }
      json::error_code trouble;
      const json::value value = json::parse(response->body, trouble);
      if (response->status == 200 && !trouble && value.is_object()) co_return value.get_object();
      last = core::fail(core::Errc::unavailable, fmt::format("etcd answered HTTP {}", response->status));
    }
    co_return last;
  }

  Settings settings_;
  Tools tools_;
  std::string key_, record_key_;
  std::string id_;  // of etcd's lease, while it is ours
};

}  // namespace

std::shared_ptr<Lease> make_lease(Settings settings, const Tools& tools) {
  return std::make_shared<EtcdLease>(std::move(settings), tools);
}

}  // namespace outrider::leases::etcd
