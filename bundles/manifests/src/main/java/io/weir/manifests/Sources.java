package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.manifests.Manifest.Document;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of the watched directory, as they were last read, and what each last gave that was
 * good. A bad document keeps its own last good version. A document so broken that its name cannot
 * be read keeps everything that its file gave and no longer gives.
 */
final class Sources {
  /** Where {@code weir apply} keeps what it applied; a file of the user's wins over it. */
  static final String APPLIED = "applied/";

  private static final Comparator<String> PRECEDENCE =
      Comparator.comparing((String file) -> file.startsWith(APPLIED)).thenComparing(file -> file);

  /**
   * What all files say together.
   *
   * @param written of each resource, the version that stands
   * @param files where it is written
   * @param refusals by file
   * @param warnings by file
   */
  record Resolved(
      Map<ResourceKey, Resource> written,
      Map<ResourceKey, String> files,
      SortedMap<String, List<Problem>> refusals,
      SortedMap<String, List<Problem>> warnings) {
    static Resolved empty() {
      return new Resolved(new LinkedHashMap<>(), new HashMap<>(), new TreeMap<>(), new TreeMap<>());
    }
  }

  private final SortedMap<String, Manifest> files = new TreeMap<>(PRECEDENCE);
  private Map<String, Map<ResourceKey, Document>> good = new HashMap<>();

  /**
   * @param good what each file gave when it was last good, from an earlier run
   */
  Sources(Map<String, Map<ResourceKey, Document>> good) {
    this.good = good;
  }

  void put(String file, Manifest manifest) {
    files.put(file, manifest);
  }

  void remove(String file) {
    files.remove(file);
  }

  /**
   * Says that {@code file} is there but cannot be read yet: until then it gives what it gave when
   * it was last good, in an earlier run too.
   */
  void unread(String file) {
    files.computeIfAbsent(
        file, f -> new Manifest(f, List.copyOf(good.getOrDefault(f, Map.of()).values())));
  }

  /** What each file now gives, the good of bad documents included; after {@link #resolve}. */
  Map<String, Map<ResourceKey, Document>> good() {
    return good;
  }

  Resolved resolve() {
    Resolved resolved = Resolved.empty();
    Map<String, Map<ResourceKey, Document>> now = new HashMap<>();
    files.forEach(
        (file, manifest) -> {
          Map<ResourceKey, Document> given =
              given(manifest, good.getOrDefault(file, Map.of()), resolved);
          now.put(file, given);
          given.forEach((key, document) -> take(file, key, document, resolved));
        });
    good = now;
    return resolved;
  }

  /** What one file gives: its good documents, and the last good version of the bad ones. */
  private static Map<ResourceKey, Document> given(
      Manifest manifest, Map<ResourceKey, Document> before, Resolved resolved) {
    Map<ResourceKey, Document> given = new LinkedHashMap<>();
    boolean nameless = false;
    for (Document document : manifest.documents()) {
      if (document.resource().isPresent()) {
        given.put(document.key().orElseThrow(), document);
      }
      nameless |= document.key().isEmpty();
    }
    Map<ResourceKey, Document> kept = new LinkedHashMap<>();
    for (Document document : manifest.documents()) {
      if (!document.warnings().isEmpty()) {
        add(resolved.warnings(), manifest.source(), document.warnings());
      }
      if (document.resource().isPresent()) {
        continue;
      }
      Document last = document.key().map(before::get).orElse(null);
      boolean stays = last != null && !given.containsKey(last.key().orElseThrow());
      if (stays) {
        kept.put(last.key().orElseThrow(), last);
      }
      List<Problem> problems = document.problems();
      add(
          resolved.refusals(),
          manifest.source(),
          stays ? problems.stream().map(Sources::kept).toList() : problems);
    }
    if (nameless) {
      before.forEach(
          (key, document) -> {
            if (!given.containsKey(key)) {
              kept.putIfAbsent(key, document);
            }
          });
    }
    given.putAll(kept);
    return given;
  }

  private static void take(String file, ResourceKey key, Document document, Resolved resolved) {
    String holder = resolved.files().putIfAbsent(key, file);
    Resource resource = document.resource().orElseThrow();
    if (holder == null) {
      resolved.written().put(key, resource);
      return;
    }
    Resource winner = resolved.written().get(key);
    add(
        resolved.refusals(),
        file,
        List.of(
            Problem.of(
                    resource.where(""),
                    "each resource once",
                    "one that " + holder + ":" + winner.origin().line() + " defines, and wins")
                .remedy("take one of the two away")));
  }

  private static Problem kept(Problem problem) {
    String stays = "its last good version stays in force";
    return problem.remedy(problem.remedy().isEmpty() ? stays : problem.remedy() + "; " + stays);
  }

  private static void add(
      SortedMap<String, List<Problem>> problems, String file, List<Problem> more) {
    List<Problem> all = problems.computeIfAbsent(file, f -> new ArrayList<>());
    more.stream().filter(problem -> !all.contains(problem)).forEach(all::add);
  }
}
