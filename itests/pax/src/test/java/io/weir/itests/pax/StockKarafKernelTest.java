package io.weir.itests.pax;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureConsole;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFileExtend;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.features;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;

import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.Table;
import io.weir.api.table.Tables;
import io.weir.linux.Linux;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import javax.inject.Inject;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.CoreOptions;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleRevision;

/**
 * The features in a Karaf as Apache ships it, beside its own console, SSH and logging, and what
 * becomes of tables while a bundle is stopped or replaced there. The container runs in namespaces
 * of its own: see {@code namespace/bin/java}. Bundles and features are those of the {@code .kar},
 * unzipped as a repository.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class StockKarafKernelTest {
  private static final String IDENTITY = "io.weir.identity";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Inject private BundleContext context;
  @Inject private Tables tables;

  @Configuration
  public static Option[] stockKaraf() {
    String target = new File("target").getAbsolutePath();
    Kar kar = Kar.built();
    Path repository = kar.unpack(Path.of(target, "repository"));
    String bundles = repository.toUri() + "@id=weir@snapshots";
    String exam = new File(System.getProperty("weir.repository")).toURI() + "@id=exam";
    return new Option[] {
      karafDistributionConfiguration()
          .frameworkUrl(new File(System.getProperty("weir.karaf")).toURI().toString())
          .unpackDirectory(new File(target, "exam"))
          .useDeployFolder(false)
          .runEmbedded(false),
      configureConsole().ignoreLocalConsole().ignoreRemoteShell(),
      // Where our bundles are, and Pax Exam's. Nothing comes from elsewhere: there is no network.
      editConfigurationFileExtend(
          "etc/org.ops4j.pax.url.mvn.cfg",
          "org.ops4j.pax.url.mvn.defaultRepositories",
          bundles + "," + exam),
      editConfigurationFilePut(
          "etc/org.ops4j.pax.url.mvn.cfg", "org.ops4j.pax.url.mvn.repositories", ""),
      editConfigurationFilePut("etc/io.weir.cfg", "cgroup-root", System.getenv("WEIR_PAX_CGROUP")),
      features(kar.features(repository).toUri().toString(), "weir-node"),
      CoreOptions.vmOptions(
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.net=ALL-UNNAMED",
          "--add-exports=java.base/sun.net.www.protocol.file=ALL-UNNAMED",
          "--add-exports=java.base/sun.net.www.protocol.jar=ALL-UNNAMED",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Dweir.node=pax",
          "-Dweir.base=" + target + "/node",
          "-Dweir.run=" + target + "/run",
          "-Dweir.bpffs=/sys/fs/bpf/weir/pax")
    };
  }

  @Before
  public void wait_for_the_bundles() {
    await("all bundles active", () -> notActive().isEmpty());
  }

  @Test
  public void should_have_every_bundle_of_ours_active() {
    assertEquals(Map.of(), notActive());
    assertTrue(
        bundles().keySet().toString(),
        bundles()
            .keySet()
            .containsAll(
                List.of(
                    "io.weir.api",
                    "io.weir.state",
                    "io.weir.linux",
                    "io.weir.manifests",
                    "io.weir.node",
                    "io.weir.ipam",
                    IDENTITY,
                    "io.weir.policy",
                    "io.weir.services",
                    "io.weir.cni",
                    "io.weir.bpf",
                    "io.weir.datapath",
                    "io.weir.routing",
                    "io.weir.flows",
                    "io.weir.console")));
  }

  @Test
  public void should_change_no_row_while_a_bundle_is_stopped_and_started() throws Exception {
    settle();
    Map<String, String> before = rows();
    assertFalse(tables.table(WeirTables.IDENTITIES).snapshot().rows().isEmpty());
    bundle(IDENTITY).stop();
    assertTrue("rows without a writer are stale", identitiesAreStale());
    assertEquals(before, rows());
    bundle(IDENTITY).start();
    await("the component satisfied again", () -> !identitiesAreStale());
    settle();
    assertEquals(before, rows());
  }

  @Test
  public void should_change_no_row_while_a_bundle_is_updated() throws Exception {
    settle();
    Map<String, String> before = rows();
    Bundle identity = bundle(IDENTITY);
    BundleRevision revision = identity.adapt(BundleRevision.class);
    identity.update(); // from where it was installed
    await("another revision", () -> identity.adapt(BundleRevision.class) != revision);
    await("the component satisfied again", () -> !identitiesAreStale());
    settle();
    assertEquals(before, rows());
    assertEquals(Map.of(), notActive());
  }

  @Test
  public void should_close_linux_with_its_bundle_and_come_back() throws Exception {
    Linux linux = context.getService(context.getServiceReference(Linux.class));
    bundle("io.weir.linux").stop();
    try {
      IllegalStateException late = assertThrows(IllegalStateException.class, linux::kernel);
      assertEquals("io.weir.linux is closed", late.getMessage());
    } finally {
      bundle("io.weir.linux").start();
    }
    await("tables again", () -> context.getServiceReference(Tables.class) != null);
    assertEquals(Map.of(), notActive());
  }

  /** Bundles of ours by symbolic name. */
  private Map<String, Bundle> bundles() {
    return Arrays.stream(context.getBundles())
        .filter(bundle -> String.valueOf(bundle.getSymbolicName()).startsWith("io.weir."))
        .collect(
            Collectors.toMap(Bundle::getSymbolicName, bundle -> bundle, (a, b) -> b, TreeMap::new));
  }

  private Bundle bundle(String name) {
    return bundles().get(name);
  }

  /** Bundles of ours that are not active, with their states. */
  private Map<String, Integer> notActive() {
    return bundles().values().stream()
        .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
        .collect(Collectors.toMap(Bundle::getSymbolicName, Bundle::getState));
  }

  /** Every row of every table, with the revision at which it was written. */
  private Map<String, String> rows() {
    Map<String, String> rows = new TreeMap<>();
    for (Table<?, ?> table : tables.all()) {
      for (Row<?, ?> row : table.snapshot().rows()) {
        rows.put(table.id().name() + " " + row.key(), row.value() + " @" + row.revision());
      }
    }
    return rows;
  }

  private boolean identitiesAreStale() {
    return tables.table(WeirTables.IDENTITIES).snapshot().rows().stream().anyMatch(Row::stale);
  }

  private void settle() throws InterruptedException {
    assertTrue(tables.unsettled().toString(), tables.settle(LIMIT));
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("expected within " + LIMIT + ": " + what);
      }
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
  }
}
