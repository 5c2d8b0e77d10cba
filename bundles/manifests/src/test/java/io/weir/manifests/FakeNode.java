package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.api.StateFiles.Places;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.state.SettingsService;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The bundle on a node of its own, without a container; one that is made again is a restart. */
final class FakeNode implements AutoCloseable {
  private static final Duration LONG = Duration.ofSeconds(30);

  /** What a call printed and how it ended. */
  record Ended(int code, String out, String err) {}

  final TableStore tables = new TableStore();
  private final Path base;
  private final Epoch<Integer, Endpoint> endpoints =
      tables.table(WeirTables.ENDPOINTS).write(Owner.of("io.weir.cni"));
  private final Manifests manifests;

  FakeNode(Path base) {
    this(base, Map.of());
  }

  FakeNode(Path base, Map<String, Object> configuration) {
    this(base, configuration, Weight.ROOM);
  }

  FakeNode(Path base, Map<String, Object> configuration, long room) {
    this.base = base;
    Places places = new Places("n1", base, base.resolve("run"), base.resolve("bpf"));
    manifests =
        new Manifests(
            tables, new SettingsService(tables, configuration), new StateDirectory(places), room);
  }

  /** The endpoints are known: resources are told from now on. */
  FakeNode started(Endpoint... known) {
    for (Endpoint endpoint : known) {
      endpoints.put(endpoint.id(), endpoint);
    }
    endpoints.synced();
    await(() -> !tables.table(WeirTables.RESOURCES).snapshot().rows().isEmpty());
    return this;
  }

  void write(String name, String text) throws IOException {
    Files.writeString(base.resolve("manifests").resolve(name), text);
  }

  Optional<Resource> row(String kind, String name) {
    return tables
        .table(WeirTables.RESOURCES)
        .snapshot()
        .get(new ResourceKey(kind, kind.equals("Namespace") ? "" : "default", name));
  }

  long resources(String kind) {
    return tables.table(WeirTables.RESOURCES).snapshot().rows().stream()
        .filter(row -> row.key().kind().equals(kind))
        .count();
  }

  List<SourceProblem> sourceProblems() {
    return tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().rows().stream()
        .map(row -> row.value())
        .toList();
  }

  Ended apply(String text, String... words) throws Exception {
    return call(new ApplyHandler(manifests), text, words);
  }

  Ended delete(String text, String... words) throws Exception {
    return call(new DeleteHandler(manifests), text, words);
  }

  Ended get(String... words) throws Exception {
    return call(new GetHandler(tables), "", words);
  }

  /** Polls until something is so. */
  static void await(BooleanSupplier something) {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (!something.getAsBoolean()) {
      assertThat(System.nanoTime()).as("within %s", LONG).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static Ended call(SocketHandler handler, String input, String... words) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
    int code =
        handler.handle(
            new SocketCall() {
              private final PrintStream printed =
                  new PrintStream(out, true, StandardCharsets.UTF_8);
              private final PrintStream told = new PrintStream(err, true, StandardCharsets.UTF_8);

              @Override
              public List<String> arguments() {
                return List.of(words);
              }

              @Override
              public Map<String, String> environment() {
                return Map.of();
              }

              @Override
              public InputStream in() {
                return in;
              }

              @Override
              public PrintStream out() {
                return printed;
              }

              @Override
              public PrintStream err() {
                return told;
              }

              @Override
              public boolean cancelled() {
                return false;
              }

              @Override
              public void onCancel(Runnable action) {
                throw new UnsupportedOperationException();
              }
            });
    return new Ended(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    manifests.stop();
    endpoints.close();
  }
}
