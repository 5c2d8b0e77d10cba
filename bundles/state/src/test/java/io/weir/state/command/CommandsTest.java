package io.weir.state.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.GsonBuilder;
import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Reporter;
import io.weir.api.table.Status;
import io.weir.state.TableStore;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CommandsTest {
  private static final ResourceKey WEB = new ResourceKey("Service", "default", "web");
  private static final FrontendKey KEY = new FrontendKey(Address.parse("10.96.0.1"), 80, 6);
  private static final Owner SERVICES = Owner.of("io.weir.services");

  private final TableStore store = new TableStore();
  private final Epoch<FrontendKey, Frontend> frontends =
      store.table(WeirTables.FRONTENDS).write(SERVICES);
  private final Reporter<FrontendKey> datapath =
      store.table(WeirTables.FRONTENDS).reporter("io.weir.datapath");

  CommandsTest() {
    frontends.put(KEY, new Frontend(KEY, 1, WEB, "http", List.of()));
  }

  @Test
  void should_list_tables() {
    frontends.close();
    assertThat(TablesCommand.listing(store.all()).objects())
        .containsExactly(
            new TreeMap<>(
                Map.of(
                    "table",
                    "frontends",
                    "rows",
                    1,
                    "revision",
                    1L,
                    "synced",
                    false,
                    "stale",
                    1,
                    "unreconciled",
                    1,
                    "owners",
                    "io.weir.services")));
  }

  @Test
  void should_show_the_rows_of_a_table_as_json() {
    FrontendKey other = new FrontendKey(Address.parse("fd10:96::1"), 53, 17);
    frontends.put(other, new Frontend(other, 2, WEB, "", List.of()));
    datapath.report(KEY, 1, new Status.Failed(Problem.of("map frontends", "full")));
    Listing listing = TableCommand.listing(store, "frontends", "10.96");
    assertThat(new GsonBuilder().create().toJson(listing.objects()))
        .isEqualTo(
            "[{\"key\":\"10.96.0.1 80 6\",\"revision\":1,\"owner\":\"io.weir.services\",\"stale\":false,"
                + "\"status\":{\"io.weir.datapath\":\"map frontends: full\"},"
                + "\"value\":{\"key\":{\"address\":\"10.96.0.1\",\"port\":80,\"protocol\":6},\"serviceId\":1,"
                + "\"service\":\"Service/default/web\",\"portName\":\"http\",\"backends\":[]}}]");
    assertThat(TableCommand.listing(store, "frontends", "").rows()).hasSize(2);
  }

  @Test
  void should_take_the_text_of_keys_wherever_it_stands() throws Exception {
    TableCommand.Asked asked = new TableCommand.Asked("frontends", "10.96");
    assertThat(TableCommand.Asked.of(List.of("frontends", "10.96"), "")).isEqualTo(asked);
    assertThat(TableCommand.Asked.of(List.of("frontends"), "10.96")).isEqualTo(asked);
    assertThat(TableCommand.Asked.of(List.of("frontends", "--key", "10.96"), "")).isEqualTo(asked);
    assertThat(TableCommand.Asked.of(List.of("frontends", "--key=10.96"), "")).isEqualTo(asked);
    assertThat(TableCommand.Asked.of(List.of("frontends"), "").key()).isEmpty();
    for (List<String> words :
        List.of(
            List.<String>of(),
            List.of("a", "b", "c"),
            List.of("a", "b", "--key", "c"),
            List.of("a", "--key"),
            List.of("--other", "a"),
            List.of("a", "--other"))) {
      assertThatThrownBy(() -> TableCommand.Asked.of(words, ""))
          .hasMessage("expected NAME [TEXT], got \"" + String.join(" ", words) + '"');
    }
  }

  @Test
  void should_show_maps_and_enums_in_a_row() {
    CompiledPolicy policy =
        new CompiledPolicy(
            3,
            Direction.INGRESS,
            300,
            PolicyVerdict.DENY,
            false,
            0,
            Map.of(301, 1),
            Map.of(1, List.of(new PolicyEntry(6, 80, 16, PolicyVerdict.ALLOW, 9))));
    assertThat(PlainValues.of(policy))
        .hasToString(
            "{slot=3, direction=ingress, identity=300, otherwise=deny, audit=false, defaultClass=0, "
                + "classes={301=1}, entries={1=[{protocol=6, port=80, portBits=16, verdict=allow, rule=9}]}}");
  }

  @Test
  void should_say_that_there_is_no_such_table() {
    assertThatThrownBy(() -> TableCommand.listing(store, "frontend", ""))
        .hasMessage(
            "table frontend: expected a table of this engine, got none of this name; weir tables lists those there are");
  }

  @Test
  void should_say_what_is_not_in_force_and_why() {
    assertThat(ReconcileCommand.listing(store).rows())
        .containsExactly(
            List.of(
                "frontends", "10.96.0.1 80 6", "io.weir.datapath", "pending", "not yet reported"));
    datapath.report(KEY, 1, new Status.Failed(Problem.of("map frontends", "full")));
    Listing failed = ReconcileCommand.listing(store);
    assertThat(failed.rows())
        .containsExactly(
            List.of(
                "frontends",
                "10.96.0.1 80 6",
                "io.weir.datapath",
                "failed",
                "map frontends: full"));
    assertThat(failed.complete()).isFalse();
    datapath.report(KEY, 1, Status.DONE);
    assertThat(ReconcileCommand.listing(store))
        .isEqualTo(Listing.of("table", "key", "reconciler", "status", "reason").build());
  }
}
