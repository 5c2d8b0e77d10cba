package io.weir.services;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.ResourceKey;
import io.weir.services.Draft.Claim;
import io.weir.services.ServiceBook.Standing;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The rows, and the services of which something cannot be had.
 *
 * @param rows to be written once the numbers are on the disk
 * @param refused why a service has not all of its frontends
 */
record Frontends(Map<FrontendKey, Frontend> rows, Map<ResourceKey, Problem> refused) {
  /** Numbers the drafts; of two services with one address the first by key has it. */
  static Frontends number(SortedMap<ResourceKey, Standing> standings, Ids ids, long now) {
    Map<ResourceKey, Problem> refused = new TreeMap<>();
    Map<FrontendKey, Draft> drafts = new LinkedHashMap<>();
    for (Standing standing : standings.values()) {
      for (Draft draft : standing.drafts()) {
        Draft other = drafts.putIfAbsent(draft.claim().frontend(), draft);
        if (other != null) {
          refused.putIfAbsent(draft.claim().service(), taken(standing, draft, other));
        }
      }
    }
    HashSet<Claim> wanted = new HashSet<>();
    drafts.values().forEach(draft -> wanted.add(draft.claim()));
    for (Claim claim : ids.use(wanted, now)) {
      refused.putIfAbsent(claim.service(), exhausted(standings.get(claim.service()), ids));
    }
    Map<FrontendKey, Frontend> rows = new HashMap<>();
    drafts.forEach(
        (key, draft) -> ids.id(draft.claim()).ifPresent(id -> rows.put(key, draft.numbered(id))));
    return new Frontends(rows, refused);
  }

  /** {@code 10.96.0.1:80}, {@code [fd10:96::1]:80}. */
  static String text(Address address, int port) {
    return (address.ipv6() ? "[" + address + "]" : address.toString()) + ":" + port;
  }

  private static Problem taken(Standing standing, Draft draft, Draft other) {
    FrontendKey key = draft.claim().frontend();
    return standing
        .written()
        .problem(
            "spec.clusterIPs",
            "an address and port that no other Service has",
            text(key.address(), key.port()) + ", which " + other.claim().service() + " has")
        .remedy("change one of them");
  }

  private static Problem exhausted(Standing standing, Ids ids) {
    String came = ids.inUse() + " in use";
    if (ids.resting() > 0) {
      came += " and " + ids.resting() + " released less than " + Ids.REST.toSeconds() + " s ago";
    }
    return standing
        .written()
        .problem("spec.ports", "a free number for each address and port", came)
        .remedy("delete Services that are not used");
  }
}
