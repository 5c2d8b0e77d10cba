package io.weir.itests.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.guest.GuestReport.Check;
import io.weir.itests.guest.GuestReport.Program;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Every program of every object on Debian 12's 6.1 kernel, the oldest that is supported, which has
 * clsact and no tcx. The guest boots once for all of these; what it said stays in {@code
 * target/console.log}, the verifier's logs in {@code target/verifier}. Needs no root.
 */
class GuestKernelTest {
  private final GuestReport report = Guest.booted().report();
  private final List<String> built =
      Guest.booted().objects().entrySet().stream()
          .flatMap(
              object ->
                  object.getValue().programs().stream()
                      .map(program -> object.getKey() + "/" + program.name()))
          .toList();

  @Test
  void should_be_the_kernel_that_is_the_oldest_supported() {
    assertThat(report.release()).startsWith("6.1.");
  }

  @Test
  void should_load_every_program_that_was_built() {
    assertThat(built).contains("pod/from_pod", "pod/to_pod", "sock/connect4");
    assertThat(report.programs().stream().filter(Program::loaded).map(GuestKernelTest::name))
        .as(report.complaints())
        .containsExactlyInAnyOrderElementsOf(built);
  }

  @Test
  void should_attach_replace_and_detach_every_program() {
    assertThat(report.programs()).isNotEmpty();
    assertThat(report.complaints()).isEmpty();
  }

  @Test
  void should_keep_what_the_verifier_said_of_each_program() {
    assertThat(report.programs())
        .isNotEmpty()
        .allSatisfy(program -> assertThat(report.log(program)).content().contains("processed "));
  }

  @Test
  void should_let_through_and_drop_what_the_maps_say() {
    assertThat(report.checks()).extracting(Check::name).contains("IPv4 goes", "service at connect");
    assertThat(report.checks()).allMatch(Check::ok);
  }

  private static String name(Program program) {
    return program.object() + "/" + program.name();
  }
}
