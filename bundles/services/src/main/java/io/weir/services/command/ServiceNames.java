package io.weir.services.command;

import io.weir.api.row.WeirTables;
import io.weir.api.table.Tables;
import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;

/** Completes the names of services that have frontends. */
@Service
public final class ServiceNames implements Completer {
  @Reference private Tables tables;

  @Override
  public int complete(Session session, CommandLine commandLine, List<String> candidates) {
    StringsCompleter names = new StringsCompleter();
    tables
        .table(WeirTables.FRONTENDS)
        .snapshot()
        .rows()
        .forEach(row -> names.getStrings().add(ServicesCommand.nameOf(row.value().service())));
    return names.complete(session, commandLine, candidates);
  }
}
