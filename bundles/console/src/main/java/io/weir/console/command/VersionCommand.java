package io.weir.console.command;

import io.weir.api.StateFiles;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.osgi.framework.BundleContext;

/** The engine's name and version. */
@Service
@Command(scope = "weir", name = "version", description = "The engine's version.")
public final class VersionCommand implements Action {
  @Reference private BundleContext context;
  @Reference private StateFiles files;

  @Override
  public Object execute() {
    return "engine %s %s, Java %s"
        .formatted(
            files.places().node(),
            Bundles.version(context.getBundle()),
            Runtime.version().feature());
  }
}
