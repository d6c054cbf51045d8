#include "agent/config/schema.hpp"

#include <boost/json.hpp>
#include <fmt/core.h>

namespace outrider::config {

namespace json = boost::json;

Schema::Schema(json::value value) : value_(std::make_shared<const json::value>(std::move(value))) {}

namespace {

void write(const json::value& value, std::string& out, std::size_t indent) {
  const std::string inner(indent + 2, ' ');
  const std::string outer(indent, ' ');
  const char* separator = "\n";
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (const auto& [key, item] : *object) {
      out += separator + inner + json::serialize(key) + ": ";
      write(item, out, indent + 2);
      separator = ",\n";
    }
    out += '\n' + outer + '}';
  } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (const auto& item : *array) {
      out += separator + inner;
      write(item, out, indent + 2);
      separator = ",\n";
    }
    out += '\n' + outer + ']';
  } else if (const auto* number = value.if_double()) {
    out += fmt::format("{}", *number);
  } else {
    out += json::serialize(value);
  }
}

json::array strings(const std::vector<std::string>& words) { return json::array(words.begin(), words.end()); }

// {oneOf: [{required: [a]}, {required: [b]}]}, and for "at most one" also: none of them.
json::object only_one(const OnlyOne& group) {
  json::array forms;
  json::array any;
  for (const std::string& key : group.keys) {
    forms.push_back(json::object{{"required", json::array{key}}});
    any.push_back(json::object{{"required", json::array{key}}});
  }
  if (!group.required) forms.push_back(json::object{{"not", json::object{{"anyOf", std::move(any)}}}});
  return {{"oneOf", std::move(forms)}};
}

}  // namespace

std::string Schema::pretty() const {
  std::string out;
  write(*value_, out, 0);
  out += '\n';
  return out;
}

Schema text_schema(std::optional<std::uint64_t> least_characters,
                   std::optional<std::uint64_t> most_characters, std::string_view pattern) {
  json::object schema{{"type", "string"}};
  if (least_characters && *least_characters > 0) schema["minLength"] = *least_characters;
  if (most_characters) schema["maxLength"] = *most_characters;
  if (!pattern.empty()) schema["pattern"] = pattern;
  return Schema(std::move(schema));
}

Schema flag_schema() { return Schema(json::object{{"type", "boolean"}}); }

Schema whole_schema(std::int64_t least, std::int64_t most) {
  return Schema(json::object{{"type", "integer"}, {"minimum", least}, {"maximum", most}});
}

Schema number_schema(double least, double most) {
  return Schema(json::object{{"type", "number"}, {"minimum", least}, {"maximum", most}});
}

Schema choice_schema(const std::vector<std::string>& words) {
  return Schema(json::object{{"enum", strings(words)}});
}

Schema list_schema(const Schema& item, std::uint64_t least_items, std::uint64_t most_items) {
  json::object schema{{"type", "array"}, {"items", item.json()}};
  if (least_items > 0) schema["minItems"] = least_items;
  schema["maxItems"] = most_items;
  return Schema(std::move(schema));
}

Schema map_schema(const Schema& value, std::string_view key_pattern) {
  json::object schema{{"type", "object"}};
  if (!key_pattern.empty()) schema["propertyNames"] = json::object{{"pattern", key_pattern}};
  schema["additionalProperties"] = value.json();
  return Schema(std::move(schema));
}

Schema object_schema(const std::vector<Property>& properties, const std::vector<OnlyOne>& groups) {
  json::object members;
  std::vector<std::string> required;
  for (const Property& property : properties) {
    json::value own = property.schema.json();
    if (!property.help.empty()) own.as_object()["description"] = property.help;
    members[property.key] = std::move(own);
    if (property.required) required.push_back(property.key);
  }
  json::object schema{{"type", "object"}, {"properties", std::move(members)}};
  if (!required.empty()) schema["required"] = strings(required);
  if (groups.size() == 1) schema["oneOf"] = only_one(groups.front())["oneOf"];
  if (groups.size() > 1) {
    json::array all;
    for (const OnlyOne& group : groups) all.push_back(only_one(group));
    schema["allOf"] = std::move(all);
  }
  schema["additionalProperties"] = false;
  return Schema(std::move(schema));
}

Schema any_of_schema(const std::vector<Schema>& forms) {
  json::array all;
  for (const Schema& form : forms) all.push_back(form.json());
  return Schema(json::object{{"anyOf", std::move(all)}});
}

Schema root_schema(const Schema& body, std::string_view title) {
  json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  for (const auto& [key, value] : body.json().as_object()) schema[key] = value;
  schema["patternProperties"] = json::object{
      {"^x-", json::object{{"description", "ignored: a place to define anchors that other keys refer to"}}}};
  return Schema(std::move(schema));
}

}  // namespace outrider::config
