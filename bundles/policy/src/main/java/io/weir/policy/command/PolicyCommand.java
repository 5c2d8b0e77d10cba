package io.weir.policy.command;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.row.PolicyRule;
import io.weir.api.table.Tables;
import io.weir.policy.explain.Explanation;
import io.weir.policy.explain.Picture;
import io.weir.policy.explain.Question;
import java.util.List;
import java.util.Locale;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code policy explain FROM TO:PORT/PROTOCOL}: which rules let a flow pass, or do not. */
@Service
@Command(
    scope = "weir",
    name = "policy",
    description = "explain FROM TO:PORT/PROTOCOL: the rules that decide on a flow")
public final class PolicyCommand implements Action {
  @Argument(name = "WORDS", description = "explain FROM TO:PORT/PROTOCOL", multiValued = true)
  private List<String> words;

  @Reference private Tables tables;

  @Override
  public Object execute() {
    if (words == null || words.size() != 3 || !words.get(0).equals("explain")) {
      throw Problem.of(
              "policy",
              "explain FROM TO:PORT/PROTOCOL",
              words == null ? "nothing" : '"' + String.join(" ", words) + '"')
          .asException();
    }
    Picture picture = Picture.of(tables);
    Question question = Question.parse(words.get(1), words.get(2), picture);
    Explanation explanation = Explanation.of(question, picture);
    Listing.Builder listing =
        Listing.of(
            "direction",
            "of",
            "identity",
            "peer",
            "peer-identity",
            "verdict",
            "policy",
            "rule",
            "reason",
            "slot",
            "class");
    for (Explanation.Side side : explanation.sides()) {
      boolean out = side.owner() == question.from();
      var peer = out ? question.to() : question.from();
      listing.row(
          side.direction().name().toLowerCase(Locale.ROOT),
          side.owner().name(),
          side.owner().identity(),
          peer.name(),
          peer.identity(),
          side.decision().passes() ? "allowed" : "denied",
          side.rule().map(PolicyRule::policy).map(Object::toString).orElse(""),
          side.rule().map(PolicyRule::section).orElse(""),
          side.reason(),
          side.slot(),
          side.decision().peerClass());
    }
    listing.row(
        "both",
        question.from().name(),
        question.from().identity(),
        question.to().name(),
        question.to().identity(),
        explanation.passes() ? "allowed" : "denied",
        "",
        "",
        explanation.sides().isEmpty() ? "no policy of this node has a say" : "",
        null,
        null);
    return listing.build();
  }
}
