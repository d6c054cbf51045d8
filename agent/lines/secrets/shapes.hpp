// What secrets look like. Each function looks at one place of a text and gives where the secret there begins
// and ends, or nothing; none looks further than the secret could reach.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace outrider::lines::secrets {

struct Extent {
  std::size_t from = 0;
  std::size_t to = 0;
};
using Found = std::optional<Extent>;

// `floor`: what lies before it belongs to something else already.
// The sign may be written as in URLs: %40.
Found email_at(std::string_view text, std::size_t at_sign, std::size_t floor);
Found jwt_at(std::string_view text, std::size_t letter_j, std::size_t floor);
Found bearer_at(std::string_view text, std::size_t letter_b);  // of the token alone

// `digit`: the first of a run.
Found iban_at(std::string_view text, std::size_t digit, std::size_t floor);
Found card_at(std::string_view text, std::size_t digit);
Found american_phone_at(std::string_view text, std::size_t digit);   // 555-123-4567
Found phone_at(std::string_view text, std::size_t plus_or_bracket);  // +49 30 …, (555) 123-4567

// Equal but for the case of ASCII letters.
bool same_letters(std::string_view a, std::string_view b);

}  // namespace outrider::lines::secrets
