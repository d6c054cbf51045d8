#include "agent/sinks/elasticsearch/bulk/bodies.hpp"

#include <algorithm>

namespace outrider::sinks::elasticsearch {
namespace {

bool is_free(const std::shared_ptr<RequestBody>& body) { return body.use_count() == 1; }

}  // namespace

std::shared_ptr<RequestBody> Bodies::take() {
  const auto free = std::ranges::find_if(all_, is_free);
  if (free == all_.end()) return all_.emplace_back(std::make_shared<RequestBody>());
  (*free)->plain.clear();
  (*free)->packed.clear();
  return *free;
}

void Bodies::rest() { std::erase_if(all_, is_free); }

}  // namespace outrider::sinks::elasticsearch
