package io.weir.itests.rules;

import static io.weir.api.row.Direction.INGRESS;

import io.weir.itests.testing.NeedsRoot;
import org.junit.jupiter.api.Test;

@NeedsRoot
class NetworkPolicyKernelTest extends RuleTest {
  @Test
  void n01_should_isolate_a_pod_in_a_direction_only_if_a_policy_selects_it_for_that() {
    ask(client, server, Probe.tcp(80)).passesBy();
    world.apply(
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {namespace: default, name: p}
        spec:
          podSelector: {matchLabels: {app: server}}
          policyTypes: [Ingress]
        """);
    ask(client, server, Probe.tcp(80)).isDenied(INGRESS);
    ask(server, client, Probe.tcp(80)).passesBy();
    ask(otherClient, client, Probe.tcp(80)).passesBy();
  }
}
