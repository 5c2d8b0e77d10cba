package io.weir.itests.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Files for a directory of manifests that nobody should write, each of which is to be told by its
 * name: broken, hostile, huge, and things that are no files at all. The same for the same seed.
 */
public final class HostileManifests {
  /** The larger shapes come once in so many rounds of all shapes. */
  private static final int LARGE_EVERY = 5;

  /**
   * One thing in the directory.
   *
   * @param told what problems call it
   * @param because a part of the sentence about it
   */
  public record Hostile(String told, String because) {}

  private enum Shape {
    BOMB("at most 200000 values"),
    DEEP("at most 100 levels"),
    DEEP_FIELDS("at most 100 levels"),
    TYPE("expected"),
    LIST("expected a resource"),
    TWINS("each field once"),
    BAD_UTF8("UTF-8"),
    NUL("the character U+0000"),
    CUT("YAML"),
    NOWHERE("a link that leads to no file"),
    ITSELF("a link that leads to no file"),
    LOOP("a link to"),
    PIPE("a pipe, a socket or a device"),
    DIRECTORY("expected a file, got a directory"),
    DEVICE("a pipe, a socket or a device"),
    DEEP_DIRECTORY("levels down"),
    HUGE_NAME_OF_A_FIELD("expected"),
    LONG_PATHS("expected"),
    VERSION("apiVersion"),
    KIND("expected one of"),
    SAME("each resource once"),
    TAG("no tag"),
    ALIAS("expected an alias of something complete"),
    ALIAS_OF_ITSELF("expected an alias of something complete"),
    PORT("expected"),
    LONG_NAME("expected a name"),
    ODD_NAME("expected a name"),
    ITEMS("a list"),
    ODD_FILE("YAML"),
    NOISE(""),
    TAB("YAML"),
    HUGE_FILE("at most 8 MiB", true),
    HUGE_DOCUMENT("a document of at most 1500000 characters", true),
    MANY_BAD("more documents", true),
    TOO_MANY("at most 20000 documents", true),
    DIRECTIVES("YAML", true),
    MANY_VALUES("at most 200000 values", true);

    private final String because;
    private final boolean large;

    Shape(String because) {
      this(because, false);
    }

    Shape(String because, boolean large) {
      this.because = because;
      this.large = large;
    }
  }

  private final Path directory;
  private final Random random;

  private HostileManifests(Path directory, long seed) {
    this.directory = directory;
    random = new Random(seed);
  }

  /**
   * Writes {@code count} of them.
   *
   * @param taken a resource's document that another file of the directory has, too
   */
  public static List<Hostile> write(Path directory, long seed, int count, String taken)
      throws IOException {
    HostileManifests all = new HostileManifests(directory, seed);
    List<Hostile> written = new ArrayList<>();
    for (int round = 0; written.size() < count; round++) {
      for (Shape shape : Shape.values()) {
        if (written.size() < count && (!shape.large || round % LARGE_EVERY == 0)) {
          written.add(all.write(shape, written.size(), taken));
        }
      }
    }
    return written;
  }

