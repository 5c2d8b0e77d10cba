package io.weir.state.command;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.state.SettingsChanges;
import io.weir.state.SettingsService;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;

@Command(
    scope = "weir",
    name = "config",
    description =
        "list [--unknown] | get KEY | set KEY=VALUE ... | unset KEY ...: settings, and their change"
            + " at run time")
@Service
public final class ConfigCommand implements Action {
  private static final String UNKNOWN = "--unknown";

  @Argument(
      name = "WORDS",
      description = "list, get, set or unset; keys, for set with their values",
      multiValued = true)
  @Completion(
      value = StringsCompleter.class,
      values = {"list", "get", "set", "unset"})
  private List<String> words = List.of("list");

  @Option(
      name = UNKNOWN,
      description = "keys that no bundle has, and what Weir does instead of Cilium")
  private boolean unknown;

  @Reference private SettingsService settings;
  @Reference private SettingsChanges changes;

  @Override
  public Object execute() throws InterruptedException {
    return execute(settings, changes, words, unknown);
  }

  static Listing execute(
      SettingsService settings, SettingsChanges changes, List<String> words, boolean unknown)
      throws InterruptedException {
    List<String> rest = words.subList(1, words.size());
    switch (words.get(0)) {
      case "list":
        if (rest.isEmpty() || rest.equals(List.of(UNKNOWN))) { // options end at the first word
          return unknown || !rest.isEmpty() ? settings.unknown() : settings.listing();
        }
        break;
      case "get":
        if (rest.size() == 1) {
          return settings.listing(rest.get(0));
        }
        break;
      case "set":
        if (!rest.isEmpty()) {
          return changes.set(values(rest));
        }
        break;
      case "unset":
        if (!rest.isEmpty()) {
          return changes.unset(rest);
        }
        break;
      default:
    }
    throw Problem.of(
            "config",
            "list [--unknown], get KEY, set KEY=VALUE ... or unset KEY ...",
            '"' + String.join(" ", words) + '"')
        .asException();
  }

  private static Map<String, String> values(List<String> words) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String word : words) {
      int sign = word.indexOf('=');
      if (sign < 1 || values.put(word.substring(0, sign), word.substring(sign + 1)) != null) {
        throw Problem.of("config set", "KEY=VALUE, each key once", '"' + word + '"')
            .remedy("nothing has changed")
            .asException();
      }
    }
    return values;
  }
}
