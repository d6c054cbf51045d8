#include "agent/config/values/members.hpp"

#include "agent/config/report.hpp"
#include "agent/core/text.hpp"

#include <set>

#include <fmt/core.h>

namespace outrider::config::detail {
namespace {

std::string quoted_list(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ", ";
    out += '`' + word + '`';
  }
  return out;
}

const Member* find(const Members& members, std::string_view key) {
  for (const Member& member : members.list) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

// Gives the key that was meant, when one is near enough.
std::string_view complain_unknown(const Members& members, const Node& node, const Entry& entry,
                                  Report& report) {
  // A key that is already written is not what was meant by a second one.
  std::vector<std::string_view> candidates;
  for (const Member& member : members.list) {
    if (node.find(member.key) == nullptr) candidates.push_back(member.key);
  }
  const auto* begin = candidates.data();
  const std::string_view meant = core::nearest(entry.key, begin, begin + candidates.size());
  std::string where = node.name().empty() ? std::string() : " in " + node.title();
  std::string message = fmt::format("unknown key `{}`{}", entry.key, where);
  if (!meant.empty()) {
    report.add(entry.place, std::move(message), fmt::format("did you mean `{}`?", meant));
    return meant;
  }
  std::vector<std::string> known;
  for (const Member& member : members.list) known.push_back(member.key);
  report.add(entry.place, std::move(message), "it may hold " + quoted_list(known));
  return {};
}

bool check_groups(const Members& members, const Node& node, const std::set<std::string_view>& meant,
                  Report& report) {
  bool fine = true;
  for (std::size_t group = 0; group < members.groups.size(); ++group) {
    std::vector<std::string> keys;
    std::vector<const Entry*> written;
    bool mistyped = false;
    for (const Member& member : members.list) {
      if (member.group != group) continue;
      keys.push_back(member.key);
      mistyped = mistyped || meant.contains(member.key);
      if (const Entry* entry = node.find(member.key)) written.push_back(entry);
    }
    if (written.empty() && members.groups[group] && !mistyped) {
      const std::string_view needs = keys.size() == 1 ? "needs" : "needs one of";
      report.add(node.place(), fmt::format("{} {} {}", node.title(), needs, quoted_list(keys)));
      fine = false;
    }
    for (std::size_t i = 1; i < written.size(); ++i) {
      report.add(written[i]->place, fmt::format("`{}` and `{}` cannot both be written; choose one",
                                                written[0]->key, written[i]->key));
      fine = false;
    }
  }
  return fine;
}

}  // namespace

bool Members::read(const Node& node, Report& report, void* object) const {
  if (!node.is_mapping()) {
    std::vector<std::string> keys;
    for (const Member& member : list) keys.push_back(member.key);
    const std::string some = keys.empty() ? std::string() : " with keys such as `" + keys.front() + "`";
    report.wrong(node, "a mapping" + some);
    return false;
  }
  bool fine = true;
  std::set<std::string_view> meant;  // by mistyped keys: that they are missing need not be told as well
  for (const Entry& entry : node.entries()) {
    const Member* member = find(*this, entry.key);
    if (member == nullptr) {
      meant.insert(complain_unknown(*this, node, entry, report));
      fine = false;
    } else if (!member->read(*member, entry.value, report, object)) {
      fine = false;
    }
  }
  for (const Member& member : list) {
    if (!member.required || node.find(member.key) != nullptr || meant.contains(member.key)) continue;
    report.add(node.place(), fmt::format("{} needs `{}`: {}", node.title(), member.key, member.help));
    fine = false;
  }
  if (!check_groups(*this, node, meant, report) || !fine) return false;
  for (const auto& judge : rules) {
    const auto complaint = judge(object);
    if (!complaint) continue;
    const Node* at = node.at(complaint->key);
    report.add(at != nullptr ? at->place() : node.place(), complaint->message);
    fine = false;
  }
  return fine;
}

Schema Members::describe() const {
  std::vector<Property> properties;
  std::vector<OnlyOne> only_one(groups.size());
  for (std::size_t group = 0; group < groups.size(); ++group) only_one[group].required = groups[group];
  for (const Member& member : list) {
    properties.push_back({member.key, member.help, member.required, member.kind->describe()});
    if (member.group) only_one[*member.group].keys.push_back(member.key);
  }
  return object_schema(properties, only_one);
}

std::function<Schema()> describer(std::shared_ptr<const Members> members) {
  return [members = std::move(members)] { return members->describe(); };
}

std::shared_ptr<const Body> body(std::function<void(const Node&, Report&, void*)> read,
                                 std::function<Schema()> describe) {
  return std::make_shared<const Body>(Body{std::move(read), std::move(describe)});
}

void complain_too_large(const Node& node, Report& report) { report.wrong(node, "a smaller number"); }

}  // namespace outrider::config::detail
