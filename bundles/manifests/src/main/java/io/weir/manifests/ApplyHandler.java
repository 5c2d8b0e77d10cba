package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.api.row.ResourceKey;
import io.weir.manifests.schema.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weir apply}: from manifests to what is in force. */
@Component(service = SocketHandler.class)
public final class ApplyHandler implements SocketHandler {
  static final Map<String, String> VALUED =
      Map.of("-f", "file", "--filename", "file", "-n", "namespace", "--namespace", "namespace");
  private static final Map<String, String> FLAGS =
      Map.of("--no-wait", "no-wait", "-R", "recursive", "--recursive", "recursive");

  private final Manifests manifests;

  @Activate
  public ApplyHandler(@Reference Manifests manifests) {
    this.manifests = manifests;
  }

  @Override
  public String verb() {
    return "apply";
  }

  @Override
  public Help help() {
    return new Help(
        "apply -f FILE|DIR|- [-f …] [-R] [-n NAMESPACE] [--no-wait]",
        "Applies manifests and keeps them; returns when they are in force.");
  }

  @Override
  public int handle(SocketCall call) throws IOException, InterruptedException {
    CommandLine line;
    try {
      line = CommandLine.parse(call.arguments(), VALUED, FLAGS);
      if (line.all("file").isEmpty() || !line.words().isEmpty()) {
        throw new CommandLine.Misuse("expected -f FILE, got none");
      }
    } catch (CommandLine.Misuse e) {
      return misuse(call, e, help());
    }
    List<Manifest> read =
        new CallFiles(call, line.last("namespace", "default"), line.has("recursive"))
            .read(line.all("file"));
    if (read.stream().allMatch(manifest -> manifest.documents().isEmpty())) {
      call.err().println(String.join(", ", line.all("file")) + ": expected resources, got none");
      return 1;
    }
    return print(call, manifests.applier().apply(read, !line.has("no-wait")));
  }

  static int misuse(SocketCall call, CommandLine.Misuse misuse, Help help) {
    call.err().println("weir " + help.usage().split(" ")[0] + ": " + misuse.getMessage());
    call.err().println("usage: weir " + help.usage());
    return 2;
  }

  static int print(SocketCall call, Applier.Report report) {
    report
        .outcomes()
        .forEach(
            (key, outcome) -> {
              if (outcome != Applier.Outcome.REFUSED) {
                call.out().println(shown(key) + " " + outcome.name().toLowerCase(Locale.ROOT));
              }
            });
    for (Problem warning : report.warnings()) {
      call.err().println("warning: " + warning.sentence());
    }
    for (Problem problem : report.problems()) {
      call.err().println(problem.sentence());
    }
    return report.problems().isEmpty() ? 0 : 1;
  }

  /** As kubectl names it: {@code ciliumnetworkpolicy/rule1}. */
  static String shown(ResourceKey key) {
    return Kind.named(key.kind()).map(Kind::lower).orElse(key.kind()) + "/" + key.name();
  }
}
