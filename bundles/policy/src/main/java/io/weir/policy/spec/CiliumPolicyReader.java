package io.weir.policy.spec;

import io.weir.api.Problem;
import io.weir.api.row.Direction;
import io.weir.api.row.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy of {@code cilium.io/v2}. */
final class CiliumPolicyReader {
  private static final Set<String> SPEC =
      Set.of(
          "description",
          "endpointSelector",
          "nodeSelector",
          "ingress",
          "ingressDeny",
          "egress",
          "egressDeny",
          "labels",
          "enableDefaultDeny",
          "log");
  private static final Set<String> DEFAULT_DENY = Set.of("ingress", "egress");
  private static final Set<String> LABEL = Set.of("key", "source", "value");
  private static final Set<String> LOG = Set.of("value");

  private record Section(String name, Direction direction, boolean deny) {}

  private static final List<Section> SECTIONS =
      List.of(
          new Section("ingress", Direction.INGRESS, false),
          new Section("ingressDeny", Direction.INGRESS, true),
          new Section("egress", Direction.EGRESS, false),
          new Section("egressDeny", Direction.EGRESS, true));

  private final String namespace;
  private final boolean cidrsMatchNodes;
  private final List<Problem> warnings = new ArrayList<>();

  private CiliumPolicyReader(String namespace, boolean cidrsMatchNodes) {
    this.namespace = namespace;
    this.cidrsMatchNodes = cidrsMatchNodes;
  }

  /**
   * Reads one.
   *
   * @param cidrsMatchNodes whether address blocks are about nodes too, or the outside world only
   */
  static Policy read(Resource resource, boolean cidrsMatchNodes) {
    CiliumPolicyReader reader = new CiliumPolicyReader(resource.key().namespace(), cidrsMatchNodes);
    List<Spec> specs = new ArrayList<>();
    Node spec = Node.of(resource, "spec");
    Node several = Node.of(resource, "specs");
    if (spec.present()) {
      specs.add(reader.spec(spec, ""));
    }
    for (Node one : several.list()) {
      specs.add(reader.spec(one, one.path() + '.'));
    }
    if (specs.isEmpty()) {
      throw spec.refuse("spec or specs", "neither");
    }
    return new Policy(resource.key(), specs, reader.warnings);
  }

  private Spec spec(Node spec, String prefix) {
    if (!spec.present()) {
      throw spec.refuse("a map");
    }
    spec.only(SPEC);
    spec.field("description").optionalText();
    labels(spec.field("labels"));
    log(spec.field("log"));
    LabelSelector subject = subject(spec);
    boolean init = subject.demands(LabelSelector.INIT);
    CiliumRuleReader reader = new CiliumRuleReader(namespace, init, cidrsMatchNodes);
    List<Rule> rules = new ArrayList<>();
    boolean[] written = new boolean[2];
    for (Section section : SECTIONS) {
      int index = 0;
      for (Node rule : spec.field(section.name()).list()) {
        String name = prefix + section.name() + '[' + index++ + ']';
        rules.add(reader.read(rule, section.direction(), name, section.deny()));
        written[section.direction().ordinal()] = true;
      }
    }
    if (rules.isEmpty()) {
      throw spec.refuse("at least one rule in ingress, ingressDeny, egress or egressDeny", "none");
    }
    Node defaultDeny = spec.field("enableDefaultDeny");
    defaultDeny.only(DEFAULT_DENY);
    return new Spec(
        subject,
        isolates(defaultDeny.field("ingress"), written[Direction.INGRESS.ordinal()]),
        isolates(defaultDeny.field("egress"), written[Direction.EGRESS.ordinal()]),
        rules);
  }

  private static boolean isolates(Node flag, boolean byDefault) {
    return flag.present() ? flag.flag() : byDefault;
  }

  private LabelSelector subject(Node spec) {
    if (spec.field("nodeSelector").present()) {
      throw spec.field("nodeSelector").notEnforced();
    }
    Node written = spec.field("endpointSelector");
    if (!written.present()) {
      throw written.refuse("a selector; {} for all");
    }
    LabelSelector subject = SelectorReader.ofEndpoints(written);
    if (namespace.isEmpty() || subject.demands(LabelSelector.INIT)) {
      return subject;
    }
    for (Requirement requirement : subject.requirements()) {
      boolean foreign =
          requirement.key().equals(SelectorReader.NAMESPACE)
              && !requirement.equals(
                  Requirement.equal(requirement.source(), requirement.key(), namespace));
      if (foreign) {
        throw written.refuse(
            "pods of the policy's own namespace, " + namespace, requirement.toString());
      }
    }
    return subject.and(Requirement.equal("k8s", SelectorReader.NAMESPACE, namespace));
  }

  private static void labels(Node labels) {
    for (Node label : labels.list()) {
      label.only(LABEL);
      label.field("key").text();
      label.field("source").optionalText();
      label.field("value").optionalText();
    }
  }

  private void log(Node log) {
    if (log.present()) {
      log.only(LOG);
      log.field("value").optionalText();
      warnings.add(log.warning("it has no effect: flows do not show it yet"));
    }
  }
}
