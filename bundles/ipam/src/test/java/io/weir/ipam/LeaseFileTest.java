package io.weir.ipam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.row.Address;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LeaseFileTest {
  @Test
  void should_write_what_it_reads() {
    Leases leases =
        new Leases(
            new TreeMap<>(
                Map.of("c/eth0", List.of(Address.parse("10.0.0.2"), Address.parse("fd00::2")))),
            new TreeMap<>(Map.of(Address.parse("10.0.0.3"), 17L)),
            new TreeMap<>(Map.of(Leases.Family.IPV4, Address.parse("10.0.0.3"))));
    byte[] bytes = LeaseFile.encode(leases);
    assertThat(new String(bytes, UTF_8))
        .isEqualTo(
            "{\"version\":1,\"held\":{\"c/eth0\":[\"10.0.0.2\",\"fd00::2\"]},"
                + "\"released\":{\"10.0.0.3\":17},\"last\":[\"10.0.0.3\"]}");
    assertThat(LeaseFile.decode(bytes, 100)).isEqualTo(leases);
  }

  @Test
  void should_refuse_a_file_it_cannot_understand() {
    assertThatThrownBy(() -> LeaseFile.decode("{\"version\":2}".getBytes(UTF_8), 0))
        .hasMessage(
            "state/ipam.json: expected the addresses that were given out, version 1, got version 2;"
                + " restore the file; or remove it, then addresses of endpoints are taken over from them");
    for (String text :
        List.of(
            "",
            "[",
            "{\"version\":1}",
            "{\"version\":1,\"held\":{\"a\":[\"x\"]},\"released\":{},\"last\":[]}")) {
      assertThatThrownBy(() -> LeaseFile.decode(text.getBytes(UTF_8), 0))
          .hasMessageStartingWith("state/ipam.json: expected the addresses that were given out");
    }
  }
}
