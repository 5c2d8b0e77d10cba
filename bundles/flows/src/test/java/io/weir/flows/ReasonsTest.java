package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Listing;
import io.weir.api.ProblemException;
import io.weir.flows.abi.Abi;
import io.weir.flows.command.ReasonsCommand;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReasonsTest {
  private static final int OWN = 240;

  @Test
  void should_have_a_sentence_for_each_reason_of_the_kernel() throws Exception {
    Map<String, Integer> kernel = kernel();
    assertThat(kernel).hasSizeGreaterThan(20);
    kernel.forEach(
        (name, number) ->
            assertThat(Reasons.known(number))
                .as("%s %d needs a row in reasons.txt", name, number)
                .isPresent());
    assertThat(Reasons.all())
        .allSatisfy(
            reason -> {
              assertThat(reason.words()).isNotBlank();
              assertThat(reason.remedy()).endsWith(".").hasSizeGreaterThan(40);
            });
  }

  @Test
  void should_have_the_numbers_and_names_of_hubble_below_its_own() throws Exception {
    Map<Integer, String> hubble = hubble();
    for (Reasons reason : Reasons.all()) {
      if (reason.number() < OWN) {
        assertThat(hubble).containsEntry(reason.number(), reason.name());
        assertThat(reason.hubbleName()).isEqualTo(reason.name());
      } else {
        assertThat(hubble).doesNotContainKey(reason.number());
        assertThat(reason.hubbleName()).isEqualTo(hubble.get(0));
      }
    }
  }

  @Test
  void should_show_one_by_number_or_name() throws Exception {
    assertThat(run("133").rows()).hasSize(1).first().asList().startsWith(133, "POLICY_DENIED");
    assertThat(run("policy-denied").rows()).isEqualTo(run("133").rows());
    assertThat(run(null).rows()).hasSameSizeAs(Reasons.all());
    assertThatThrownBy(() -> run("rain"))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("reason rain: expected a reason's number or name, got none");
  }

  private static Listing run(String one) throws Exception {
    ReasonsCommand command = new ReasonsCommand();
    Field argument = ReasonsCommand.class.getDeclaredField("one");
    argument.setAccessible(true);
    argument.set(command, one);
    return (Listing) command.execute();
  }

  /** {@code enum reason}, as the layouts have it. */
  private static Map<String, Integer> kernel() throws IllegalAccessException {
    Map<String, Integer> reasons = new HashMap<>();
    for (Field field : Abi.class.getFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getName().startsWith("REASON_")) {
        reasons.put(field.getName(), field.getInt(null));
      }
    }
    reasons.remove("REASON_NONE");
    return reasons;
  }

  /** {@code flow.DropReason} of Hubble's protocol. */
  private static Map<Integer, String> hubble() throws IOException {
    Map<Integer, String> names = new TreeMap<>();
    try (var stream = ReasonsTest.class.getResourceAsStream("hubble-drop-reasons.txt")) {
      new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split("="))
          .forEach(pair -> names.put(Integer.valueOf(pair[1]), pair[0]));
    }
    return names;
  }
}
