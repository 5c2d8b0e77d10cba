package io.weir.services;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.row.ResourceKey;
import io.weir.services.Draft.Claim;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdsFileTest {
  private static final String TEXT =
      "{\"version\":1,\"next\":8,\"ids\":{\"7\":{\"address\":\"fd10:96::a\",\"port\":53,"
          + "\"protocol\":17,\"namespace\":\"kube-system\",\"service\":\"kube-dns\"}}}";

  private static final IdsFile.Content CONTENT =
      new IdsFile.Content(
          8,
          new TreeMap<>(
              Map.of(
                  7,
                  new Claim(
                      Some.frontend("fd10:96::a", 53, Protocol.UDP),
                      new ResourceKey("Service", "kube-system", "kube-dns")))));

  @Test
  void should_write_what_is_documented_and_read_it() {
    assertThat(new String(IdsFile.encode(CONTENT), UTF_8)).isEqualTo(TEXT);
    assertThat(IdsFile.decode(TEXT.getBytes(UTF_8))).isEqualTo(CONTENT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"version\":2,\"next\":1,\"ids\":{}}",
        "{\"version\":1,\"next\":0,\"ids\":{}}",
        "{\"version\":1,\"next\":1}",
        "{\"version\":1,\"next\":1,\"ids\":{\"0\":{}}}",
        "{\"version\":1,\"next\":1,\"ids\":{\"65536\":{}}}",
        "{\"version\":1,\"next\":1,\"ids\":{\"1\":{\"address\":\"x\",\"namespace\":\"a\","
            + "\"service\":\"b\"}}}",
        "{\"version\":1,\"next\":1,\"ids\":{\"1\":{\"address\":\"10.0.0.1\",\"service\":\"b\"}}}"
      })
  void should_refuse_anything_else(String text) {
    assertThatThrownBy(() -> IdsFile.decode(text.getBytes(UTF_8)))
        .hasMessageStartingWith(
            "state/services.json: expected numbers of frontends, version 1, got ")
        .hasMessageEndingWith("; restore the file; or remove it, then frontends get new numbers");
  }
}
