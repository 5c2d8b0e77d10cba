package io.weir.console.command;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.StateFiles;
import io.weir.api.Uninstaller;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.Session;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** Takes what the engine has put into the node away again: shows it, asks, and does it. */
@Service
@Command(
    scope = "weir",
    name = "uninstall",
    description = "Takes Weir off this node: programs, maps, devices, routes, rules.")
public final class UninstallCommand implements Action {
  @Option(name = "-y", aliases = "--yes", description = "do not ask")
  private boolean yes;

  @Reference private BundleContext context;
  @Reference private StateFiles files;
  @Reference private Session session;

  @Override
  public Object execute() throws IOException, InvalidSyntaxException {
    List<Uninstaller> uninstallers = new ArrayList<>();
    for (ServiceReference<Uninstaller> reference :
        context.getServiceReferences(Uninstaller.class, null)) {
      uninstallers.add(context.getService(reference));
    }
    uninstallers.sort(Comparator.comparingInt(Uninstaller::order));
    if (!yes && !agreed(uninstallers)) {
      throw Problem.of("uninstall", "yes", "another answer")
          .remedy("nothing was taken away")
          .asException();
    }
    Listing.Builder listing = Listing.of("what", "state", "why");
    for (Uninstaller each : uninstallers) {
      try {
        each.uninstall();
        listing.row(each.what(), "gone", "");
        each.left().forEach(left -> listing.row(left.where(), "left", left.sentence()));
      } catch (ProblemException e) {
        listing.row(each.what(), "still there", e.getMessage());
        listing.incomplete();
      }
    }
    session
        .getConsole()
        .println(
            "The engine runs on without effect: weir stop ends it. Its files stay in "
                + files.places().base()
                + ".");
    return listing.build();
  }

  private boolean agreed(List<Uninstaller> uninstallers) throws IOException {
    session.getConsole().println("This takes away, and pods lose their network with it:");
    uninstallers.forEach(each -> session.getConsole().println("  " + each.what()));
    session.getConsole().print("Type yes to go on: ");
    session.getConsole().flush();
    String answer =
        new BufferedReader(new InputStreamReader(session.getKeyboard(), StandardCharsets.UTF_8))
            .readLine();
    return "yes".equals(answer == null ? "" : answer.strip());
  }
}
