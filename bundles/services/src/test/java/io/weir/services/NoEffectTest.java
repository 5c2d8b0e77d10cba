package io.weir.services;

import static io.weir.services.Some.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NoEffectTest {
  @Test
  void should_say_nothing_of_a_plain_service_and_of_defaults_written_out() {
    assertThat(NoEffect.of(Some.web("web", "10.96.0.1"))).isEmpty();
    assertThat(
            NoEffect.of(
                Some.service(
                    "web",
                    Map.of("app", "web"),
                    Map.of("example.com/owner", "me"),
                    "type",
                    "ClusterIP",
                    "sessionAffinity",
                    "None",
                    "internalTrafficPolicy",
                    "Cluster",
                    "externalTrafficPolicy",
                    "Cluster",
                    "allocateLoadBalancerNodePorts",
                    false,
                    "externalIPs",
                    List.of(),
                    "trafficDistribution",
                    Resource.NULL,
                    "ports",
                    List.of(fields("port", 80L, "nodePort", 0L, "appProtocol", "http")))))
        .isEmpty();
  }

  @Test
  void should_name_each_part_that_has_no_effect() {
    Resource service =
        Some.service(
            "web",
            Map.of(ServiceSpec.PROXY_NAME, "other"),
            Map.of("service.cilium.io/lb-mode", "dsr", "example.com/owner", "me"),
            "type",
            "LoadBalancer",
            "externalIPs",
            List.of("192.0.2.1"),
            "externalTrafficPolicy",
            "Local",
            "healthCheckNodePort",
            30000L,
            "allocateLoadBalancerNodePorts",
            true,
            "loadBalancerClass",
            "io.cilium/bgp-control-plane",
            "loadBalancerIP",
            "192.0.2.2",
            "loadBalancerSourceRanges",
            List.of("192.0.2.0/24"),
            "internalTrafficPolicy",
            "Local",
            "trafficDistribution",
            "PreferClose",
            "sessionAffinity",
            "ClientIP",
            "sessionAffinityConfig",
            fields("clientIP", fields("timeoutSeconds", 10L)),
            "ports",
            List.of(fields("port", 80L, "nodePort", 30080L, "protocol", "SCTP")));
    assertThat(NoEffect.of(service))
        .extracting(Problem::where)
        .containsExactly(
            at("spec.type"),
            at("spec.externalIPs"),
            at("spec.externalTrafficPolicy"),
            at("spec.healthCheckNodePort"),
            at("spec.allocateLoadBalancerNodePorts"),
            at("spec.loadBalancerClass"),
            at("spec.loadBalancerIP"),
            at("spec.loadBalancerSourceRanges"),
            at("spec.internalTrafficPolicy"),
            at("spec.trafficDistribution"),
            at("spec.sessionAffinity"),
            at("spec.sessionAffinityConfig"),
            at("spec.ports[0].nodePort"),
            at("spec.ports[0].protocol"),
            at("metadata.annotations"),
            at("metadata.labels"));
  }

  @Test
  void should_say_what_it_means() {
    assertThat(
            NoEffect.of(
                Some.service(
                    "web",
                    "type",
                    "NodePort",
                    "sessionAffinity",
                    "ClientIP",
                    "ports",
                    List.of(fields("port", 80L, "nodePort", 30080L)))))
        .extracting(Problem::sentence)
        .containsExactly(
            "a.yaml:3: Service/default/web: spec.type: NodePort has no effect yet but its"
                + " ClusterIP",
            "a.yaml:3: Service/default/web: spec.sessionAffinity: ClientIP has no effect yet: each"
                + " connection chooses its backend anew",
            "a.yaml:3: Service/default/web: spec.ports[0].nodePort: 30080: not served yet: clients"
                + " outside do not reach it");
  }

  private static String at(String path) {
    return "a.yaml:3: Service/default/web: " + path;
  }
}
