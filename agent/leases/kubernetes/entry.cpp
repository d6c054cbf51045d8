#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/leases/kubernetes/kubernetes_lease.hpp"

namespace outrider::leases::kubernetes {

void enter(Shelf& shelf);
void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](const Settings& settings) -> Maker {
    return [settings](const Tools& tools) { return make_lease(settings, tools); };
  };
  config::Object<Settings> keys;
  keys.required("name", &Settings::name, config::text_matching(1, 253),
                "of the Lease that the replicas share, like tests-api-fleet; made where it is not there")
      .rule([](const Settings& settings) -> std::optional<config::Complaint> {
        if (kube::is_name(settings.name)) return std::nullopt;
        return config::Complaint{"name",
                                 "Kubernetes' names hold lower-case letters, digits, `-` and `.` only"};
      });
  shelf.put({"kubernetes", "a Lease of Kubernetes (coordination.k8s.io)",
             kube::with_access_keys(std::move(keys)).as<Maker>(to_maker)});
}

}  // namespace outrider::leases::kubernetes
