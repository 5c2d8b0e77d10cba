package io.weir.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Frontend;
import io.weir.api.row.Resource;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrontendsTest {
  private final ServiceBook book = new ServiceBook();

  @Test
  void should_give_one_address_to_one_service_and_say_which_has_it() {
    Frontends outcome =
        number(
            new Ids(IdsFile.Content.EMPTY, 0),
            Some.web("b", "fd10:96::1"),
            Some.web("a", "fd10:96::1"));
    assertThat(outcome.rows().values())
        .extracting(Frontend::service)
        .containsExactly(Some.key("a"));
    assertThat(outcome.refused()).containsOnlyKeys(Some.key("b"));
    assertThat(outcome.refused().get(Some.key("b")).sentence())
        .isEqualTo(
            "a.yaml:3: Service/default/b: spec.clusterIPs: expected an address and port that no"
                + " other Service has, got [fd10:96::1]:80, which Service/default/a has; change"
                + " one of them");
  }

  @Test
  void should_say_that_numbers_are_used_up_and_serve_those_that_have_one() {
    Ids two = new Ids(IdsFile.Content.EMPTY, 0, 2);
    number(two, Some.web("a", "10.96.0.1"), Some.web("z", "10.96.0.9"));
    book.apply(Some.gone(Some.web("a", "10.96.0.1")));
    Frontends outcome = number(two, Some.web("b", "10.96.0.2"));
    assertThat(outcome.rows().values())
        .extracting(Frontend::service)
        .containsExactly(Some.key("z"));
    assertThat(outcome.refused()).containsOnlyKeys(Some.key("b"));
    assertThat(outcome.refused().get(Some.key("b")).sentence())
        .isEqualTo(
            "a.yaml:3: Service/default/b: spec.ports: expected a free number for each address and"
                + " port, got 1 in use and 1 released less than 60 s ago; delete Services that are"
                + " not used");
  }

  private Frontends number(Ids ids, Resource... services) {
    book.apply(Some.changes(List.of(services).toArray(Resource[]::new)));
    return Frontends.number(book.standings(), ids, 0);
  }
}
