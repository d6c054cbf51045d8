#include "agent/core/number.hpp"
#include "agent/sql/sql.hpp"

namespace outrider::sql {
namespace {

template <class Number>
std::optional<Number> read_number(const Value& value) {
  return value ? core::read_number<Number>(*value) : std::nullopt;
}

}  // namespace

Value Rows::text(std::size_t row, std::string_view column) const {
  if (row >= rows.size()) return std::nullopt;
  for (std::size_t i = 0; i < columns.size() && i < rows[row].size(); ++i) {
    if (columns[i] == column) return rows[row][i];
  }
  return std::nullopt;
}

std::optional<std::int64_t> Rows::whole(std::size_t row, std::string_view column) const {
  return read_number<std::int64_t>(text(row, column));
}

std::optional<double> Rows::number(std::size_t row, std::string_view column) const {
  return read_number<double>(text(row, column));
}

std::optional<bool> Rows::truth(std::size_t row, std::string_view column) const {
  const Value value = text(row, column);
  if (value == "t" || value == "true") return true;
  if (value == "f" || value == "false") return false;
  return std::nullopt;
}

std::string without_password(std::string_view dsn) {
  std::string shown(dsn);
  if (const auto at = shown.find('@'); shown.find("://") != std::string::npos && at != std::string::npos) {
    const auto user = shown.find("://") + 3;
    if (const auto colon = shown.find(':', user); colon < at) shown.replace(colon, at - colon, ":***");
  }
  for (auto begin = shown.find("password"); begin != std::string::npos;
       begin = shown.find("password", begin)) {
    begin += 8;
    const auto value = shown.find_first_not_of(" =", begin);
    if (value == std::string::npos) break;
    // A quoted value ends at the next quote that is not escaped, a bare one at a space or the next parameter.
    auto end = value + 1;
    if (shown[value] == '\'') {
      while (end < shown.size() && (shown[end] != '\'' || shown[end - 1] == '\\')) ++end;
      end = std::min(end + 1, shown.size());
    } else {
      end = std::min(shown.find_first_of(" &", value), shown.size());
    }
    shown.replace(value, end - value, "***");
    begin = value;
  }
  return shown;
}

}  // namespace outrider::sql
