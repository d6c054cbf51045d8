// What of our offers the other side likes best, by its Accept and Accept-Encoding headers (RFC 9110 §12.5).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace outrider::net {

// The index of the best offer, such as "application/openmetrics-text; version=1.0.0". A range that names a
// version fits only that version. Equal wishes: the earlier offer. An empty header accepts everything.
// Nothing when the other side accepts none of them.
std::optional<std::size_t> negotiate(std::string_view accept, std::span<const std::string_view> offers);

// Whether `coding` ("gzip") may be used. An empty header means no.
bool accepts_encoding(std::string_view accept_encoding, std::string_view coding);

}  // namespace outrider::net
