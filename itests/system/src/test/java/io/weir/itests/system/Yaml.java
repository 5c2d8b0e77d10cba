package io.weir.itests.system;

/** Manifests that tests have in common. */
final class Yaml {
  private Yaml() {}

  /** A pod that waits for commands. */
  static String shell(String namespace, String name, String labels) {
    return pod(namespace, name, labels, "weir.io/lab/shell");
  }

  /** A pod that answers HTTP and UDP on port 80 with who asked. */
  static String echo(String namespace, String name, String labels) {
    return pod(namespace, name, labels, "weir.io/lab/echo");
  }

  /** A service of both families: port 80, TCP and UDP. */
  static String service(String namespace, String name, String selector) {
    return """
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: %s, namespace: %s}
    spec:
      ipFamilyPolicy: PreferDualStack
      selector: {%s}
      ports:
      - {name: http, port: 80, protocol: TCP}
      - {name: echo, port: 80, protocol: UDP}
    """
        .formatted(name, namespace, selector);
  }

  static String namespace(String name) {
    return """
    ---
    apiVersion: v1
    kind: Namespace
    metadata: {name: %s}
    """
        .formatted(name);
  }

  /**
   * Lets in, at the pods of {@code to}, port 80 from the pods of {@code from}, and nothing else.
   */
  static String ingress(String namespace, String name, String to, String from) {
    return """
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: %s, namespace: %s}
    spec:
      podSelector: {matchLabels: {%s}}
      policyTypes: [Ingress]
      ingress:
      - from: [{podSelector: {matchLabels: {%s}}}]
        ports: [{port: 80, protocol: TCP}]
    """
        .formatted(name, namespace, to, from);
  }

  private static String pod(String namespace, String name, String labels, String image) {
    return """
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, namespace: %s, labels: {%s}}
    spec:
      containers: [{name: main, image: %s}]
    """
        .formatted(name, namespace, labels, image);
  }
}
