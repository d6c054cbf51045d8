// What strangers wrote, looked through for secrets.
#include "agent/lines/secrets/finder.hpp"
#include "tests/fuzz/target.hpp"

namespace outrider::fuzz {

void secret(std::string_view bytes) {
  using namespace lines::secrets;
  static const std::vector<Rule> rules{{Kind::email, {}, "", ""},         {Kind::bearer_token, {}, "", ""},
                                       {Kind::jwt, {}, "", ""},           {Kind::card_number, {}, "", ""},
                                       {Kind::iban, {}, "", ""},          {Kind::phone, {}, "", ""},
                                       {Kind::field, {}, "password", ""}, {Kind::custom, {}, "", "a+b"}};
  static const Finder finder(rules);
  std::vector<Finding> found;
  finder.find(bytes, found);
  std::size_t from = 0;
  for (const Finding& one : found) {
    must(one.from >= from && one.from < one.to && one.to <= bytes.size(), "findings are in order and within");
    must(one.rule < rules.size(), "a finding is one of a rule");
    from = one.to;
  }
  (void)finder.field_rule(bytes);
}

}  // namespace outrider::fuzz
