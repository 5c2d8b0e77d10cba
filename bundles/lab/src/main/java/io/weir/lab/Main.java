package io.weir.lab;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code weir lab VERB …}: the client runs this program, WEIR_HOME naming its distribution. */
public final class Main {
  private static final int GOOD = 0;
  private static final int REFUSED = 1;
  private static final int MISUNDERSTOOD = 2;

  private final List<String> words;

  /** {@code --name} may stand before the verb too. */
  private Main(List<String> words) {
    boolean named = words.size() > 2 && words.get(0).equals("--name");
    List<String> ordered = new ArrayList<>(words);
    if (named) {
      ordered = new ArrayList<>(words.subList(2, words.size()));
      ordered.addAll(1, words.subList(0, 2));
    }
    this.words = List.copyOf(ordered);
  }

  public static void main(String[] arguments) {
    int code;
    try {
      code = new Main(List.of(arguments)).run();
    } catch (Words.Misunderstood e) {
      System.err.println(e.getMessage());
      code = MISUNDERSTOOD;
    } catch (ProblemException e) {
      System.err.println(e.getMessage());
      code = REFUSED;
    }
    System.out.flush();
    System.exit(code);
  }

  private int run() {
    if (words.isEmpty()
        || words.contains("--help") && !words.contains("--")
        || words.get(0).equals("help")) {
      System.out.print(Shipped.text("usage.txt"));
      return words.isEmpty() ? MISUNDERSTOOD : GOOD;
    }
    List<String> rest = words.subList(1, words.size());
    return switch (words.get(0)) {
      case "up" -> up(parse(rest, "--nodes"));
      case "down" -> down(parse(rest));
      case "apply", "delete" -> send(words.get(0), rest);
      case "pods" -> pods(parse(rest, "-o"));
      case "exec" -> exec(parse(rest, "-n"));
      case "on" -> on(parse(rest));
      case "kill", "fail", "start" -> node(words.get(0), parse(rest));
      case "dns" -> dns();
      default ->
          throw Words.misunderstood(
              "up, apply, delete, pods, exec, on, kill, fail, start or down",
              '"' + words.get(0) + '"');
    };
  }

  private int up(Words given) {
    none(given);
    int count = number(given.value("--nodes", "1"));
    Names names = names(given);
    root();
    Path home = home();
    String cgroup = Cgroups.mount().resolve(names.cgroup()).toString();
    try (Store store = Store.create(names, home.toString(), cgroup)) {
      try {
        new Lab(store, Main::tell).up(count);
      } catch (ProblemException e) {
        tell("it was left as it is, to look at; weir lab down" + names.option() + " takes it away");
        throw e;
      }
    }
    return GOOD;
  }

  private int down(Words given) {
    none(given);
    Names names = names(given);
    root();
    Optional<Store> found = Store.findAlone(names);
    if (found.isEmpty()) {
      tell("lab " + names.lab() + ": nothing to take away");
      return GOOD;
    }
    try (Store store = found.get()) {
      Down.down(store);
    }
    tell("lab " + names.lab() + ": gone");
    return GOOD;
  }

  /** Hands the words on to the engine's own verb, then makes the pods what they are to be. */
  private int send(String verb, List<String> rest) {
    List<List<String>> calls = new ArrayList<>();
    List<String> common = new ArrayList<>();
    List<String> files = new ArrayList<>();
    String lab = defaultLab();
    String node = "n1";
    for (int at = 0; at < rest.size(); at++) {
      String word = rest.get(at);
      boolean valued = Set.of("--name", "--node", "-f").contains(word);
      if (valued && at + 1 == rest.size()) {
        throw Words.misunderstood("a value after " + word, "none");
      }
      switch (word) {
        case "--name" -> lab = rest.get(++at);
        case "--node" -> node = rest.get(++at);
        case "-f" -> files.add(rest.get(++at));
        default -> common.add(word);
      }
    }
    if (verb.equals("apply") && files.isEmpty()) {
      throw Words.misunderstood("-f FILE, DIR or -", "none");
    }
    files.forEach(file -> calls.add(Processes.words(common, "-f", file)));
    if (files.isEmpty()) {
      calls.add(common);
    }
    root();
    try (Store store = Store.open(Names.of(lab))) {
      Lab made = new Lab(store, Main::tell);
      return made.send(verb, made.node(node), calls);
    }
  }

