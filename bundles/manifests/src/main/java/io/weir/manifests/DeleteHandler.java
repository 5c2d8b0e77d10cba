package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.api.row.ResourceKey;
import io.weir.manifests.schema.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weir delete}: takes away what {@code weir apply} has brought. */
@Component(service = SocketHandler.class)
public final class DeleteHandler implements SocketHandler {
  private static final Map<String, String> FLAGS =
      Map.of(
          "--no-wait", "no-wait",
          "-R", "recursive",
          "--recursive", "recursive",
          "--ignore-not-found", "ignore");

  private final Manifests manifests;

  @Activate
  public DeleteHandler(@Reference Manifests manifests) {
    this.manifests = manifests;
  }

  @Override
  public String verb() {
    return "delete";
  }

  @Override
  public Help help() {
    return new Help(
        "delete -f FILE|DIR|- | KIND NAME… [-n NAMESPACE] [--ignore-not-found] [--no-wait]",
        "Takes applied resources away; returns when that is in force.");
  }

  @Override
  public int handle(SocketCall call) throws IOException, InterruptedException {
    List<Problem> unread = new ArrayList<>();
    Set<ResourceKey> keys;
    CommandLine line;
    try {
      line = CommandLine.parse(call.arguments(), ApplyHandler.VALUED, FLAGS);
      boolean files = !line.all("file").isEmpty();
      if (files == !line.words().isEmpty()) {
        throw new CommandLine.Misuse("expected -f FILE or KIND NAME");
      }
      keys = files ? inFiles(call, line, unread) : named(line);
    } catch (CommandLine.Misuse e) {
      return ApplyHandler.misuse(call, e, help());
    }
    if (line.has("ignore")) {
      keys.removeIf(key -> !manifests.applier().store().rows().containsKey(key));
    }
    Applier.Report report = manifests.applier().delete(keys, !line.has("no-wait"));
    report.problems().addAll(0, unread);
    return ApplyHandler.print(call, report);
  }

  /** Kind and name are enough: what is otherwise wrong with a document does not matter here. */
  private static Set<ResourceKey> inFiles(SocketCall call, CommandLine line, List<Problem> unread)
      throws IOException {
    Set<ResourceKey> keys = new LinkedHashSet<>();
    CallFiles files = new CallFiles(call, line.last("namespace", "default"), line.has("recursive"));
    for (Manifest manifest : files.read(line.all("file"))) {
      for (Manifest.Document document : manifest.documents()) {
        document.key().ifPresentOrElse(keys::add, () -> unread.addAll(document.problems()));
      }
    }
    return keys;
  }

  private static Set<ResourceKey> named(CommandLine line) {
    Set<ResourceKey> keys = new LinkedHashSet<>();
    String namespace = line.last("namespace", "default");
    List<String> words = line.words();
    if (words.get(0).contains("/")) {
      for (String word : words) {
        String[] parts = word.split("/", 2);
        keys.add(key(parts[0], namespace, parts.length < 2 ? "" : parts[1]));
      }
      return keys;
    }
    if (words.size() < 2) {
      throw new CommandLine.Misuse("expected a name after " + words.get(0) + ", got none");
    }
    for (String name : words.subList(1, words.size())) {
      keys.add(key(words.get(0), namespace, name));
    }
    return keys;
  }

  private static ResourceKey key(String kindName, String namespace, String name) {
    Kind kind = GetHandler.kind(kindName);
    return new ResourceKey(kind.name(), kind.namespaced() ? namespace : "", name);
  }
}
