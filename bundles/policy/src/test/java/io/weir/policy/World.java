package io.weir.policy;

import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.policy.compile.Kept;
import io.weir.policy.compile.Mode;
import io.weir.policy.compile.PolicyEngine;
import io.weir.policy.compile.Workload;
import io.weir.policy.explain.Explanation;
import io.weir.policy.explain.Picture;
import io.weir.policy.explain.Question;
import io.weir.policy.spec.PolicyReader;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A node with pods and policies, without tables: resources go into the engine, questions are
 * answered by the rows that come out.
 *
 * <p>The node is 192.0.2.1 and 2001:db8::1, another node is 192.0.2.2. A pod's addresses are in its
 * annotation {@code addresses}; with {@code init: "true"} its labels are not known yet.
 */
public final class World {
  public static final String HOST = "192.0.2.1";
  public static final String REMOTE_NODE = "192.0.2.2";
  private static final LocalNode NODE =
      new LocalNode(
          "n1",
          List.of(Address.parse(HOST), Address.parse("2001:db8::1")),
          List.of(),
          List.of(),
          "weir_host",
          2,
          "02:00:00:00:00:01",
          1500,
          0,
          "");
  private static final List<String> RESERVED =
      List.of(
          "host",
          "world",
          "unmanaged",
          "health",
          "init",
          "remote-node",
          "kube-apiserver",
          "ingress",
          "world-ipv4",
          "world-ipv6");

  private final Map<String, Resource> namespaces = new HashMap<>();
  private final Map<ResourceKey, Resource> pods = new LinkedHashMap<>();
  private final Map<ResourceKey, Integer> endpoints = new HashMap<>();
  private final Map<SortedMap<String, String>, Integer> numbers = new HashMap<>();
  private final Map<ResourceKey, Resource> policies = new TreeMap<>();
  private boolean cidrsMatchNodes;
  private Mode mode = Mode.DEFAULT;
  private Set<Address> apiServers = Set.of();
  private Instant now = Instant.EPOCH;
  private PolicyEngine engine = new PolicyEngine(Kept.NOTHING, now);

  /** Takes a Namespace, Pod or policy, in the place of one of its name. */
  public void apply(Resource resource) {
    ResourceKey key = resource.key();
    switch (key.kind()) {
      case "Namespace" -> namespaces.put(key.name(), resource);
      case "Pod" -> {
        pods.put(key, resource);
        endpoints.computeIfAbsent(key, unused -> endpoints.size() + 1);
      }
      default -> {
        engine.put(PolicyReader.read(resource, cidrsMatchNodes));
        policies.put(key, resource);
      }
    }
  }

  public void apply(String yaml) {
    Texts.documents(yaml).stream().map(Texts::resource).forEach(this::apply);
  }

  public void delete(ResourceKey key) {
    if (pods.remove(key) == null) {
      policies.remove(key);
      engine.remove(key);
    }
  }

  public void mode(Mode wanted) {
    mode = wanted;
  }

  public void cidrsMatchNodes(boolean wanted) {
    cidrsMatchNodes = wanted;
    policies.values().forEach(this::apply);
  }

  public void apiServers(Set<Address> servers) {
    apiServers = servers;
  }

  /** Lets time pass. */
  public void pass(Duration time) {
    now = now.plus(time);
  }

  /** An engine that starts with what the last one kept, and is told everything again. */
  public void restart() {
    engine = new PolicyEngine(Kept.decode(Optional.of(engine.kept().encode())), now);
    List.copyOf(policies.values()).forEach(this::apply);
  }

  public PolicyEngine engine() {
    return engine;
  }

  public World update() {
    tell();
    engine.update(now);
    return this;
  }

