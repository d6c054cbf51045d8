#include "agent/sinks/elasticsearch/setup/setup.hpp"

#include "agent/sinks/elasticsearch/bulk/answer.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::sinks::elasticsearch {
namespace {

using core::Outcome;
using Told = std::vector<std::string>;

// "logs-tests-*" for "logs-tests-%Y.%m.%d"
std::string pattern_of(const Target& target) {
  return target.is_stream() ? target.data_stream : target.index.substr(0, target.index.find('%')) + "*";
}

// A stream rolls over while it is written to. An index that has its day in its name has no need to.
struct Policy {
  std::string name;
  std::string ilm;  // Elasticsearch's way to write it
  std::string ism;  // OpenSearch's; it finds its indices by their names
};

Policy policy_for(const Target& target) {
  const bool rolls = target.is_stream();
  const std::string_view hot = rolls ? R"("rollover":{"max_age":"1d","max_primary_shard_size":"50gb"})" : "";
  const std::string_view ism_hot =
      rolls ? R"({"rollover":{"min_index_age":"1d","min_primary_shard_size":"50gb"}})" : "";
  const std::string indices = rolls ? ".ds-" + target.data_stream + "-*" : pattern_of(target);
  return {rolls ? "outrider-logs" : "outrider-logs-dated",
          fmt::format(R"({{"policy":{{"phases":{{"hot":{{"actions":{{{}}}}},)"
                      R"("delete":{{"min_age":"30d","actions":{{"delete":{{}}}}}}}}}}}})",
                      hot),
          fmt::format(R"({{"policy":{{"description":"logs of Outrider","default_state":"hot","states":[)"
                      R"({{"name":"hot","actions":[{}],"transitions":[{{"state_name":"delete",)"
                      R"("conditions":{{"{}":"30d"}}}}]}},)"
                      R"({{"name":"delete","actions":[{{"delete":{{}}}}],"transitions":[]}}],)"
                      R"("ism_template":[{{"index_patterns":["{}"],"priority":500}}]}}}})",
                      ism_hot, rolls ? "min_rollover_age" : "min_index_age", indices)};
}

// Texts that are searched word by word; every other text is a keyword.
constexpr std::string_view mappings =
    R"({"dynamic_templates":[{"texts_are_keywords":{"match_mapping_type":"string","mapping":)"
    R"({"type":"keyword","ignore_above":1024}}}],"properties":{"@timestamp":{"type":"date"},)"
    R"("message":{"type":"text"},"stream":{"type":"keyword"},)"
    R"("error":{"properties":{"message":{"type":"text"},"stack_trace":{"type":"text"},"type":{"type":"keyword"}}},)"
    R"("log":{"properties":{"level":{"type":"keyword"},"offset":{"type":"long"},"generation":{"type":"long"},)"
    R"("flags":{"type":"keyword"},"logger":{"type":"keyword"},"file":{"properties":{"path":{"type":"keyword"}}}}},)"
    R"("service":{"properties":{"name":{"type":"keyword"},"namespace":{"type":"keyword"},)"
    R"("version":{"type":"keyword"},"environment":{"type":"keyword"},)"
    R"("instance":{"properties":{"id":{"type":"keyword"}}}}},)"
    R"("trace":{"properties":{"id":{"type":"keyword"}}},"span":{"properties":{"id":{"type":"keyword"}}},)"
    R"("host":{"properties":{"name":{"type":"keyword"}}},"container":{"properties":{"id":{"type":"keyword"}}},)"
    R"("event":{"properties":{"dataset":{"type":"keyword"}}}}})";

std::string template_path(const Target& target) {
  std::string name = pattern_of(target);
  while (name.ends_with('*') || name.ends_with('-')) name.pop_back();
  return "/_index_template/outrider-" + name;
}

// Any node will do, and the first that answers does.
core::Task<Outcome<net::Response>> ask(net::Client& client, const Settings& settings, std::string method,
                                       std::string path, std::string body) {
  Outcome<net::Response> last = core::fail(core::Errc::invalid, "there is no node");
  for (const std::string& url : settings.urls) {
    net::Request request;
    request.method = method;
    request.url = url + path;
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    if (settings.authorization.is_set()) {
      request.headers.emplace_back("Authorization", settings.authorization.reveal());
    }
    request.body = body;
    request.tls = settings.tls;
    last = co_await client.ask(std::move(request), settings.timeout);
    if (last) break;
  }
  co_return last;
}

core::Error refused(const std::string& what, const net::Response& response) {
  return {
      core::Errc::refused,
      fmt::format("cannot {}: it answers {}, {}", what, response.status, read_refusal(response.body).text()),
      response.status == 403 ? "it needs the cluster's right manage_index_templates, and manage_ilm" : ""};
}

bool does_not_know(int status) { return status == 400 || status == 404 || status == 405; }

// The policy's name where the template has to say it; sentences into `told`. One that is there already may
// have been fitted to the house by somebody: it stays.
core::Task<Outcome<std::string>> set_policy(net::Client& client, const Settings& settings, Told& told) {
  const Policy policy = policy_for(settings.target);
  std::string path = "/_ilm/policy/" + policy.name;
  std::string body;
  const auto before = co_await ask(client, settings, "GET", path, std::move(body));
  if (!before) co_return core::fail(before.error());
  if (before->status == 200) {
    told.push_back(fmt::format("there is a life cycle policy {} already; it was left as it is", policy.name));
    co_return policy.name;
  }
  body = policy.ilm;
  const auto ilm = co_await ask(client, settings, "PUT", std::move(path), std::move(body));
  if (!ilm) co_return core::fail(ilm.error());
  if (ilm->status == 200) {
    told.push_back(
        fmt::format("the life cycle policy {} is set: what is 30 days old is deleted", policy.name));
    co_return policy.name;
  }
  if (!does_not_know(ilm->status)) co_return core::fail(refused("set the life cycle policy", *ilm));
  path = "/_plugins/_ism/policies/" + policy.name;
  body = policy.ism;
  const auto ism = co_await ask(client, settings, "PUT", std::move(path), std::move(body));
  if (!ism) co_return core::fail(ism.error());
  if (ism->status == 200 || ism->status == 201) {
    told.push_back(fmt::format("the index state management policy {} is set", policy.name));
  } else if (ism->status == 409) {
    told.push_back(fmt::format("there is an index state management policy {} already; it was left as it is",
                               policy.name));
  } else if (does_not_know(ism->status)) {
    told.push_back(
        "this server has neither ILM nor ISM: nothing rolls over and nothing is deleted by itself");
  } else {
    co_return core::fail(refused("set the index state management policy", *ism));
  }
  co_return std::string();
}

core::Task<Outcome<Told>> apply(Settings settings, PreparationChoice choice, net::Client& client) {
  Told told;
  const auto policy = co_await set_policy(client, settings, told);
  if (!policy) co_return core::fail(policy.error());
  std::string path = template_path(settings.target);
  std::string body = template_body(settings.target, choice, *policy);
  const auto answer = co_await ask(client, settings, "PUT", std::move(path), std::move(body));
  if (!answer) co_return core::fail(answer.error());
  if (answer->status != 200) co_return core::fail(refused("install the index template", *answer));
  told.push_back("the index template " + template_path(settings.target).substr(17) + " is installed");
  if (choice.failure_store) told.push_back("what the mapping refuses goes into the failure store");
  co_return told;
}

}  // namespace

std::string template_body(const Target& target, const PreparationChoice& choice, const std::string& policy) {
  const std::string settings =
      policy.empty() ? "" : fmt::format(R"("settings":{{"index.lifecycle.name":"{}"}},)", policy);
  const std::string_view store =
      choice.failure_store ? R"("data_stream_options":{"failure_store":{"enabled":true}},)" : "";
  return fmt::format(R"({{"index_patterns":["{}"],{}"priority":500,"template":{{{}{}"mappings":{}}}}})",
                     pattern_of(target), target.is_stream() ? R"("data_stream":{},)" : "", settings, store,
                     mappings);
}

Preparation prepare(const Settings& settings, const PreparationChoice& choice) {
  Preparation preparation;
  preparation.where = settings.name().substr(std::string_view("elasticsearch ").size());
  const Policy policy = policy_for(settings.target);
  preparation.text =
      fmt::format("PUT /_ilm/policy/{}\n{}\n\nPUT {}\n{}\n", policy.name, policy.ilm,
                  template_path(settings.target), template_body(settings.target, choice, policy.name));
  preparation.apply = [settings, choice](net::Client& client) { return apply(settings, choice, client); };
  return preparation;
}

}  // namespace outrider::sinks::elasticsearch
