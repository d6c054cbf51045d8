#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/probes/certificate/certificate_probe.hpp"

namespace outrider::probes::certificate {
namespace {

using namespace std::chrono_literals;

// As it is written; Settings is what becomes of it.
struct Written {
  struct Where {
    std::vector<std::string> files;
    std::string server;
  } where;
  core::Duration valid_for = Settings{}.valid_for;
  std::string name;
  std::string authority;
};

config::Kind<Written::Where> files() {
  const std::function<Written::Where(std::string)> of_one = [](std::string path) {
    return Written::Where{{std::move(path)}, {}};
  };
  const std::function<Written::Where(std::vector<std::string>)> of_list = [](std::vector<std::string> paths) {
    return Written::Where{std::move(paths), {}};
  };
  return config::either(config::path().as<Written::Where>(of_one),
                        config::list_of(config::path(), 1, 100).as<Written::Where>(of_list));
}

config::Kind<Written::Where> server() {
  const std::function<Written::Where(std::string)> of_address = [](std::string address) {
    return Written::Where{{}, std::move(address)};
  };
  return config::endpoint().as<Written::Where>(of_address);
}

config::Kind<Written> long_form() {
  return config::Object<Written>()
      .one_of(&Written::where, {{"file", files(), "PEM file or files, each the server's own and its chain"},
                                {"server", server(), "host:port, which is asked over TLS"}})
      .optional("valid_for", &Written::valid_for, config::duration(1min, 10 * 365 * 24h),
                "each must last at least so long from now")
      .optional("name", &Written::name, config::text(),
                "the host that it must be for; a server's own when left out")
      .optional("authority", &Written::authority, config::path(),
                "PEM file of the authority that it must lead to; a server: the system's when left out");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Written(Written::Where)> of_where = [](Written::Where where) {
    Written written;
    written.where = std::move(where);
    return written;
  };
  const std::function<Maker(Written)> to_maker = [](const Written& written) -> Maker {
    Settings settings{written.where.files, written.where.server, written.valid_for, written.name,
                      written.authority};
    return [settings](const Tools& tools) { return make_probe(settings, tools); };
  };
  const config::Kind<Written> short_form = files().as<Written>(of_where);
  shelf.put({"certificate", "how long certificates last, in files or as a server shows them",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::certificate
