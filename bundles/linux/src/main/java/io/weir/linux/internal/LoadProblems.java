package io.weir.linux.internal;

import io.weir.api.Problem;
import io.weir.linux.LinuxException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes a sentence of what libbpf said while an object was opened or loaded. */
final class LoadProblems {
  private static final Pattern PROGRAM = Pattern.compile("prog '([^']+)'");
  private static final Pattern LOG =
      Pattern.compile("-- BEGIN PROG LOAD LOG --\\n(.*)-- END PROG LOAD LOG --", Pattern.DOTALL);
  private static final int LAST_LINES = 24;

  private LoadProblems() {}

  static LinuxException of(int errno, String object, List<String> warnings) {
    return new LinuxException(errno, problem(Errors.text(errno), object, warnings));
  }

  static Problem problem(String error, String object, List<String> warnings) {
    for (String warning : warnings) {
      Matcher log = LOG.matcher(warning);
      Matcher program = PROGRAM.matcher(warning);
      if (log.find() && program.find()) {
        return Problem.of(
            object + ": program " + program.group(1),
            "a program that the verifier accepts",
            error + "\n" + tail(log.group(1)));
      }
    }
    String said = warnings.isEmpty() ? "" : ": " + warnings.get(0).strip();
    return Problem.of(object, "a BPF object that this kernel takes", error + said);
  }

  /** The end of a log tells what was refused; its beginning only what led there. */
  private static String tail(String log) {
    List<String> lines = log.lines().filter(line -> !line.isBlank()).toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
  }
}
