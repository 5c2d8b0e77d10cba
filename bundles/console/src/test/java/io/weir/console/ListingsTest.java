package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Listing;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ListingsTest {
  private static final Listing PODS =
      Listing.of("pod", "identity", "addresses", "why")
          .row("default/xwing", 16777216L, List.of("10.0.0.2", "fd00:10::2"), "")
          .row("a", null, List.of(), "map full")
          .build();

  @Test
  void should_align_columns_under_their_names() {
    assertThat(Listings.table(PODS))
        .isEqualTo(
            """
            POD             IDENTITY   ADDRESSES             WHY
            default/xwing   16777216   10.0.0.2,fd00:10::2   -
            a               -          -                     map full
            """);
  }

  @Test
  void should_print_the_names_where_there_are_no_rows() {
    assertThat(Listings.table(Listing.of("pod", "why").build())).isEqualTo("POD   WHY\n");
    assertThat(Listings.json(Listing.of("pod", "why").build())).isEqualTo("[]\n");
  }

  @Test
  void should_print_an_object_a_line_with_values_as_they_are() {
    assertThat(Listings.json(PODS))
        .isEqualTo(
            """
            [
            {"pod":"default/xwing","identity":16777216,"addresses":["10.0.0.2","fd00:10::2"],"why":""},
            {"pod":"a","identity":null,"addresses":[],"why":"map full"}
            ]
            """);
  }

  @Test
  void should_print_maps_and_letters_of_any_language() {
    TreeMap<String, Object> statuses = new TreeMap<>();
    statuses.put("b", "done");
    statuses.put("a", 1);
    Listing listing = Listing.of("status", "x").row(statuses, 1).row("ö\uD83D\uDE00", 2).build();
    assertThat(Listings.table(listing))
        .isEqualTo("STATUS       X\na=1,b=done   1\nö\uD83D\uDE00           2\n");
    assertThat(Listings.json(listing)).contains("{\"status\":{\"a\":1,\"b\":\"done\"},\"x\":1}");
  }

  @Test
  void should_let_no_value_steer_the_terminal() {
    Listing listing =
        Listing.of("a").row("red \u001b[31m").row("two\nlines\r\t").row("csi \u009b31m").build();
    assertThat(Listings.table(listing)).isEqualTo("A\nred ?[31m\ntwo\\nlines??\ncsi ?31m\n");
  }
}
