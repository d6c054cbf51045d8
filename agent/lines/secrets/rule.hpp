// What is looked for, and what is put in its place.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::lines::secrets {

// `cut`: what lies at the seam of a line that was longer than a line may be, and may be half of any of them.
enum class Kind : std::uint8_t { email, bearer_token, jwt, card_number, iban, phone, field, custom, cut };
inline constexpr std::array<std::string_view, 9> kind_names{
    "email", "bearer_token", "jwt", "card_number", "iban", "phone", "field", "custom", "cut"};

enum class Manner : std::uint8_t {
  mask,  // [redacted:email]
  hash,  // [email:9f86d081884c7d65]: the same secret has the same digits, and nobody without the salt finds
         // it
  drop,  // nothing; of a named field, the field is gone
};

struct Rule {
  Kind kind = Kind::email;
  Manner manner = Manner::mask;
  std::string name;     // of the field; of a custom one, what it is called in the mask
  std::string pattern;  // of a custom one
};

}  // namespace outrider::lines::secrets
