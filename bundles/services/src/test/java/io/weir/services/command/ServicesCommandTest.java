package io.weir.services.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.state.TableStore;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ServicesCommandTest {
  private final TableStore tables = new TableStore();
  private final Epoch<FrontendKey, Frontend> frontends =
      tables.table(WeirTables.FRONTENDS).write(Owner.of("io.weir.services"));

  @BeforeEach
  void fill() {
    put("kube-system", "dns", "dns", "fd10:96::a", 53, 17, 3, "fd00:10::2");
    put("kube-system", "dns", "dns", "10.96.0.10", 53, 17, 2, "10.0.0.2", "10.0.0.3");
    put("default", "web", "", "10.96.0.1", 80, 6, 1);
  }

  @Test
  void should_list_a_row_for_each_frontend_in_order() {
    assertThat(ServicesCommand.listing(tables, "").columns())
        .containsExactly("service", "port", "frontend", "protocol", "backends", "id");
    assertThat(ServicesCommand.listing(tables, "").rows())
        .containsExactly(
            List.of("default/web", "", "10.96.0.1:80", "TCP", List.of(), 1),
            List.of(
                "kube-system/dns",
                "dns",
                "10.96.0.10:53",
                "UDP",
                List.of("10.0.0.2:53", "10.0.0.3:53"),
                2),
            List.of(
                "kube-system/dns", "dns", "[fd10:96::a]:53", "UDP", List.of("[fd00:10::2]:53"), 3));
  }

  @Test
  void should_list_one_service_by_either_name() {
    assertThat(ServicesCommand.listing(tables, "dns").rows()).hasSize(2);
    assertThat(ServicesCommand.listing(tables, "kube-system/dns").rows()).hasSize(2);
    assertThatThrownBy(() -> ServicesCommand.listing(tables, "default/dns"))
        .hasMessage(
            "service default/dns: expected a service with frontends, got none of this name; list"
                + " them by weir services");
  }

  private void put(
      String namespace,
      String name,
      String port,
      String address,
      int number,
      int protocol,
      int id,
      String... backends) {
    FrontendKey key = new FrontendKey(Address.parse(address), number, protocol);
    frontends.put(
        key,
        new Frontend(
            key,
            id,
            new ResourceKey("Service", namespace, name),
            port,
            List.of(backends).stream()
                .map(one -> new Backend(Address.parse(one), number, "default/a"))
                .toList()));
  }
}
