package io.weir.itests.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.guest.GuestReport.Program;
import io.weir.itests.guest.Stack.Chain;
import io.weir.itests.guest.Stack.Frame;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the verifier allows a program, and how much of it each one takes: instructions that are
 * looked at, on the oldest kernel that is supported and on this one; bytes of stack, of the deepest
 * chain of calls. Nobody may take more than half. The table is left in {@code target/budget.txt}.
 */
@NeedsRoot
class BudgetKernelTest {
  private static final long INSTRUCTIONS = 1_000_000; // BPF_COMPLEXITY_LIMIT_INSNS
  private static final int STACK = 512; // MAX_BPF_STACK
  private static final long MOST_INSTRUCTIONS = INSTRUCTIONS / 2;
  private static final int MOST_STACK = STACK / 2;
  private static final Pattern STACK_DEPTH = Pattern.compile("(?m)^stack depth ([0-9+]+)$");
  private static final String ROW = "%-18s %9s %9s %6s  %s%n";
  private static final Path HERE = Guest.TARGET.resolve("here");

  private static GuestReport oldest;
  private static List<Program> here;
  private static Map<String, Stack> stacks;

  @BeforeAll
  static void load() throws IOException {
    Guest guest = Guest.booted();
    oldest = guest.report();
    stacks =
        guest.objects().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, object -> Stack.of(object.getValue())));
    Guest.run(
        Guest.TARGET.resolve("here.log"),
        HERE.resolve("load").toString(),
        "-n",
        Guest.OBJECTS.toString(),
        HERE.toString());
    here = GuestReport.programs(HERE);
    Files.writeString(Guest.TARGET.resolve("budget.txt"), table());
  }

  @Test
  void should_look_at_half_the_instructions_at_most() {
    assertThat(oldest.programs()).hasSameSizeAs(here).isNotEmpty();
    assertThat(Stream.concat(oldest.programs().stream(), here.stream()))
        .allSatisfy(program -> assertThat(program.instructions()).isBetween(1L, MOST_INSTRUCTIONS));
  }

  @Test
  void should_fill_half_the_stack_at_most() {
    assertThat(here)
        .isNotEmpty()
        .allSatisfy(
            program ->
                assertThat(deepest(program).bytes())
                    .as(deepest(program).toString())
                    .isBetween(1, MOST_STACK));
  }

  /** So that the frames of the table are those that the kernel adds up. */
  @Test
  void should_read_the_frames_that_the_verifier_finds() {
    assertThat(here)
        .isNotEmpty()
        .allSatisfy(
            program -> {
              assertThat(verifierFrames(GuestReport.log(HERE, program))).isEqualTo(frames(program));
              assertThat(verifierFrames(oldest.log(program))).isEqualTo(frames(program));
            });
  }

  private static List<Integer> frames(Program program) {
    return stacks.get(program.object()).all(program.name()).stream().map(Frame::bytes).toList();
  }

  /** From {@code stack depth 56+24+16}, in units of 8 bytes as 6.18 tells them. */
  private static List<Integer> verifierFrames(Path log) throws IOException {
    Matcher depth = STACK_DEPTH.matcher(Files.readString(log));
    assertThat(depth.find()).as("%s: stack depth", log).isTrue();
    return Arrays.stream(depth.group(1).split("\\+"))
        .map(each -> (Integer.parseInt(each) + 7) / 8 * 8)
        .toList();
  }

  private static Chain deepest(Program program) {
    return stacks.get(program.object()).deepest(program.name());
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String table() {
    StringBuilder table = new StringBuilder();
    table.append(
        "Of %s instructions and %s bytes of stack; at most half may be taken.%n"
            .formatted(grouped(INSTRUCTIONS), STACK));
    table.append(
        ROW.formatted(
            "program",
            release(oldest.release()),
            release(System.getProperty("os.version")),
            "stack",
            "deepest calls, with their frames"));
    for (int i = 0; i < here.size(); i++) {
      Program program = here.get(i);
      table.append(
          ROW.formatted(
              program.object() + "/" + program.name(),
              grouped(oldest.programs().get(i).instructions()),
              grouped(program.instructions()),
              deepest(program).bytes(),
              deepest(program)));
    }
    return table.toString();
  }

  /** {@code 6.1}, of {@code 6.1.0-49-cloud-amd64}. */
  private static String release(String whole) {
    return String.join(".", List.of(whole.split("[.-]")).subList(0, 2));
  }
}
