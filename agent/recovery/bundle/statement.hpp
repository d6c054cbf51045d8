// A bundle as JSON: an in-toto Statement v1, whose subjects are the lines of drills.jsonl and the page, and
// whose predicate is the bundle. What schema 1 says is never given another meaning; keys may be added under
// another one.
#pragma once

#include "agent/recovery/bundle/bundle.hpp"

#include <array>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace outrider::recovery {

inline constexpr std::string_view envelope_type = "application/vnd.in-toto+json";
inline constexpr std::string_view statement_type = "https://in-toto.io/Statement/v1";
inline constexpr std::string_view predicate_type = "urn:outrider:recovery-evidence:1";
inline constexpr std::string_view page_name = "bundle.html";

// `page_sha256`: of the page that was made with it; empty: none was.
boost::json::object statement_of(const Bundle& bundle, std::string_view page_sha256);

// What a statement says is a fact; the rest is to be worked out anew. An error names what is missing.
core::Outcome<BundleFacts> read_facts(const boost::json::object& statement);
std::string page_digest(const boost::json::object& statement);  // empty: none was made with it

// The controls that a bundle is evidence for, and what of them it shows.
struct Control {
  std::string_view name;
  std::string_view asks;
  std::string_view shown;
};
extern const std::array<Control, 2> controls;

}  // namespace outrider::recovery
