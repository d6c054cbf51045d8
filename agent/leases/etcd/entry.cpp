#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/leases/etcd/etcd_lease.hpp"

namespace outrider::leases::etcd {

void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](const Settings& settings) -> Maker {
    return [settings](const Tools& tools) { return make_lease(settings, tools); };
  };
  const auto settings =
      config::Object<Settings>()
          .required("urls", &Settings::urls, config::list_of(config::url({"http", "https"}), 1, 9),
                    "etcd's client addresses; asked in turn until one answers")
          .required("key", &Settings::key, config::text_matching(1, 200),
                    "the key that the replicas share, like fleet/tests-api")
          .kind();
  shelf.put({"etcd", "a key in etcd v3, over its JSON gateway", settings.as<Maker>(to_maker)});
}

}  // namespace outrider::leases::etcd