  private int pods(Words given) {
    none(given);
    String format = given.value("-o", "table");
    Store store = Store.open(names(given));
    PodList list = new PodList(store.state(), new Lab(store, Main::tell)::runs);
    System.out.print(
        switch (format) {
          case "table" -> list.table();
          case "json" -> list.json();
          default -> throw Words.misunderstood("-o json", "-o " + format);
        });
    return GOOD;
  }

  private int exec(Words given) {
    String which = one(given, "one POD");
    root();
    Store store = Store.open(names(given));
    LabState.Pod pod = PodList.find(store.state(), which, given.value("-n", ""));
    return new Lab(store, Main::tell).exec(pod, command(given));
  }

  private int on(Words given) {
    String place = one(given, "one NODE");
    root();
    return new Lab(Store.open(names(given)), Main::tell).on(place, command(given));
  }

  private int node(String verb, Words given) {
    String which = one(given, "one NODE");
    root();
    try (Store store = Store.open(names(given))) {
      Lab lab = new Lab(store, Main::tell);
      LabState.Node node = lab.node(which);
      switch (verb) {
        case "kill" -> lab.kill(node);
        case "fail" -> lab.fail(node);
        default -> lab.start(node);
      }
    }
    return GOOD;
  }

  /** What the kube-dns pod runs; WEIR_NODE names its engine. */
  private int dns() {
    try {
      new DnsServer(new Client(home(), System.getenv("WEIR_NODE"))).serve();
      return GOOD;
    } catch (IOException e) {
      throw Problem.of("weir lab dns", String.valueOf(e.getMessage())).asException();
    }
  }

  private static Words parse(List<String> rest, String... valued) {
    Set<String> options = new HashSet<>(Set.of(valued));
    options.add("--name");
    return Words.parse(rest, options, Set.of());
  }

  private static Names names(Words given) {
    return Names.of(given.value("--name", defaultLab()));
  }

  private static String defaultLab() {
    String lab = System.getenv("WEIR_LAB");
    return lab == null || lab.isEmpty() ? Names.DEFAULT : lab;
  }

  private static void none(Words given) {
    if (!given.operands().isEmpty()) {
      throw Words.misunderstood("nothing more", '"' + given.operands().get(0) + '"');
    }
  }

  private static String one(Words given, String expected) {
    if (given.operands().size() != 1) {
      throw Words.misunderstood(expected, given.operands().toString());
    }
    return given.operands().get(0);
  }

  private static List<String> command(Words given) {
    if (given.command().isEmpty()) {
      throw Words.misunderstood("-- and a command", "none");
    }
    return given.command();
  }

  private static int number(String text) {
    try {
      int number = Integer.parseInt(text);
      if (number >= 1 && number <= Addresses.NODES_MOST) {
        return number;
      }
    } catch (NumberFormatException e) {
      // As any other text.
    }
    throw Words.misunderstood(
        "--nodes and a number from 1 to " + Addresses.NODES_MOST, '"' + text + '"');
  }

  private static void root() {
    if (user() != 0) {
      throw Problem.of("weir lab", "root", "user " + System.getProperty("user.name"))
          .remedy("run it with sudo")
          .asException();
    }
  }

  private static int user() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path home() {
    String home = System.getenv("WEIR_HOME");
    if (home == null || !Files.isExecutable(Path.of(home, "bin/weir-lab-run"))) {
      throw Problem.of("WEIR_HOME", "the directory of a distribution of Weir", String.valueOf(home))
          .remedy("call the weir of its bin/")
          .asException();
    }
    return Path.of(home).toAbsolutePath();
  }

  private static void tell(String line) {
    System.out.println(line);
  }
}
