#include "agent/telemetry/otlp/spans_cutter.hpp"

#include <utility>

#include <protozero/pbf_writer.hpp>

namespace outrider::telemetry::otlp {
namespace {

void add_message(std::string& to, std::uint32_t number, std::string_view payload) {
  protozero::pbf_writer(to).add_message(number, payload.data(), payload.size());
}

}  // namespace

void Cutter::begin_resource(std::string around) {
  close_resource();
  around_ = std::move(around);
}

void Cutter::begin_scope(std::string about) {
  close_scope();
  about_ = std::move(about);
}

// Where what surrounds the spans is itself most of a portion, it is not repeated in a second one: a sender
// could make us write a thousand times what it sent.
void Cutter::add(std::string_view span) {
  const std::size_t open = request_.size() + resource_.size() + scope_.size();
  const bool is_full = open + span.size() > most_bytes_;
  const bool may_cut = around_.size() + about_.size() <= most_bytes_ / 2;
  if (is_full && may_cut && in_request_ + in_resource_ + in_scope_ > 0) {
    close_resource();
    close_portion();
  }
  if (in_scope_ == 0) scope_ = about_;
  if (in_scope_ == 0 && in_resource_ == 0) resource_ = around_;
  add_message(scope_, scope_spans, span);
  ++in_scope_;
}

void Cutter::end() {
  close_resource();
  close_portion();
}

void Cutter::close_scope() {
  if (in_scope_ == 0) return;
  add_message(resource_, resource_scopes, scope_);
  scope_.clear();
  in_resource_ += std::exchange(in_scope_, 0);
}

void Cutter::close_resource() {
  close_scope();
  if (in_resource_ == 0) return;
  add_message(request_, request_resources, resource_);
  resource_.clear();
  in_request_ += std::exchange(in_resource_, 0);
}

void Cutter::close_portion() {
  if (in_request_ == 0) return;
  into_.made.push_back(std::move(request_));
  into_.list.push_back({into_.made.back(), std::exchange(in_request_, 0)});
  request_.clear();
}

}  // namespace outrider::telemetry::otlp
