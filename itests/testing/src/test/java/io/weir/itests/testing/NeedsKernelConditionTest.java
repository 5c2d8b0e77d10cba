package io.weir.itests.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class NeedsKernelConditionTest {
  @Test
  void should_compare_releases_by_number() {
    assertThat(NeedsKernelCondition.atLeast("6.18.44-fc", 6, 6)).isTrue();
    assertThat(NeedsKernelCondition.atLeast("6.6.0", 6, 6)).isTrue();
    assertThat(NeedsKernelCondition.atLeast("6.1.0-37-cloud-amd64", 6, 6)).isFalse();
    assertThat(NeedsKernelCondition.atLeast("5.19.0", 6, 6)).isFalse();
    assertThat(NeedsKernelCondition.atLeast("7.0-rc1", 6, 6)).isTrue();
  }

  @Test
  void should_refuse_a_feature_it_cannot_probe() {
    assertThatThrownBy(() -> NeedsKernelCondition.lack("tcxx"))
        .hasMessage("@NeedsKernel: no probe for tcxx");
  }
}
