package io.weir.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EndpointBookTest {
  @Test
  void should_read_what_it_writes() {
    EndpointBook book = EndpointBook.EMPTY.with(entry(1)).with(entry(2)).without(1);
    assertThat(EndpointBook.decode(book.encode())).isEqualTo(book);
  }

  @Test
  void should_not_give_an_id_again_at_once() {
    EndpointBook book = EndpointBook.EMPTY.with(entry(1)).without(1);
    assertThat(book.freeId()).contains(2);
    assertThat(EndpointBook.decode(book.encode()).freeId()).as("after a restart").contains(2);
  }

  @Test
  void should_begin_anew_behind_the_last_id() {
    EndpointBook book = new EndpointBook(65534, new TreeMap<>()).with(entry(1)).with(entry(65535));
    assertThat(book.freeId()).contains(2);
  }

  @Test
  void should_have_no_id_when_all_are_taken() {
    TreeMap<Integer, EndpointBook.Entry> all = new TreeMap<>();
    for (int id = 1; id <= 65535; id++) {
      all.put(id, entry(id));
    }
    assertThat(new EndpointBook(7, all).freeId()).isEmpty();
    all.remove(5);
    assertThat(new EndpointBook(7, all).freeId()).contains(5);
  }

  @Test
  void should_refuse_a_file_it_cannot_understand() {
    assertThatThrownBy(() -> EndpointBook.decode("{\"version\":3}".getBytes(UTF_8)))
        .hasMessage(
            "state/endpoints.json: expected the endpoints of this node, version 1, got version 3;"
                + " restore the file; or delete the pods of this node, remove it, and start again");
    for (String text :
        List.of("", "]", "{\"version\":1}", "{\"version\":1,\"endpoints\":[{\"id\":1}]}")) {
      assertThatThrownBy(() -> EndpointBook.decode(text.getBytes(UTF_8)))
          .hasMessageStartingWith("state/endpoints.json: expected the endpoints of this node");
    }
  }

  @Test
  void should_read_the_notes_of_the_plugin() {
    byte[] note = "CNI_COMMAND=DEL\0CNI_ARGS=A=1;B=2\0\0{\"name\":\"weir\"}".getBytes(UTF_8);
    DelNotes.Note read = DelNotes.parse(Path.of("x"), note);
    assertThat(read.environment())
        .containsEntry("CNI_COMMAND", "DEL")
        .containsEntry("CNI_ARGS", "A=1;B=2");
    assertThat(read.configuration()).isEqualTo("{\"name\":\"weir\"}");
    assertThat(DelNotes.parse(Path.of("x"), "A=".getBytes(UTF_8)).configuration()).isEmpty();
  }

  private static EndpointBook.Entry entry(int id) {
    return new EndpointBook.Entry(
        new Endpoint(
            id,
            "default",
            "web",
            "c" + id,
            "eth0",
            "weir" + id,
            0,
            "02:00:00:00:00:01",
            List.of(Address.parse("10.0.0.2")),
            77),
        "weir");
  }
}
