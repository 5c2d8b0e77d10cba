package io.weir.ipam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.StateFiles;
import io.weir.api.row.Address;
import io.weir.api.row.AddressClaim;
import io.weir.api.row.AddressLease;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Change;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Status;
import io.weir.state.BootClock;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IpamControllerTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @TempDir Path base;

  private final TableStore tables = new TableStore();
  private final Epoch<String, AddressClaim> claims =
      tables.table(WeirTables.ADDRESS_CLAIMS).write(Owner.of("io.weir.cni"));
  private final Epoch<Integer, Endpoint> endpoints =
      tables.table(WeirTables.ENDPOINTS).write(Owner.of("io.weir.cni"));
  private final Epoch<String, LocalNode> node =
      tables.table(WeirTables.LOCAL_NODE).write(Owner.of("io.weir.node"));
  private IpamController controller;

  @AfterEach
  void stop() {
    controller.stop();
  }

  @Test
  void should_have_on_the_disk_what_anyone_can_see() throws Exception {
    List<String> unseen = Collections.synchronizedList(new ArrayList<>());
    tables.loop(
        "watcher",
        List.of(WeirTables.ADDRESS_LEASES),
        inputs -> {
          String file = Files.exists(file()) ? Files.readString(file()) : "";
          for (Change<String, AddressLease> change : inputs.changes(WeirTables.ADDRESS_LEASES)) {
            if (change.after().isPresent() && !file.contains('"' + change.key() + '"')) {
              unseen.add(change.key());
            }
          }
        });
    start("10.0.0.0/24");
    claims.synced();
    for (int i = 0; i < 50; i++) {
      claims.put("c" + i, new AddressClaim("c" + i, "default", "p" + i));
      assertThat(tables.settle(LIMIT)).isTrue();
    }
    assertThat(leases()).hasSize(50);
    assertThat(unseen).isEmpty();
  }

  @Test
  void should_give_the_same_after_a_restart_and_release_nothing_before_claims_are_known()
      throws Exception {
    start("10.0.0.0/24");
    claims.synced();
    claims.put("a", new AddressClaim("a", "default", "a"));
    assertThat(tables.settle(LIMIT)).isTrue();
    List<AddressLease> before = leases();
    long revision = tables.table(WeirTables.ADDRESS_LEASES).snapshot().revision();
    controller.stop();
    controller = new IpamController(tables, files(), new BootClock());
    assertThat(tables.settle(LIMIT)).isTrue();
    assertThat(leases()).isEqualTo(before);
    assertThat(tables.table(WeirTables.ADDRESS_LEASES).snapshot().revision()).isEqualTo(revision);
  }

  @Test
  void should_report_why_a_claim_has_no_lease() throws Exception {
    start("10.0.0.0/30");
    claims.synced();
    claims.put("a", new AddressClaim("a", "default", "a"));
    assertThat(tables.settle(LIMIT)).isTrue();
    claims.put("b", new AddressClaim("b", "default", "b"));
    assertThat(tables.settle(LIMIT)).isTrue();
    assertThat(statusOf("a")).isEqualTo(Status.DONE);
    assertThat(statusOf("b"))
        .isEqualTo(
            new Status.Failed(
                new Problem(
                    "pod-cidr 10.0.0.0/30",
                    "a free address for pod default/b",
                    "1 in use",
                    "delete pods, or set a larger pod-cidr")));
  }

  @Test
  void should_report_a_file_it_cannot_read_and_give_nothing() throws Exception {
    Files.createDirectories(file().getParent());
    Files.write(file(), "{".getBytes(UTF_8));
    start("10.0.0.0/24");
    claims.synced();
    claims.put("a", new AddressClaim("a", "default", "a"));
    assertThat(tables.settle(LIMIT)).isTrue();
    assertThat(leases()).isEmpty();
    assertThat(statusOf("a")).isInstanceOf(Status.Failed.class);
    assertThat(Files.readString(file())).isEqualTo("{");
  }

  @Test
  void should_take_over_what_endpoints_have_where_the_file_was_lost() throws Exception {
    endpoints.put(
        7,
        new Endpoint(
            7,
            "default",
            "a",
            "4f1c",
            "eth0",
            "weirx",
            3,
            "02:00:00:00:00:01",
            List.of(Address.parse("10.0.0.77")),
            0));
    endpoints.synced();
    claims.put("4f1c/eth0", new AddressClaim("4f1c/eth0", "default", "a"));
    claims.synced();
    start("10.0.0.0/24");
    assertThat(tables.settle(LIMIT)).isTrue();
    assertThat(leases())
        .containsExactly(new AddressLease("4f1c/eth0", List.of(Address.parse("10.0.0.77"))));
  }

  private void start(String cidr) {
    Prefix prefix = Prefix.parse(cidr);
    node.put(
        LocalNode.KEY,
        new LocalNode(
            "n1",
            List.of(),
            List.of(prefix),
            List.of(prefix.address().plus(1)),
            "weir_host",
            2,
            "02:00:00:00:00:01",
            1500,
            0,
            "/sys/fs/cgroup"));
    node.synced();
    controller = new IpamController(tables, files(), new BootClock());
  }

  private StateFiles files() {
    return new StateDirectory(new StateFiles.Places("n1", base, base, base));
  }

  private Path file() {
    return base.resolve("state/ipam.json");
  }

  private Status statusOf(String claim) {
    return tables.table(WeirTables.ADDRESS_CLAIMS).status(claim).get("io.weir.ipam");
  }

  private List<AddressLease> leases() {
    return tables.table(WeirTables.ADDRESS_LEASES).snapshot().rows().stream()
        .map(row -> row.value())
        .toList();
  }
}
