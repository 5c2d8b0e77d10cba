package io.weir.services;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Finds what a Service asks for and does not get, or not yet: each part with what that means. */
final class NoEffect {
  /** Annotations with which other implementations are told how to serve a service. */
  private static final List<String> ANNOTATIONS =
      List.of("service.cilium.io/", "service.kubernetes.io/topology-");

  /** Values with which a field changes nothing. */
  private static final Map<String, String> HARMLESS =
      Map.of(
          "sessionAffinity", "None",
          "externalTrafficPolicy", "Cluster",
          "internalTrafficPolicy", "Cluster");

  private static final String NO_OUTSIDE = "not served yet: clients outside do not reach it";

  private final Resource service;
  private final Fields spec;
  private final List<Problem> found = new ArrayList<>();

  private NoEffect(Resource service) {
    this.service = service;
    this.spec = Fields.of(service).fields("spec");
  }

  static List<Problem> of(Resource service) {
    NoEffect search = new NoEffect(service);
    search.outside();
    search.choice();
    search.ports();
    search.metadata();
    return List.copyOf(search.found);
  }

  private void outside() {
    String type = spec.text("type", "");
    if (type.equals("NodePort") || type.equals("LoadBalancer")) {
      add("spec.type", type + " has no effect yet but its ClusterIP");
    }
    if (!spec.texts("externalIPs").isEmpty()) {
      add("spec.externalIPs", NO_OUTSIDE);
    }
    text("externalTrafficPolicy", "%s has no effect yet: nothing comes from outside");
    if (spec.number("healthCheckNodePort") != 0) {
      add("spec.healthCheckNodePort", "no health check is answered yet");
    }
    if (spec.flag("allocateLoadBalancerNodePorts", false)) {
      add("spec.allocateLoadBalancerNodePorts", "no node port is allocated yet");
    }
    text("loadBalancerClass", "%s has no effect yet: no load balancer's address is given");
    text("loadBalancerIP", "%s: " + NO_OUTSIDE);
    if (!spec.texts("loadBalancerSourceRanges").isEmpty()) {
      add("spec.loadBalancerSourceRanges", "no effect yet: nothing comes from outside");
    }
  }

  private void choice() {
    text("internalTrafficPolicy", "%s has no effect yet: endpoints elsewhere are chosen, too");
    text("trafficDistribution", "%s has no effect yet: all endpoints are chosen alike");
    text("sessionAffinity", "%s has no effect yet: each connection chooses its backend anew");
    if (!spec.fields("sessionAffinityConfig").values().isEmpty()) {
      add("spec.sessionAffinityConfig", "no effect yet: there is no session affinity");
    }
  }

  private void ports() {
    List<Fields> ports = spec.structs("ports");
    for (int i = 0; i < ports.size(); i++) {
      String path = "spec.ports[" + i + "]";
      if (ports.get(i).number("nodePort") != 0) {
        add(path + ".nodePort", ports.get(i).number("nodePort") + ": " + NO_OUTSIDE);
      }
      Protocol protocol = Protocol.of(ports.get(i));
      if (!protocol.isBalanced()) {
        add(path + ".protocol", protocol + " is not balanced yet: the port has no frontend");
      }
    }
  }

  private void metadata() {
    for (String name : new TreeSet<>(service.annotations().keySet())) {
      if (ANNOTATIONS.stream().anyMatch(name::startsWith)) {
        add("metadata.annotations", name + " has no effect");
      }
    }
    String proxy = service.labels().get(ServiceSpec.PROXY_NAME);
    if (proxy != null) {
      add(
          "metadata.labels",
          "%s leaves it to the proxy %s: it has no frontends here"
              .formatted(ServiceSpec.PROXY_NAME, proxy));
    }
  }

  private void text(String field, String meaning) {
    String value = spec.text(field, "");
    if (!value.isEmpty() && !value.equals(HARMLESS.get(field))) {
      add("spec." + field, meaning.formatted(value));
    }
  }

  private void add(String path, String what) {
    found.add(Problem.of(service.where(path), what));
  }
}
