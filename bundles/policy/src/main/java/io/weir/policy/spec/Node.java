package io.weir.policy.spec;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * A place inside a policy: what is written there, and the path to it. Whoever reads a value says
 * what it must be; anything else refuses the policy.
 */
final class Node {
  private final Resource resource;
  private final String path;
  private final Object value;

  private Node(Resource resource, String path, Object value) {
    this.resource = resource;
    this.path = path;
    this.value = value;
  }

  /** A field of the resource's body. */
  static Node of(Resource resource, String field) {
    return new Node(resource, field, resource.body().get(field));
  }

  String path() {
    return path;
  }

  /** Whether something is written here; an explicit null is nothing. */
  boolean present() {
    return value != null && value != Resource.NULL;
  }

  /** Whether the field is there at all, be it null. */
  boolean written() {
    return value != null;
  }

  /** Refuses the policy where nothing is written, or an explicit null. */
  void needed(String expected) {
    if (!present()) {
      throw refuse(expected);
    }
  }

  Node field(String name) {
    return new Node(resource, path + '.' + name, map().get(name));
  }

  /** Refuses fields that a policy of this kind does not have. */
  void only(Set<String> known) {
    for (Object name : map().keySet()) {
      if (!(name instanceof String text) || !known.contains(text)) {
        throw new Node(resource, path + '.' + name, map().get(name))
            .refuse(
                "one of " + String.join(", ", known.stream().sorted().toList()), "\"" + name + '"');
      }
    }
  }

  /** The elements; none where nothing is written. */
  List<Node> list() {
    if (!present()) {
      return List.of();
    }
    if (!(value instanceof List<?> list)) {
      throw refuse("a list");
    }
    List<Node> nodes = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      nodes.add(new Node(resource, path + '[' + i + ']', list.get(i)));
    }
    return nodes;
  }

  /** Hands over the fields of a map of texts. */
  void texts(BiConsumer<String, String> consumer) {
    map()
        .forEach(
            (key, value) -> {
              String name = String.valueOf(key);
              consumer.accept(name, new Node(resource, path + '.' + name, value).text());
            });
  }

  String text() {
    if (value instanceof String text) {
      return text;
    }
    throw refuse("text");
  }

  Optional<String> optionalText() {
    return present() ? Optional.of(text()) : Optional.empty();
  }

  boolean flag() {
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw refuse("true or false");
  }

  boolean isNumber() {
    return value instanceof Long;
  }

  int number(int least, int most) {
    if (value instanceof Long number && number >= least && number <= most) {
      return number.intValue();
    }
    throw refuse("a number from " + least + " to " + most);
  }

  /** A block of addresses; a bare address stands for itself where {@code bare}. */
  Prefix block(boolean bare) {
    String text = text();
    String expected =
        bare
            ? "an address block such as 10.0.0.0/8, or an address"
            : "an address block such as 10.0.0.0/8";
    if (!bare && text.indexOf('/') < 0) {
      throw refuse(expected);
    }
    Prefix block;
    try {
      block = Prefix.parse(text);
    } catch (IllegalArgumentException e) {
      throw refuse(expected);
    }
    boolean mapped =
        block.address().ipv6()
            && block.length() >= 96
            && block.address().high() == 0
            && block.address().low() >>> 32 == 0xffffL;
    if (mapped) {
      throw refuse("an IPv4 block written as one, such as 10.0.0.0/8");
    }
    return block;
  }

  ProblemException refuse(String expected) {
    return refuse(expected, shown());
  }

  ProblemException refuse(String expected, String came) {
    return resource.problem(path, expected, came).asException();
  }

  /** For what may be meant as it is written, but is not enforced: the policy is refused whole. */
  ProblemException notEnforced() {
    String name = path.substring(path.lastIndexOf('.') + 1);
    return Problem.of(
            resource.where(path),
            "%s cannot be enforced yet, so the policy is refused".formatted(name))
        .remedy("write the policy without it")
        .asException();
  }

  /** Says that the policy cannot be as a whole. */
  ProblemException wrong(String what) {
    return warning(what).asException();
  }

  /** Something about this place that its writer should know. */
  Problem warning(String what) {
    return Problem.of(resource.where(path), what);
  }

  private Map<?, ?> map() {
    if (!present()) {
      return Map.of();
    }
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw refuse("a map");
  }

  private String shown() {
    if (value == null) {
      return "nothing";
    }
    if (value instanceof String text) {
      return '"' + text + '"';
    }
    return value instanceof Map ? "a map" : value instanceof List ? "a list" : value.toString();
  }
}
