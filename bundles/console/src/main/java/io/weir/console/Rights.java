package io.weir.console;

import io.weir.api.Problem;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a command line does: whether it changes anything, and whether members of the socket's group
 * may do it. Verbs that are not known here change something, so that those of a user's own bundles
 * are recorded; rather too much than too little.
 */
final class Rights {
  private static final Predicate<List<String>> NEVER = words -> false;

  /** When a verb that can be harmless is not. */
  private static final Map<String, Predicate<List<String>>> CHANGES =
      Map.ofEntries(
          Map.entry("audit", NEVER),
          Map.entry("cni", NEVER), // of the container runtime, for each pod; in the log, not here
          Map.entry("endpoints", NEVER),
          Map.entry("flows", NEVER),
          Map.entry("get", NEVER),
          Map.entry("help", NEVER),
          Map.entry("identities", NEVER),
          Map.entry("maps", NEVER),
          Map.entry("nat", NEVER),
          Map.entry("policies", NEVER),
          Map.entry("policy", NEVER),
          Map.entry("reasons", NEVER),
          Map.entry("reconcile", NEVER),
          Map.entry("services", NEVER),
          Map.entry("status", NEVER),
          Map.entry("table", NEVER),
          Map.entry("tables", NEVER),
          Map.entry("version", NEVER),
          Map.entry("bundle", Rights::isNoList),
          Map.entry("config", words -> words.contains("set") || words.contains("unset")),
          Map.entry("conntrack", Rights::isNoList),
          Map.entry("fsck", words -> words.contains("--repair")));

  /**
   * Of root only: whoever may do these is root, on this machine and not only in this engine. They
   * run or install code, write files of the caller's choice, act in namespaces of the caller's
   * choice, or tell everything.
   */
  private static final Set<String> ROOTS =
      Set.of("audit", "cni", "shell", "swap", "sysdump", "uninstall");

  private Rights() {}

  private static boolean isNoList(List<String> words) {
    return !words.isEmpty() && !words.contains("list");
  }

  static boolean changes(String verb, List<String> arguments) {
    return CHANGES.getOrDefault(verb, words -> true).test(arguments);
  }

  static boolean isRoots(String verb, List<String> arguments) {
    return ROOTS.contains(verb) || verb.equals("bundle") && changes(verb, arguments);
  }

  /** Throws where the caller may not do this. */
  static void check(Caller caller, String verb, List<String> arguments) {
    if (isRoots(verb, arguments) && !caller.master()) {
      throw Problem.of("weir " + verb, "root", "user " + caller.name())
          .remedy("members of socket-group may do what does not make them root on this machine")
          .asException();
    }
  }
}
