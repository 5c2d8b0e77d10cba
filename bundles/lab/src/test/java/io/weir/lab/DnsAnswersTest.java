package io.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class DnsAnswersTest {
  private final ServiceNames names =
      ServiceNames.of(
          List.of(
              json(
                  """
                  {"metadata": {"name": "deathstar", "namespace": "default"},
                   "spec": {"clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7", "fd10:96::7"]}}
                  """),
              json(
                  """
                  {"metadata": {"name": "fleet", "namespace": "empire"}, "spec": {"clusterIP": "None"}}
                  """)),
          List.of(
              json(
                  """
                  {"metadata": {"name": "fleet-1", "namespace": "empire",
                                "labels": {"kubernetes.io/service-name": "fleet"}},
                   "endpoints": [{"addresses": ["10.244.0.2"]},
                                 {"addresses": ["10.244.0.3"], "conditions": {"ready": false}}]}
                  """)));

  @Test
  void should_answer_with_the_addresses_of_the_family_that_is_asked_for() throws IOException {
    assertThat(answers("deathstar.default.svc.cluster.local.", Type.A))
        .containsExactly("10.96.0.7");
    assertThat(answers("deathstar.default.svc.cluster.local.", Type.AAAA))
        .containsExactly("fd10:96:0:0:0:0:0:7");
    assertThat(answers("DeathStar.Default.SVC.cluster.local.", Type.A)).hasSize(1);
  }

  @Test
  void should_answer_for_a_headless_service_with_its_ready_endpoints() throws IOException {
    assertThat(answers("fleet.empire.svc.cluster.local.", Type.A)).containsExactly("10.244.0.2");
  }

  @Test
  void should_tell_a_name_without_such_an_address_from_one_that_is_not_there() throws IOException {
    Message none = ask("fleet.empire.svc.cluster.local.", Type.AAAA);
    Message nobody = ask("nosuch.default.svc.cluster.local.", Type.A);
    Message elsewhere = ask("deathstar.default.svc.example.com.", Type.A);

    assertThat(none.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(none.getSection(Section.ANSWER)).isEmpty();
    assertThat(none.getSection(Section.AUTHORITY)).hasSize(1);
    assertThat(nobody.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(elsewhere.getRcode()).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void should_answer_the_query_that_was_sent() throws IOException {
    Message query = query("deathstar.default.svc.cluster.local.", Type.A);
    Message answer = DnsAnswers.answer(query, names::find);

    assertThat(answer.getHeader().getID()).isEqualTo(query.getHeader().getID());
    assertThat(answer.getHeader().getFlag(Flags.QR)).isTrue();
    assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(answer.getQuestion()).isEqualTo(query.getQuestion());
  }

  private List<String> answers(String name, int type) throws IOException {
    return ask(name, type).getSection(Section.ANSWER).stream().map(Record::rdataToString).toList();
  }

  /** Over the wire's form, as a client sees it. */
  private Message ask(String name, int type) throws IOException {
    return new Message(DnsAnswers.answer(query(name, type), names::find).toWire());
  }

  private static Message query(String name, int type) throws IOException {
    return Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN));
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }
}
