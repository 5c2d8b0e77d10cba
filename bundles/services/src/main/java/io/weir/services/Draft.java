package io.weir.services;

import io.weir.api.row.Backend;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.ResourceKey;
import java.util.Comparator;
import java.util.List;

/** A frontend that has no number yet. */
record Draft(Claim claim, String portName, List<Backend> backends) {
  /** What has a number: the same address of another service is another frontend. */
  record Claim(FrontendKey frontend, ResourceKey service) implements Comparable<Claim> {
    private static final Comparator<Claim> ORDER =
        Comparator.comparing(Claim::service)
            .thenComparing(claim -> claim.frontend().address())
            .thenComparing(claim -> claim.frontend().port())
            .thenComparing(claim -> claim.frontend().protocol());

    @Override
    public int compareTo(Claim other) {
      return ORDER.compare(this, other);
    }
  }

  Frontend numbered(int id) {
    return new Frontend(claim.frontend(), id, claim.service(), portName, backends);
  }
}
