package io.weir.console.sysdump;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
  private static final String PLANTED = "hunter2hunter2";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password: hunter2hunter2",
        "db.password = hunter2hunter2 and more of hunter2hunter2",
        "POSTGRES_PASSWORD=hunter2hunter2",
        "{\"token\":\"hunter2hunter2\"}",
        "{\"clientSecret\": \"hunter2 \\\"hunter2hunter2\"}",
        "apiKey: 'hunter2hunter2'",
        "--token hunter2hunter2",
        "--password=hunter2hunter2",
        "args: [\"--token\", \"hunter2hunter2\"]",
        "- --db-password\n- hunter2hunter2",
        "- name: DB_PASSWORD\n  value: hunter2hunter2",
        "- value: hunter2hunter2\n  name: DB_PASSWORD",
        "{name: DB_TOKEN, value: hunter2hunter2}",
        "{\"name\":\"DB_TOKEN\",\"value\":\"hunter2hunter2\"}",
        "Authorization: Bearer hunter2hunter2",
        "got header bearer hunter2hunter2",
        "https://user:hunter2hunter2@example.org/",
        "eyJhbGciOiJI.hunter2hunter2.c2ln",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2hunter2\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nhunter2hunter2",
        "wireguard.private-key=hunter2hunter2",
        "ipsec-key: hunter2hunter2"
      })
  void should_take_planted_secrets_out_of_any_text(String text) {
    assertThat(Redaction.text(text)).doesNotContain(PLANTED).contains("(left out)");
    assertThat(Redaction.documents(text)).doesNotContain(PLANTED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kind: Secret\ndata: {a: hunter2hunter2}",
        "{\"kind\":\"Secret\",\"stringData\":{\"a\":\"hunter2hunter2\"}}",
        "kind: List\nitems:\n- kind: Secret\n  data:\n    a: hunter2hunter2",
        "password: |\n  one\n  hunter2hunter2",
        "tls-keys:\n- hunter2hunter2",
        "  token: >-\n    a\n\n    hunter2hunter2\n",
        "credentials:\n  a:\n    b: hunter2hunter2",
        "- psk:\n    hunter2hunter2"
      })
  void should_take_secrets_out_of_documents(String text) {
    assertThat(Redaction.documents(text)).doesNotContain(PLANTED).contains("(left out)");
  }

  @Test
  void should_leave_other_documents_and_keys_as_they_are() {
    String text = "kind: Service\nspec:\n  ports:\n  - port: 80\n    name: http\n";
    assertThat(Redaction.documents(text + "---\nkind: Secret\ndata: {a: b}\n---\n" + text))
        .isEqualTo(text + "---\n# a document with a Secret: (left out)\n---\n" + text);
    assertThat(Redaction.documents("a: 1\npassword: x\nb: 2"))
        .isEqualTo("a: 1\npassword: (left out)\nb: 2");
    String line = "{\"key\":\"10.0.0.1 80 6\",\"policy\":\"a\",\"value\":7} key=3 monkey: 1";
    assertThat(Redaction.text(line)).isEqualTo(line);
  }

  @Test
  void should_bear_long_lines_and_quotes() {
    String escapes = "\\\"".repeat(100_000);
    assertThat(Redaction.text("\"token\":\"" + escapes + PLANTED + "\",\"a\":\"b\""))
        .isEqualTo("\"token\":\"(left out)\",\"a\":\"b\"");
    String word = "a-".repeat(500_000);
    assertThat(Redaction.text(word)).isEqualTo(word);
  }

  @Test
  void should_take_secrets_out_of_rows() {
    Map<String, Object> row =
        Map.of(
            "key", "Secret/default/db",
            "body", Map.of("data", Map.of("a", PLANTED)),
            "annotations", Map.of("x", PLANTED));
    Map<String, Object> other =
        Map.of(
            "key", "Pod/default/web",
            "args", List.of("--token", PLANTED, "--port", "80"),
            "env", List.of(Map.of("name", "API_TOKEN", "value", PLANTED)),
            "annotations", Map.of("a/last-applied-configuration", PLANTED),
            "text", "{\"kind\":\"Secret\",\"data\":\"" + PLANTED + "\"}",
            "password", List.of(PLANTED),
            "sessionKey", PLANTED);
    String safe = Redaction.value(List.of(row, other)).toString();
    assertThat(safe)
        .doesNotContain(PLANTED)
        .contains("Secret/default/db", "Pod/default/web", "--port, 80");
  }
}
