package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.api.StateFiles;
import io.weir.api.row.Prefix;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Resources from the files of {@code manifests/} and from {@code weir apply}. */
@Component(service = Manifests.class, immediate = true)
public final class Manifests {
  static final Setting<List<Prefix>> SERVICE_CIDR =
      new Setting<>(
          "service-cidr",
          "10.96.0.0/12,fd10:96::/112",
          "The blocks that new services have their addresses from, the preferred family first.",
          "one address block, or one of each family with a comma between",
          Manifests::serviceCidrs);

  /** Between two looks at the directory without an occasion: for links, and for lost events. */
  private static final Duration POLL = Duration.ofSeconds(10);

  private final Settings.View settings;
  private final Store store;
  private final Applier applier;
  private final DirectoryWatch watch;
  private volatile Loop loop;

  @Activate
  public Manifests(
      @Reference Tables tables, @Reference Settings declared, @Reference StateFiles files) {
    this(tables, declared, files, Weight.ROOM);
  }

  /**
   * @param room of all manifests together, as {@link Weight} estimates it
   */
  Manifests(Tables tables, Settings declared, StateFiles files, long room) {
    Path root = files.places().base().resolve("manifests");
    settings = declared.declare(Store.BUNDLE, this::wake, SERVICE_CIDR);
    try {
      Files.createDirectories(root);
      Writers writers = new Writers();
      store =
          new Store(
              tables,
              files,
              new WatchedDirectory(root, Clock.systemUTC(), writers::of, room),
              new AppliedFiles(root),
              () -> settings.get(SERVICE_CIDR));
      watch = new DirectoryWatch(root, this::wake);
    } catch (IOException e) {
      settings.close();
      throw new ProblemException(
          Problem.of(root.toString(), "a directory of manifests", e.toString()), e);
    }
    applier = new Applier(tables, store);
    loop = tables.loop(Store.BUNDLE, List.of(WeirTables.ENDPOINTS), this::step);
    wake();
  }

  Applier applier() {
    return applier;
  }

  private void wake() {
    Loop running = loop;
    if (running != null) {
      running.wake();
    }
  }

  private void step(Inputs inputs) throws IOException {
    boolean unsettled = store.refresh();
    Loop running = loop;
    if (running != null) {
      running.wakeAfter(unsettled ? WatchedDirectory.QUIET : POLL);
    }
  }

  @Deactivate
  void stop() {
    watch.close();
    loop.close();
    settings.close();
    store.close();
  }

  private static List<Prefix> serviceCidrs(String text) {
    List<Prefix> blocks = new ArrayList<>();
    for (String block : text.split(",", -1)) {
      Prefix prefix = Prefix.parse(block.strip());
      boolean twin =
          blocks.stream().anyMatch(other -> other.address().ipv6() == prefix.address().ipv6());
      if (twin || !block.contains("/")) {
        throw new IllegalArgumentException(text);
      }
      blocks.add(prefix);
    }
    return List.copyOf(blocks);
  }
}
