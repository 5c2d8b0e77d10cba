package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.datapath.Translations.Destination;
import io.weir.datapath.Translations.Talk;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.DropsLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Notices that flows were dropped for lack of a port, and says of which destination, and who has
 * them.
 */
final class Exhaustion {
  private static final int TALKERS = 3;

  private final Kernel kernel;
  private long before;

  Exhaustion(Kernel kernel) {
    this.kernel = kernel;
    before = dropped();
  }

  /**
   * What has run out since the last call, the fullest destination first.
   *
   * @param pods names by address
   */
  List<Problem> look(MasqueradeSettings.Ports ports, Function<Address, String> pods) {
    long now = dropped();
    boolean more = now != before;
    before = now;
    return more
        ? problems(Translations.count(kernel.map("nat4"), kernel.map("nat6")), ports, pods)
        : List.of();
  }

  /**
   * @param talks those of most flows first
   */
  static List<Problem> problems(
      List<Map.Entry<Talk, Integer>> talks,
      MasqueradeSettings.Ports ports,
      Function<Address, String> pods) {
    Map<Destination, Integer> sums = new HashMap<>();
    talks.forEach(talk -> sums.merge(talk.getKey().destination(), talk.getValue(), Integer::sum));
    List<Problem> problems = new ArrayList<>();
    sums.entrySet().stream()
        .filter(sum -> sum.getValue() >= ports.count() * 9L / 10)
        .sorted(Map.Entry.<Destination, Integer>comparingByValue().reversed())
        .forEach(
            entry -> {
              Destination destination = entry.getKey();
              List<String> most =
                  talks.stream()
                      .filter(talk -> talk.getKey().destination().equals(destination))
                      .limit(TALKERS)
                      .map(talk -> pods.apply(talk.getKey().pod()) + " has " + talk.getValue())
                      .toList();
              problems.add(
                  Problem.of(
                          "masquerade as %s to %s".formatted(destination.from(), destination),
                          "a free port of " + ports,
                          "%s flows, of which %s"
                              .formatted(entry.getValue(), String.join(", ", most)))
                      .remedy(
                          "see weir nat; have them use fewer connections, or widen masquerade-ports"));
            });
    return problems;
  }

  private long dropped() {
    long packets = 0;
    for (int side = 0; side < 2; side++) {
      int place = Abi.REASON_PORTS_TAKEN * 2 + side;
      byte[] values = kernel.map("drops").lookup(Revisions.word(place)).orElseThrow();
      for (int at = 0; at < values.length; at += DropsLayout.SIZE) {
        packets += DropsLayout.packets(values, at);
      }
    }
    return packets;
  }
}
