package io.weir.console;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.api.StateFiles;
import io.weir.console.command.BundleVerbs;
import io.weir.console.swap.Changes;
import io.weir.console.sysdump.EngineParts;
import io.weir.console.sysdump.NodeParts;
import io.weir.console.sysdump.Part;
import io.weir.console.sysdump.Redaction;
import io.weir.console.sysdump.Sysdump;
import io.weir.linux.KernelReport;
import io.weir.linux.Linux;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weir sysdump [FILE]}: what the commands, the process, the files and the kernel tell. */
@Component(service = SocketHandler.class)
public final class SysdumpHandler implements SocketHandler {
  /** Commands that change nothing; those that no bundle has are passed over. */
  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("weir", "status"),
          List.of("weir", "reconcile"),
          List.of("weir", "config"),
          List.of("weir", "config", "list", "--unknown"),
          List.of("weir", "endpoints"),
          List.of("weir", "identities"),
          List.of("weir", "policies"),
          List.of("weir", "services"),
          List.of("weir", "maps"),
          List.of("weir", "reasons"),
          List.of("weir", "version"),
          List.of("weir", "tables"),
          List.of("feature", "list", "-i"));

  private final SessionFactory sessions;
  private final StateFiles files;
  private final List<Part> engine;

  @Activate
  public SysdumpHandler(
      BundleContext context,
      @Reference SessionFactory sessions,
      @Reference StateFiles files,
      @Reference Linux linux) {
    this(sessions, files, EngineParts.of(context));
    engine.add(Part.text("commands/bundle-list.json", () -> Listings.json(redacted(bundles()))));
    engine.add(Part.text("kernel/probes.txt", () -> probes(linux.kernel())));
  }

  private static Listing bundles() throws InterruptedException {
    return BundleVerbs.open(new Changes()).run(List.of("list"), said -> {});
  }

  SysdumpHandler(SessionFactory sessions, StateFiles files, List<Part> engine) {
    this.sessions = sessions;
    this.files = files;
    this.engine = new ArrayList<>(engine);
  }

  @Override
  public String verb() {
    return "sysdump";
  }

  @Override
  public Help help() {
    return new Help(
        "sysdump [FILE]",
        "One archive (tar.gz) of status, tables, maps, bundles, logs, settings, manifests and what the"
            + " kernel has,\nwithout secrets; in the directory of the caller where no FILE is named.");
  }

  @Override
  public int handle(SocketCall call) throws Exception {
    List<String> words = call.arguments();
    if (words.size() > 1) {
      throw Problem.of("sysdump", "one FILE at most", '"' + String.join(" ", words) + '"')
          .asException();
    }
    String name = Sysdump.name(files.places().node(), Instant.now());
    Path here = Path.of(call.environment().getOrDefault("PWD", "/"));
    Path file = here.resolve(words.isEmpty() ? name + ".tar.gz" : words.get(0));
    Sysdump.Result result = Sysdump.write(file, name, parts(), call::cancelled);
    call.out().println(result.sentence());
    result.lacking().forEach(one -> call.err().println(one));
    return Dispatcher.DONE;
  }

  private List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    for (List<String> line : COMMANDS) {
      if (find(line) != null) {
        String name = String.join("-", line).replaceAll("-+", "-").replaceFirst("^weir-", "");
        parts.add(Part.text("commands/" + name + ".json", () -> execute(line)));
      }
    }
    for (String table : tables()) {
      List<String> line = List.of("weir", "table", table);
      parts.add(Part.text("tables/" + table + ".json", () -> execute(line)));
    }
    parts.addAll(engine);
    parts.addAll(NodeParts.of(files.places()));
    return parts;
  }

  /** Names of tables: the first column of the command that lists them. */
  private List<String> tables() {
    List<String> line = List.of("weir", "tables");
    try {
      if (find(line) != null && result(line, new ByteArrayOutputStream()) instanceof Listing rows) {
        return rows.rows().stream().map(row -> String.valueOf(row.get(0))).toList();
      }
    } catch (Exception e) {
      return List.of(); // commands/tables.json will say why
    }
    return List.of();
  }

  private Command find(List<String> line) {
    return sessions.getRegistry().getCommand(line.get(0), line.get(1));
  }

  private String execute(List<String> line) throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Object result = result(line, printed);
    if (result instanceof Listing listing) {
      return Listings.json(redacted(listing));
    }
    return printed.toString(StandardCharsets.UTF_8) + (result == null ? "" : result);
  }

  private Object result(List<String> line, ByteArrayOutputStream printed) throws Exception {
    Command command = find(line);
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    Session session = sessions.create(InputStream.nullInputStream(), out, out);
    List<Object> words = new ArrayList<>(line.subList(2, line.size()));
    try {
      return Commands.asRoot(() -> command.execute(session, words));
    } finally {
      session.close();
    }
  }

  /** Rows whose key is a setting's name, as those of {@code config}, have a value beside it. */
  private static Listing redacted(Listing listing) {
    Listing.Builder safe = Listing.of(listing.columns().toArray(String[]::new));
    int key = listing.columns().indexOf("key");
    for (List<Object> row : listing.rows()) {
      boolean sensitive = key >= 0 && Redaction.hides(String.valueOf(row.get(key)));
      Object[] values = new Object[row.size()];
      for (int i = 0; i < values.length; i++) {
        boolean hidden = sensitive && listing.columns().get(i).equals("value");
        values[i] = hidden ? Redaction.MARKER : Redaction.value(row.get(i));
      }
      safe.row(values);
    }
    return safe.build();
  }

  private static String probes(KernelReport report) {
    StringBuilder text = new StringBuilder(report.release()).append('\n');
    report.problems().forEach(problem -> text.append(problem.sentence()).append('\n'));
    for (KernelReport.Feature feature : report.features()) {
      text.append(
          "%s: %s %s%n"
              .formatted(feature.name(), feature.present() ? "there" : "lacking", feature.why()));
    }
    return text.toString();
  }
}
