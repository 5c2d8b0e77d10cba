package io.weir.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.google.gson.JsonParser;
import io.weir.itests.testing.Fuzz;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Damaged calls of a container runtime: each is understood, or refused as the specification says.
 */
class CniFuzzTest {
  static final List<String> CONFIGURATIONS =
      List.of(
          "{\"cniVersion\":\"0.4.0\",\"name\":\"weir\",\"type\":\"weir-cni\",\"node\":\"n1\"}",
          "{\"cniVersion\":\"1.1.0\",\"name\":\"weir\",\"dns\":{\"nameservers\":[\"10.96.0.10\"]},"
              + "\"prevResult\":{\"cniVersion\":\"1.1.0\",\"ips\":[{\"address\":\"10.0.0.7/32\"}]}}",
          "{\"cniVersion\":\"1.1.0\",\"cni.dev/valid-attachments\":"
              + "[{\"containerID\":\"4f1c\",\"ifname\":\"eth0\"}]}",
          "{\"cniVersion\":\"0.4.0.0.0.0.0.0.0.0\",\"node\":\"" + "n".repeat(300) + "\"}",
          "{\"a\\\"\\u0041\":[{}, -1.5e3 ,null],\"args\":{\"node\":\"x\"},\n\"node\":\"only\"}");

  private static final Duration LONGEST = Duration.ofSeconds(10);

  private static final List<String> COMMANDS =
      List.of("ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION");

  private static final Map<String, String> VARIABLES =
      Map.of(
          "CNI_CONTAINERID", "4f1c",
          "CNI_IFNAME", "eth0",
          "CNI_NETNS", "/run/netns/a",
          "CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=xwing");

  /** What a runtime hands over. */
  record Input(Map<String, String> environment, String text) {
    static Input of(Fuzz fuzz) {
      Map<String, String> environment = new HashMap<>(VARIABLES);
      environment.put("CNI_COMMAND", fuzz.oneOf(COMMANDS));
      if (fuzz.random().nextInt(2) == 0) {
        String key = fuzz.oneOf(environment.keySet().stream().sorted().toList());
        environment.put(
            key, fuzz.text(List.copyOf(environment.values().stream().sorted().toList())));
      }
      boolean whole = fuzz.random().nextInt(4) == 0;
      return new Input(environment, whole ? fuzz.oneOf(CONFIGURATIONS) : fuzz.text(CONFIGURATIONS));
    }
  }

  @Test
  void should_understand_or_refuse_whatever_comes() {
    Fuzz.run(Input::of, CniFuzzTest::check);
  }

  /** What damaged inputs have found. */
  @Test
  void should_hold_for_inputs_that_once_broke_it() {
    int levels = 20_000;
    String deep = "{\"a\":".repeat(levels) + "1" + "}".repeat(levels);
    List<String> texts =
        List.of(
            "\ufeff".repeat(3) + "x".repeat(3000),
            "\ufeff{\"cniVersion\":\"1.0.0\"}",
            "{\"cniVersion\":\"1.0.0\",\"dns\":" + deep + "}",
            "{\"cniVersion\":" + deep + "}",
            "[".repeat(levels) + "]".repeat(levels));
    Map<String, String> wide = new HashMap<>(VARIABLES);
    wide.put("CNI_COMMAND", "ADD");
    wide.put("CNI_IFNAME", "é".repeat(8));
    check(new Input(wide, CONFIGURATIONS.get(0)));
    for (String text : texts) {
      Input input = new Input(Map.of("CNI_COMMAND", "GC"), text);
      assertTimeoutPreemptively(LONGEST, () -> check(input));
    }
  }

  /** Variables of CNI, a line each, an empty line, the configuration. */
  static void checkCall(String call) {
    int end = call.indexOf("\n\n");
    Map<String, String> environment = new HashMap<>();
    call.substring(0, Math.max(0, end))
        .lines()
        .filter(line -> line.startsWith("CNI_") && line.contains("="))
        .forEach(
            line ->
                environment.put(
                    line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
    check(new Input(environment, end < 0 ? call : call.substring(end + 2)));
  }

  private static void check(Input input) {
    String asked = NetConf.versionOf(input.text());
    try {
      CniRequest request = CniRequest.parse(input.environment(), input.text());
      assertThat(request.attachment()).isNotNull();
      assertThat(request.configuration().hashCode()).isEqualTo(request.configuration().hashCode());
      assertThat(request.configuration().toString()).isNotBlank();
      if (request.command().isAboutOneContainer()) {
        assertThat(request.pod()).isNotBlank();
        assertThat(request.attachment().interfaceName()).doesNotContain("/").isNotEmpty();
        assertThat(request.attachment().interfaceName().getBytes(UTF_8).length).isLessThan(16);
      }
    } catch (CniError e) {
      assertThat(e.getMessage()).contains("expected ");
      String said = e.json(asked).toString();
      assertThat(JsonParser.parseString(said).getAsJsonObject().get("code").getAsInt())
          .isEqualTo(e.code());
      assertThat(new String(said.getBytes(UTF_8), UTF_8)).contains("\"msg\":");
    }
  }
}
