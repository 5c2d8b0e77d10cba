package io.weir.services.command;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.Tables;
import java.util.Comparator;
import java.util.List;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Lists frontends, of all services or of one. */
@Service
@Command(
    scope = "weir",
    name = "services",
    description = "Services' addresses, and the backends that take new connections")
public final class ServicesCommand implements Action {
  private static final Comparator<Frontend> ORDER =
      Comparator.comparing(Frontend::service)
          .thenComparing(frontend -> frontend.key().address())
          .thenComparing(frontend -> frontend.key().port())
          .thenComparing(frontend -> frontend.key().protocol());

  @Argument(name = "SERVICE", description = "only this one: NAMESPACE/NAME, or NAME in any")
  @Completion(ServiceNames.class)
  private String service;

  @Reference private Tables tables;

  @Override
  public Object execute() {
    return listing(tables, service == null ? "" : service);
  }

  static Listing listing(Tables tables, String service) {
    List<Frontend> frontends =
        tables.table(WeirTables.FRONTENDS).snapshot().rows().stream()
            .map(Row::value)
            .filter(frontend -> service.isEmpty() || isNamed(frontend.service(), service))
            .sorted(ORDER)
            .toList();
    if (frontends.isEmpty() && !service.isEmpty()) {
      throw Problem.of("service " + service, "a service with frontends", "none of this name")
          .remedy("list them by weir services")
          .asException();
    }
    Listing.Builder listing =
        Listing.of("service", "port", "frontend", "protocol", "backends", "id");
    for (Frontend frontend : frontends) {
      FrontendKey key = frontend.key();
      listing.row(
          nameOf(frontend.service()),
          frontend.portName(),
          place(key.address(), key.port()),
          protocol(key.protocol()),
          frontend.backends().stream().map(ServicesCommand::backend).toList(),
          frontend.serviceId());
    }
    return listing.build();
  }

  static String nameOf(ResourceKey service) {
    return service.namespace() + "/" + service.name();
  }

  private static boolean isNamed(ResourceKey service, String name) {
    return name.equals(service.name()) || name.equals(nameOf(service));
  }

  private static String backend(Backend backend) {
    return place(backend.address(), backend.port());
  }

  private static String place(Address address, int port) {
    return (address.ipv6() ? "[" + address + "]" : address.toString()) + ":" + port;
  }

  /** Names and numbers of IANA. */
  private static String protocol(int number) {
    return switch (number) {
      case 6 -> "TCP";
      case 17 -> "UDP";
      case 132 -> "SCTP";
      default -> Integer.toString(number);
    };
  }
}
