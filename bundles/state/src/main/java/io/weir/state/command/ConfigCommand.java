package io.weir.state.command;

import io.weir.state.SettingsService;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

@Command(
    scope = "weir",
    name = "config",
    description = "Every setting: its value, default, source and meaning.")
@Service
public final class ConfigCommand implements Action {
  @Reference private SettingsService settings;

  @Override
  public Object execute() {
    return settings.listing();
  }
}
