package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bundle is replaced while a pod asks by new connections, through name, service and policy. */
@NeedsRoot
@ExtendWith(SharedLab.class)
class SwapLabKernelTest {
  private static final int UPDATES = 3;

  private final Lab lab;

  SwapLabKernelTest(Lab lab) {
    this.lab = lab;
  }

  @BeforeAll
  static void pods(Lab lab) {
    lab.apply(
        Yaml.namespace("swap")
            + Yaml.echo("swap", "server", "app: server")
            + Yaml.shell("swap", "client", "app: client")
            + Yaml.shell("swap", "stranger", "app: stranger")
            + Yaml.service("swap", "web", "app: server")
            + Yaml.ingress("swap", "only-client", "app: server", "app: client"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"policy", "identity", "services", "flows"})
  void should_fail_no_request_while_a_bundle_is_replaced(String bundle) {
    try (Asking asking = Asking.start(lab, "swap/client", "http://web/")) {
      for (int update = 0; update < UPDATES; update++) {
        lab.weir("bundle", "update", "io.weir." + bundle);
        asking.awaitMore(10);
      }

      assertThat(asking.failures()).isEmpty();
    }
    assertThat(lab.tryWeir("", "status").code()).as(lab.tryWeir("", "status").told()).isZero();
    // What follows shows that the new one works, not only that the kernel goes on.
    String url = "http://" + lab.addresses("swap/server").get(0) + "/";
    assertThat(lab.reaches("swap/stranger", url)).isFalse();
    lab.apply(Yaml.shell("swap", "stranger", "app: client"));
    assertThat(lab.reaches("swap/stranger", url)).isTrue();
    lab.apply(Yaml.shell("swap", "stranger", "app: stranger"));
    assertThat(lab.reaches("swap/stranger", url)).isFalse();
  }
}
