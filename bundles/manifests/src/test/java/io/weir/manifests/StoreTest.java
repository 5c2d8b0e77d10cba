package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.StateFiles.Places;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
  @TempDir Path base;

  private final TableStore tables = new TableStore();
  private final Epoch<Integer, Endpoint> endpoints =
      tables.table(WeirTables.ENDPOINTS).write(Owner.of("io.weir.cni"));
  private final Instant now = Instant.now().plusSeconds(60); // all files are old
  private List<Prefix> serviceCidrs = List.of(Prefix.parse("10.96.0.0/12"));
  private Store store;

  @BeforeEach
  void open() throws IOException {
    Path root = Files.createDirectory(base.resolve("manifests"));
    store =
        new Store(
            tables,
            new StateDirectory(new Places("n1", base, base.resolve("run"), base.resolve("bpf"))),
            new WatchedDirectory(root, () -> now, files -> Set.of()),
            new AppliedFiles(root),
            () -> serviceCidrs);
    endpoints.synced();
    Files.writeString(root.resolve("a.yaml"), Texts.service("web", "ports: [{port: 80}]"));
    store.refresh();
  }

  @AfterEach
  void close() {
    store.close();
    endpoints.close();
  }

  /** With thousands of services each derivation takes a tenth of a second. */
  @Test
  void should_derive_nothing_anew_where_nothing_has_changed() throws IOException {
    Map<ResourceKey, Resource> before = store.rows();
    store.refresh();
    assertThat(store.rows()).isSameAs(before);
  }

  @Test
  void should_derive_anew_what_follows_from_a_file_an_endpoint_or_a_setting() throws IOException {
    Files.writeString(base.resolve("manifests/b.yaml"), Texts.namespace("b"));
    store.refresh();
    assertThat(store.rows()).containsKey(new ResourceKey("Namespace", "", "b"));

    Map<ResourceKey, Resource> before = store.rows();
    endpoints.put(1, Texts.endpoint(1, "a", "10.244.0.7"));
    store.refresh();
    assertThat(store.rows()).isNotSameAs(before);

    Map<ResourceKey, Resource> after = store.rows();
    serviceCidrs = List.of(Prefix.parse("172.16.0.0/16"));
    store.refresh();
    assertThat(store.rows()).isNotSameAs(after);
  }
}
