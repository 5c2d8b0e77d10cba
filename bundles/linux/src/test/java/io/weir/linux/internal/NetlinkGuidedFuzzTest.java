package io.weir.linux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.ProblemException;
import io.weir.itests.testing.GuidedFuzz;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Answers of rtnetlink: understood, left out, or refused by a sentence. */
public class NetlinkGuidedFuzzTest {
  private static final List<Function<NetlinkReply, Object>> DECODERS =
      List.of(
          DeviceMessages::decode,
          DeviceMessages::running,
          AddressMessages::decode,
          RouteMessages::decode,
          NeighbourMessages::decode,
          RuleMessages::decode);

  @Test
  void should_hold_for_whatever_coverage_finds() {
    GuidedFuzz.java(NetlinkGuidedFuzzTest.class, NetlinkGuidedFuzzTest::fuzzerTestOneInput);
  }

  public static void fuzzerTestOneInput(byte[] input) {
    List<NetlinkReply.Framed> messages;
    try {
      messages = NetlinkReply.split(input, input.length);
    } catch (ProblemException e) {
      assertThat(e.getMessage()).startsWith("rtnetlink: expected a message of ");
      return;
    }
    for (NetlinkReply.Framed message : messages) {
      for (Function<NetlinkReply, Object> decoder : DECODERS) {
        try {
          assertThat(decoder.apply(new NetlinkReply(message.type(), message.body()))).isNotNull();
        } catch (ProblemException e) {
          assertThat(e.getMessage()).startsWith("rtnetlink: ").contains("expected at ");
        }
      }
    }
  }
}