  private Hostile write(Shape shape, int number, String taken) throws IOException {
    String id = "x%04d-%s".formatted(number, shape.name().toLowerCase(Locale.ROOT));
    String told = id + ".yaml";
    Path file = directory.resolve(told);
    switch (shape) {
      case NOWHERE -> Files.createSymbolicLink(file, Path.of("/nowhere/at-all"));
      case ITSELF -> Files.createSymbolicLink(file, file);
      case PIPE -> Commands.run("mkfifo", file.toString());
      case DIRECTORY -> Files.createDirectory(file);
      case DEVICE -> Files.createSymbolicLink(file, Path.of(oneOf("/dev/zero", "/dev/random")));
      case LOOP -> {
        Files.createDirectory(directory.resolve(id));
        Files.createSymbolicLink(directory.resolve(id).resolve("up"), directory);
        told = id + "/up";
      }
      case DEEP_DIRECTORY -> {
        Files.createDirectories(directory.resolve(id + "/b/c/d/e/f/g/h/i/j"));
        told = id + "/b/c/d/e/f/g"; // or below it
      }
      case HUGE_FILE -> {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
          sparse.setLength(100L << 20);
        }
      }
      case BAD_UTF8, NOISE -> Files.write(file, bytes(shape, id));
      case ODD_FILE -> {
        told = id + (number % 2 == 0 ? "\n[31m.yaml" : "'\"; .json");
        Files.writeString(directory.resolve(told), "kind: [");
        told = id;
      }
      default -> Files.writeString(file, text(shape, id, taken));
    }
    return new Hostile(told, shape.because);
  }

  private byte[] bytes(Shape shape, String id) {
    byte[] bytes = policy(id, "ingress: []").getBytes(UTF_8);
    if (shape == Shape.BAD_UTF8) {
      bytes[random.nextInt(bytes.length)] = (byte) (0x80 + random.nextInt(0x80));
      return bytes;
    }
    byte[] noise = new byte[1 + random.nextInt(3000)];
    random.nextBytes(noise);
    noise[0] = (byte) 0xff;
    return noise;
  }

  private String text(Shape shape, String id, String taken) {
    return switch (shape) {
      case BOMB -> bomb(id);
      case DEEP -> policy(id, "ingress: " + "[".repeat(200 + random.nextInt(300_000)));
      case DEEP_FIELDS -> policy(id, "ingress: " + "{a: ".repeat(200 + random.nextInt(20_000)));
      case TYPE -> policy(id, oneOf("endpointSelector: 7", "ingress: {a: 1}", "egress: [x]"));
      case LIST -> oneOf("- a\n- b\n", "just text\n", "7\n", "[]\n");
      case TWINS -> policy(id, "ingress: []\n  egress: []\n  ingress: []");
      case NUL -> policy(id, "ingress: []\n  # \0 ");
      case CUT -> {
        String whole = policy(id, "ingress: [{fromEndpoints: [{matchLabels: {a: b}}]}]");
        yield whole.substring(0, whole.length() - 2 - random.nextInt(20));
      }
      case HUGE_NAME_OF_A_FIELD ->
          policy(id, "? " + "k".repeat(random.nextInt(900_000)) + "k\n  : 1");
      case LONG_PATHS -> longPaths(id);
      case VERSION ->
          policy(id, "ingress: []").replace("cilium.io/v2", oneOf("v9", "cilium.io/v1"));
      case KIND ->
          policy(id, "ingress: []").replace("CiliumNetworkPolicy", oneOf("Policy", "Kraken"));
      case SAME -> taken;
      case TAG -> policy(id, "ingress: !!java.net.URLClassLoader [[]]");
      case ALIAS -> policy(id, "ingress: *nothing");
      case ALIAS_OF_ITSELF -> policy(id, "ingress: &a [*a]");
      case PORT ->
          policy(
              id,
              "endpointSelector: {}\n  ingress: [{toPorts: [{ports: [{port: %s}]}]}]"
                  .formatted(oneOf("\"http!\"", "-1", "1.5", "[80]")));
      case LONG_NAME -> policy("n".repeat(254 + random.nextInt(100_000)), "ingress: []");
      case ODD_NAME -> policy(oneOf("A_B", "\"../../etc\"", "\"\\0\"", "\"-\""), "ingress: []");
      case ITEMS -> "apiVersion: v1\nkind: List\nitems: {a: 1}\n";
      case TAB -> "kind:\n\t- a\n";
      case HUGE_DOCUMENT -> "# big\nkind: \"" + "x".repeat(1_600_000) + "\"\n";
      case MANY_BAD -> "---\nkind: Kraken\nmetadata: {name: a}\n".repeat(10_000);
      case TOO_MANY -> "x\n---\n".repeat(1_000_000);
      case DIRECTIVES -> "%\n".repeat(1_000_000) + "[";
      case MANY_VALUES -> policy(id, "ingress: [" + "1,".repeat(600_000) + "1]");
      default -> throw new IllegalArgumentException(shape.name());
    };
  }

  private static String bomb(String id) {
    StringBuilder text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 30; i++) {
      String last = "*a" + (i - 1);
      text.append("a%d: &a%d [%s]\n".formatted(i, i, (last + ", ").repeat(8) + last));
    }
    return text + policy(id, "ingress: []");
  }

  /** Where each path repeats a long one. */
  private String longPaths(String id) {
    int deep = 1 + random.nextInt(60);
    String name = "k".repeat(800);
    return policy(id, "ingress: 7")
        + "status: "
        + ("{" + name + ": ").repeat(deep)
        + "["
        + "1,".repeat(50_000)
        + "1]"
        + "}".repeat(deep);
  }

  private static String policy(String name, String spec) {
    return """
        apiVersion: cilium.io/v2
        kind: CiliumNetworkPolicy
        metadata: {name: %s}
        spec:
          %s
        """
        .formatted(name, spec);
  }

  private String oneOf(String... some) {
    return Arrays.asList(some).get(random.nextInt(some.length));
  }
}
