package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.BpfBuild;
import io.weir.itests.testing.NeedsRoot;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.Linux;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsRoot
class LoadKernelTest {
  @ParameterizedTest
  @ValueSource(strings = {"pod", "host", "sock", "clock", "tell"})
  void should_load_every_program(String name) {
    try (Linux linux = Linux.open();
        BpfObject object = linux.bpf().open(name, BpfBuild.object(name))) {
      object.load();
      assertThat(object.programs()).isNotEmpty();
      for (String each : object.programs()) {
        try (BpfProgram program = object.program(each)) {
          assertThat(each).startsWith(program.info().name());
        }
      }
    }
  }
}
