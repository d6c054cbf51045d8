// JSON Schema (draft 2020-12) made from the same declarations that read the configuration. A Schema is a
// small handle; only schema.cpp and those who look inside need boost/json.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

namespace outrider::config {

class Schema {
 public:
  Schema(boost::json::value value);  // implicit, so that a Describe may return plain JSON

  const boost::json::value& json() const { return *value_; }
  std::string pretty() const;  // indented, keys in the order of their declaration

 private:
  std::shared_ptr<const boost::json::value> value_;
};

// What a key of a mapping says of itself.
struct Property {
  std::string key;
  std::string help;
  bool required = false;
  Schema schema;
};

// Keys of which exactly one, or at most one, may be written.
struct OnlyOne {
  std::vector<std::string> keys;
  bool required = true;
};

Schema text_schema(std::optional<std::uint64_t> least_characters = {},
                   std::optional<std::uint64_t> most_characters = {}, std::string_view pattern = {});
Schema flag_schema();
Schema whole_schema(std::int64_t least, std::int64_t most);
Schema number_schema(double least, double most);
Schema choice_schema(const std::vector<std::string>& words);
Schema list_schema(const Schema& item, std::uint64_t least_items, std::uint64_t most_items);
Schema map_schema(const Schema& value, std::string_view key_pattern);
Schema object_schema(const std::vector<Property>& properties, const std::vector<OnlyOne>& groups);
Schema any_of_schema(const std::vector<Schema>& forms);

// The root: with $schema and title, and the x-… keys that a document may use to hold its anchors.
Schema root_schema(const Schema& body, std::string_view title);

}  // namespace outrider::config
