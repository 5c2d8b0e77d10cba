package io.weir.identity;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decides which labels make an identity. A filter is a list of {@code [!][SOURCE:]REGEX}, each
 * matched at the start of a label's key; {@code !} excludes. Where several match, the longest
 * including match stands against the shortest excluding one, and the longer of the two wins. As
 * soon as a user's pattern includes something, labels that no pattern matches are left out.
 */
final class LabelFilter {
  /** What is left out or kept whatever the user adds: labels that differ from pod to pod. */
  private static final List<String> DEFAULTS =
      List.of(
          "reserved:.*",
          "k8s:io\\.kubernetes\\.pod\\.namespace",
          "k8s:io\\.cilium\\.k8s\\.namespace\\.labels",
          "k8s:io\\.cilium\\.k8s\\.policy",
          "k8s:app\\.kubernetes\\.io",
          "!io\\.kubernetes",
          "!kubernetes\\.io",
          "!statefulset\\.kubernetes\\.io/pod-name",
          "!apps\\.kubernetes\\.io/pod-index",
          "!batch\\.kubernetes\\.io/job-completion-index",
          "!batch\\.kubernetes\\.io/controller-uid",
          "!.*beta\\.kubernetes\\.io",
          "!k8s\\.io",
          "!pod-template-generation",
          "!pod-template-hash",
          "!controller-revision-hash",
          "!annotation.*",
          "!controller-uid",
          "!etcd_node");

  private record Rule(boolean excludes, String source, Pattern key) {
    static Rule of(String text) {
      boolean excludes = text.startsWith("!");
      String rest = excludes ? text.substring(1) : text;
      int colon = rest.indexOf(':');
      String source = colon < 0 ? "" : rest.substring(0, colon);
      String regex = rest.substring(colon + 1);
      if (regex.isEmpty()) {
        throw new IllegalArgumentException("no pattern in " + text);
      }
      return new Rule(excludes, source, Pattern.compile(regex));
    }

    /** How much of the key is matched; -1 for no match. */
    int length(String labelSource, String labelKey) {
      if (!source.isEmpty() && !source.equals(labelSource)) {
        return -1;
      }
      Matcher matcher = key.matcher(labelKey);
      return matcher.lookingAt() ? matcher.end() : -1;
    }
  }

  private final List<Rule> rules;
  private final boolean onlyIncluded;

  private LabelFilter(List<Rule> rules, boolean onlyIncluded) {
    this.rules = rules;
    this.onlyIncluded = onlyIncluded;
  }

  /**
   * Reads the patterns, separated by blanks, that are added to the defaults.
   *
   * @throws IllegalArgumentException for a pattern that is no regular expression
   */
  static LabelFilter parse(String text) {
    List<Rule> rules = new ArrayList<>(DEFAULTS.stream().map(Rule::of).toList());
    boolean onlyIncluded = false;
    for (String word : text.strip().split("\\s+")) {
      if (!word.isEmpty()) {
        Rule rule = Rule.of(word);
        onlyIncluded |= !rule.excludes();
        rules.add(rule);
      }
    }
    return new LabelFilter(List.copyOf(rules), onlyIncluded);
  }

  SortedMap<String, String> keep(Map<String, String> labels) {
    SortedMap<String, String> kept = new TreeMap<>();
    labels.forEach(
        (label, value) -> {
          if (keeps(label)) {
            kept.put(label, value);
          }
        });
    return kept;
  }

  private boolean keeps(String label) {
    int colon = label.indexOf(':');
    String source = label.substring(0, colon);
    String key = label.substring(colon + 1);
    int included = -1;
    int excluded = -1;
    for (Rule rule : rules) {
      int length = rule.length(source, key);
      if (length < 0) {
        continue;
      }
      if (!rule.excludes()) {
        included = Math.max(included, length);
      } else if (excluded < 0 || length < excluded) {
        excluded = length;
      }
    }
    return included > excluded || !onlyIncluded && excluded < 0;
  }
}
