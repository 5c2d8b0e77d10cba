package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.ProblemException;
import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.api.row.ResourceKey;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.BackendLayout;
import io.weir.datapath.abi.PolicyClassKeyLayout;
import io.weir.datapath.abi.PolicyClassLayout;
import io.weir.datapath.abi.PolicyRuleKeyLayout;
import io.weir.datapath.abi.PolicyRuleLayout;
import io.weir.datapath.abi.PolicySlotLayout;
import io.weir.datapath.abi.ServiceKeyLayout;
import io.weir.datapath.abi.ServiceLayout;
import io.weir.itests.testing.NeedsRoot;
import io.weir.linux.BpfMap;
import io.weir.linux.Linux;
import io.weir.linux.MapSpec;
import io.weir.linux.MapType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What does not fit is refused as a whole, by a sentence; what was there before goes on. */
@NeedsRoot
class FullMapsKernelTest {
  private static final int SLOT = 7;
  private static final int TCP = 6;

  private final Linux linux = Linux.open();
  private final SmallMaps kernel = new SmallMaps();
  private final Revisions revisions = new Revisions(kernel.map("revisions"));

  @AfterEach
  void close() {
    kernel.close();
    linux.close();
  }

  @Test
  void should_say_that_the_map_of_rules_is_full_and_keep_the_policy_that_was_there() {
    PolicyMaps policies = new PolicyMaps(kernel, revisions);
    policies.put(policy(1, 2, 1));
    Map<Bytes, Bytes> rules = kernel.content("policy_rules");
    Map<Bytes, Bytes> classes = kernel.content("policy_classes");
    assertThatThrownBy(() -> policies.put(policy(2, 4, 1)))
        .isInstanceOf(ProblemException.class)
        .hasMessage(
            "map policy_rules: expected room for one more entry, got a map full with its 4"
                + " entries; remove what is not needed, or spread it over more nodes");
    assertThat(kernel.content("policy_rules")).isEqualTo(rules);
    assertThat(kernel.content("policy_classes")).isEqualTo(classes);
  }

  @Test
  void should_say_that_the_map_of_classes_is_full_and_keep_the_policy_that_was_there() {
    PolicyMaps policies = new PolicyMaps(kernel, revisions);
    policies.put(policy(1, 1, 2));
    Map<Bytes, Bytes> rules = kernel.content("policy_rules");
    Map<Bytes, Bytes> classes = kernel.content("policy_classes");
    assertThatThrownBy(() -> policies.put(policy(2, 1, 5)))
        .isInstanceOf(ProblemException.class)
        .hasMessage(
            "map policy_classes: expected room for one more entry, got a map full with its 4"
                + " entries; remove what is not needed, or spread it over more nodes");
    assertThat(kernel.content("policy_rules")).isEqualTo(rules);
    assertThat(kernel.content("policy_classes")).isEqualTo(classes);
  }

  @Test
  void should_say_that_there_is_no_room_for_backends_and_keep_those_that_were_there() {
    ServiceMaps services = new ServiceMaps(kernel, revisions);
    services.put(frontend(1, 3));
    Bytes before = kernel.content("services").values().iterator().next();
    assertThatThrownBy(() -> services.put(frontend(1, 6)))
        .isInstanceOf(ProblemException.class)
        .hasMessage(
            "map backends: expected room for 6 more backends in a row, got a map of 8 places"
                + " without such room; remove services, or backends of services");
    assertThat(kernel.content("services").values()).containsExactly(before);
  }

  private static CompiledPolicy policy(int number, int ports, int peers) {
    Map<Integer, Integer> classes = new HashMap<>();
    IntStream.range(0, peers).forEach(peer -> classes.put(300 + peer, number));
    List<PolicyEntry> entries =
        IntStream.range(0, ports)
            .mapToObj(port -> new PolicyEntry(TCP, 80 + port, 16, PolicyVerdict.ALLOW, 1))
            .toList();
    return new CompiledPolicy(
        SLOT,
        Direction.INGRESS,
        300,
        PolicyVerdict.DENY,
        false,
        0,
        classes,
        Map.of(number, entries));
  }

  private static Frontend frontend(int id, int backends) {
    return new Frontend(
        new FrontendKey(Address.parse("10.96.0.1"), 80, TCP),
        id,
        new ResourceKey("Service", "default", "web"),
        "http",
        IntStream.range(0, backends)
            .mapToObj(i -> new Backend(Address.parse("10.0.0.1").plus(i), 80, ""))
            .toList());
  }

  /** Maps of the real layouts that hold little. */
  private final class SmallMaps extends RememberingKernel {
    private final Map<String, BpfMap> maps = new HashMap<>();

    @Override
    public BpfMap map(String name) {
      return maps.computeIfAbsent(name, this::make);
    }

    Map<Bytes, Bytes> content(String name) {
      Map<Bytes, Bytes> content = new HashMap<>();
      map(name).forEach((key, value) -> content.put(new Bytes(key), new Bytes(value)));
      return content;
    }

    private BpfMap make(String name) {
      return linux
          .bpf()
          .createMap(
              switch (name) {
                case "policy_rules" ->
                    hash(name, PolicyRuleKeyLayout.SIZE, PolicyRuleLayout.SIZE, 4);
                case "policy_classes" ->
                    hash(name, PolicyClassKeyLayout.SIZE, PolicyClassLayout.SIZE, 4);
                case "services" -> hash(name, ServiceKeyLayout.SIZE, ServiceLayout.SIZE, 4);
                case "policy_slots" -> array(name, PolicySlotLayout.SIZE, 16);
                case "backends" -> array(name, BackendLayout.SIZE, 8);
                default -> array(name, Integer.BYTES, 2 * Abi.POLICY_SLOTS);
              });
    }

    private static MapSpec hash(String name, int key, int value, int entries) {
      return new MapSpec(name, MapType.HASH, key, value, entries, 0);
    }

    private static MapSpec array(String name, int value, int entries) {
      return new MapSpec(name, MapType.ARRAY, Integer.BYTES, value, entries, 0);
    }

    @Override
    public void close() {
      maps.values().forEach(BpfMap::close);
    }
  }
}
