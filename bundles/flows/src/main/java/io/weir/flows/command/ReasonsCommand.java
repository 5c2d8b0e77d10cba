package io.weir.flows.command;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.flows.Reasons;
import java.util.Collection;
import java.util.List;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Lists the reasons for which packets are dropped, or one of them, with what to do. */
@Service
@Command(scope = "weir", name = "reasons", description = "Why packets are dropped, and what to do")
public final class ReasonsCommand implements Action {
  @Argument(name = "NUMBER|NAME", description = "only this one")
  private String one;

  @Override
  public Object execute() {
    Collection<Reasons> chosen = one == null ? Reasons.all() : List.of(find());
    Listing.Builder listing = Listing.of("number", "name", "text", "what-to-do");
    chosen.forEach(
        reason -> listing.row(reason.number(), reason.name(), reason.words(), reason.remedy()));
    return listing.build();
  }

  private Reasons find() {
    return Reasons.find(one)
        .orElseThrow(
            () ->
                Problem.of("reason " + one, "a reason's number or name", "none that is known")
                    .remedy("list them by weir reasons")
                    .asException());
  }
}
