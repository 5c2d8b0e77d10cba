package io.weir.lab;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * What a lab calls the things it makes; every one carries the lab's name, so that labs do not meet.
 *
 * @param lab lower case, digits and hyphens
 */
record Names(String lab) {
  /** The lab whose nodes are simply called n1, n2, … as engines. */
  static final String DEFAULT = "lab";

  /** The namespace outside all nodes. */
  static final String WORLD = "world";

  private static final Path RUN = Path.of("/run/weir/lab");
  private static final Pattern FORM = Pattern.compile("[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?");

  /** The names of a lab that a user called {@code lab}. */
  static Names of(String lab) {
    if (!FORM.matcher(lab).matches()) {
      throw Words.misunderstood(
          "a lab's name of lower case, digits and hyphens, 22 at most", '"' + lab + '"');
    }
    return new Names(lab);
  }

  /** What a command line needs to mean this lab. */
  String option() {
    return lab.equals(DEFAULT) ? "" : " --name " + lab;
  }

  Path stateFile() {
    return RUN.resolve(lab + ".json");
  }

  Path lockFile() {
    return RUN.resolve(lab + ".lock");
  }

  /** Logs and resolv.conf files. */
  Path directory() {
    return RUN.resolve(lab);
  }

  Path netns(String place) {
    return Path.of("/run/netns", "weir-" + lab + "-" + place);
  }

  /** The engine's name: the node's, with the lab's before it where two labs would clash. */
  String engine(String node) {
    return lab.equals(DEFAULT) ? node : lab + "-" + node;
  }

  /** The lab's cgroup, relative to the mount of cgroup2. */
  String cgroup() {
    return "weir-" + lab;
  }

  Path log(String file) {
    return directory().resolve("logs").resolve(file + ".log");
  }
}
