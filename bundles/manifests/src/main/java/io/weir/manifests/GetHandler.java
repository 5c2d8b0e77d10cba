package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Tables;
import io.weir.manifests.schema.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weir get}: resources, as they are written and as they are derived. */
@Component(service = SocketHandler.class)
public final class GetHandler implements SocketHandler {
  private static final Map<String, String> VALUED =
      Map.of("-n", "namespace", "--namespace", "namespace", "-o", "output", "--output", "output");
  private static final Map<String, String> FLAGS = Map.of("-A", "all", "--all-namespaces", "all");
  private static final List<String> FORMS = List.of("", "wide", "yaml", "json", "name");
  private static final String ALL = "deployments,replicasets,pods,services";

  /** Part of what there is would be taken for all of it. */
  private static final Problem NOT_YET =
      Problem.of("resources", "all of them", "an engine that has just started and still reads them")
          .remedy("ask again in a moment");

  private final Tables tables;

  @Activate
  public GetHandler(@Reference Tables tables) {
    this.tables = tables;
  }

  @Override
  public String verb() {
    return "get";
  }

  @Override
  public Help help() {
    return new Help(
        "get KIND[,KIND…]|all [NAME…] [-n NAMESPACE|-A] [-o wide|yaml|json|name]",
        "Shows resources, written and derived ones.");
  }

  @Override
  public int handle(SocketCall call) {
    try {
      CommandLine line = CommandLine.parse(call.arguments(), VALUED, FLAGS);
      if (line.words().isEmpty()) {
        throw new CommandLine.Misuse("expected a kind, got none");
      }
      String form = line.last("output", "");
      if (!FORMS.contains(form)) {
        throw new CommandLine.Misuse("expected -o wide, yaml, json or name, got \"" + form + '"');
      }
      if (!tables.table(WeirTables.RESOURCES).snapshot().synced()) {
        call.err().println(NOT_YET.sentence());
        return 1;
      }
      return show(call, line, form);
    } catch (CommandLine.Misuse e) {
      return ApplyHandler.misuse(call, e, help());
    }
  }

  private int show(SocketCall call, CommandLine line, String form) {
    List<String> words = new ArrayList<>(line.words());
    if (words.get(0).contains("/")) {
      String[] parts = words.get(0).split("/", 2);
      words.set(0, parts[0]);
      words.add(1, parts[1]);
    }
    List<Kind> kinds = kinds(words.get(0));
    List<String> names = words.subList(1, words.size());
    Picture picture = Picture.of(tables);
    List<Resource> found = new ArrayList<>();
    int exit = 0;
    for (Kind kind : kinds) {
      String namespace = line.has("all") ? "" : line.last("namespace", "default");
      if (names.isEmpty()) {
        found.addAll(picture.all(kind, namespace));
      }
      for (String name : names) {
        ResourceKey key =
            new ResourceKey(
                kind.name(), kind.namespaced() ? line.last("namespace", "default") : "", name);
        Optional<Resource> one = picture.one(key);
        one.ifPresent(found::add);
        if (one.isEmpty()) {
          call.err().println(Problem.of(key.toString(), "there is none").sentence());
          exit = 1;
        }
      }
    }
    boolean single = names.size() == 1 && kinds.size() == 1;
    if (form.equals("json") && (!single || !found.isEmpty())) {
      call.out().println(ResourceText.json(found));
    } else if (form.equals("yaml") && (!single || !found.isEmpty())) {
      call.out().print(single ? ResourceText.yaml(found.get(0)) : ResourceText.yaml(found));
    } else if (form.equals("name")) {
      found.forEach(resource -> call.out().println(ApplyHandler.shown(resource.key())));
    } else if (found.isEmpty() && names.isEmpty()) {
      call.err().println("No resources found.");
    } else if (!form.equals("json") && !form.equals("yaml")) {
      call.out().print(new Columns(picture, line.has("all"), form.equals("wide")).table(found));
    }
    return exit;
  }

  private static List<Kind> kinds(String words) {
    String list = words.equals("all") ? ALL : words;
    return Arrays.stream(list.split(",")).map(GetHandler::kind).toList();
  }

  static Kind kind(String word) {
    return Kind.called(word)
        .orElseThrow(
            () ->
                new CommandLine.Misuse(
                    "expected one of %s, got \"%s\""
                        .formatted(
                            Kind.all().stream().map(Kind::plural).collect(Collectors.joining(", ")),
                            word)));
  }
}