  /** Tells the engine everything but policies, which it has been told. */
  void tell() {
    Map<Integer, Identity> identities = identities();
    Map<Integer, Workload> workloads = new HashMap<>();
    pods.forEach(
        (key, pod) ->
            workloads.put(
                endpoints.get(key), new Workload(identity(pod), PodPorts.of(pod), addresses(pod))));
    engine.identities(identities);
    engine.workloads(workloads);
    engine.places(
        apiServers,
        cidrsMatchNodes
            ? Set.of(Address.parse(HOST), Address.parse("2001:db8::1"), Address.parse(REMOTE_NODE))
            : Set.of());
    engine.mode(mode);
  }

  Instant now() {
    return now;
  }

  public Explanation explain(String from, String to) {
    Picture picture = picture();
    return Explanation.of(Question.parse(from, to, picture), picture);
  }

  public boolean passes(String from, String to) {
    return explain(from, to).passes();
  }

  public Map<ResourceKey, Resource> pods() {
    return pods;
  }

  public Map<String, Resource> namespaces() {
    return namespaces;
  }

  public Map<ResourceKey, Resource> policies() {
    return policies;
  }

  /** The rows, as the tables would have them. */
  public Picture picture() {
    Map<Integer, Endpoint> rows = new HashMap<>();
    pods.forEach(
        (key, pod) -> {
          int id = endpoints.get(key);
          rows.put(
              id,
              new Endpoint(
                  id,
                  key.namespace(),
                  key.name(),
                  "c" + id,
                  "eth0",
                  "lxc" + id,
                  id,
                  "02:00:00:00:00:02",
                  addresses(pod),
                  0));
        });
    Map<Integer, Identity> identities = identities();
    identities.putAll(engine.blockIdentities().rows());
    Prefix remote = Prefix.parse(REMOTE_NODE);
    return new Picture(
        rows,
        engine.endpointPolicies().rows(),
        engine.compiled().rows(),
        engine.rules().rows(),
        identities,
        engine.blocks().rows(),
        Map.of(remote, new PrefixIdentity(remote, Identity.REMOTE_NODE)),
        Optional.of(NODE));
  }

  public static List<Address> addresses(Resource pod) {
    return Stream.of(pod.annotations().getOrDefault("addresses", "").split(" "))
        .filter(text -> !text.isEmpty())
        .map(Address::parse)
        .toList();
  }

  /** Labels as the identity bundle makes them, all kept. */
  private SortedMap<String, String> labels(Resource pod) {
    SortedMap<String, String> labels = new TreeMap<>();
    if ("true".equals(pod.annotations().get("init"))) {
      labels.put("reserved:init", "");
      return labels;
    }
    pod.labels().forEach((key, value) -> labels.put("k8s:" + key, value));
    String namespace = pod.key().namespace();
    Resource written = namespaces.get(namespace);
    if (written != null) {
      written
          .labels()
          .forEach((key, value) -> labels.put("k8s:io.cilium.k8s.namespace.labels." + key, value));
    }
    labels.put("k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name", namespace);
    labels.put("k8s:io.kubernetes.pod.namespace", namespace);
    labels.put("k8s:io.cilium.k8s.policy.serviceaccount", "default");
    labels.put("k8s:io.cilium.k8s.policy.cluster", "default");
    return labels;
  }

  public int identity(Resource pod) {
    SortedMap<String, String> labels = labels(pod);
    return labels.containsKey("reserved:init")
        ? Identity.INIT
        : numbers.computeIfAbsent(labels, unused -> Identity.FIRST_POD + numbers.size());
  }

  private Map<Integer, Identity> identities() {
    pods.values().forEach(this::identity);
    Map<Integer, Identity> identities = new HashMap<>();
    for (int i = 0; i < RESERVED.size(); i++) {
      SortedMap<String, String> labels = new TreeMap<>(Map.of("reserved:" + RESERVED.get(i), ""));
      identities.put(i + 1, new Identity(i + 1, labels));
    }
    numbers.forEach((labels, number) -> identities.put(number, new Identity(number, labels)));
    return identities;
  }
}
