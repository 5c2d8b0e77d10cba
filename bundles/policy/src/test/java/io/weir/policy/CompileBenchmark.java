package io.weir.policy;

import io.weir.api.row.Resource;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What compiling costs: 1,000 policies of two rules, 500 pods of as many identities. Run by {@code
 * -Dtest=CompileBenchmark}; the figures are in {@code docs/policy.md}.
 */
class CompileBenchmark {
  private static final int POLICIES = 1_000;
  private static final int PODS = 500;

  @Test
  void measure() {
    load(50, 50);
    World world = new World();
    for (int i = 0; i < PODS; i++) {
      pod(world, i);
    }
    long before = heap();
    world.update();
    long empty = heap();
    List<Resource> parsed = IntStream.range(0, POLICIES).mapToObj(i -> policy(i, 80)).toList();
    long start = System.nanoTime();
    for (int i = 0; i < POLICIES; i++) {
      world.apply(parsed.get(i));
    }
    print("read %d policies", since(start), POLICIES);
    long read = heap();
    start = System.nanoTime();
    world.update();
    print("compile %d policies for %d pods", since(start), POLICIES, PODS);
    long full = heap();
    System.out.printf(
        Locale.ROOT,
        "heap: %d kB for pods, %d B a rule read, %d B a rule compiled%n",
        (empty - before) / 1024,
        (read - empty) / (2 * POLICIES),
        (full - read) / (2 * POLICIES));
    double sum = 0;
    for (int i = 0; i < 100; i++) {
      Resource changed = policy(i, 81);
      world.tell();
      start = System.nanoTime();
      world.apply(changed);
      world.engine().update(world.now());
      sum += since(start);
    }
    print("one policy changed, mean of 100", sum / 100);
    sum = 0;
    for (int i = 0; i < 50; i++) {
      pod(world, PODS + i);
      world.tell();
      start = System.nanoTime();
      world.engine().update(world.now());
      sum += since(start);
    }
    print("one pod of a new identity, mean of 50", sum / 50);
    System.out.println(
        "rows: " + world.engine().compiled().rows().size() + " of compiled policies");
  }

  private static void load(int policies, int pods) {
    World world = new World();
    for (int i = 0; i < pods; i++) {
      pod(world, i);
    }
    for (int i = 0; i < policies; i++) {
      world.apply(policy(i, 80));
      world.update();
    }
  }

  private static void pod(World world, int i) {
    world.apply(
        Texts.resource(
            "{kind: Pod, metadata: {name: p%d, labels: {app: a%d, tier: t%d}}}"
                .formatted(i, i, i % 10)));
  }

  private static Resource policy(int i, int port) {
    return Texts.resource(
        """
            kind: NetworkPolicy
            metadata: {name: q%d}
            spec:
              podSelector: {matchLabels: {app: a%d}}
              policyTypes: [Ingress, Egress]
              ingress: [{from: [{podSelector: {matchLabels: {tier: t%d}}}], ports: [{port: %d}]}]
              egress: [{to: [{podSelector: {matchLabels: {app: a%d}}}]}]
            """
            .formatted(i, i % PODS, i % 10, port, (i + 1) % PODS));
  }

  private static void print(String what, double millis, Object... values) {
    System.out.printf(Locale.ROOT, what + ": %.2f ms%n", append(values, millis));
  }

  private static Object[] append(Object[] values, Object last) {
    Object[] all = java.util.Arrays.copyOf(values, values.length + 1);
    all[values.length] = last;
    return all;
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e6;
  }

  private static long heap() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
