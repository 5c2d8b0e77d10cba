package io.weir.console;

import io.weir.api.Setting;
import io.weir.api.Settings;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Whether {@code weir shell} is wanted. The container's own commands are at a start level that the
 * container does not reach by itself: it is raised for those who want the shell, and lowered again.
 * In a container that has them at other levels nothing is started or stopped.
 */
@Component(service = ShellSwitch.class, immediate = true)
public final class ShellSwitch {
  /** What the distribution says, where the operator does not. */
  private static final String BY_DISTRIBUTION = System.getProperty("weir.shell", "true");

  static final Setting<Boolean> ENABLE_SHELL =
      Setting.flag(
          "enable-shell",
          Boolean.parseBoolean(BY_DISTRIBUTION),
          "whether weir shell opens the container's console, whose commands run then");

  private static final int COMMANDS_LEVEL = 110;

  private final BundleContext context;
  private final Settings.View settings;

  @Activate
  public ShellSwitch(BundleContext context, @Reference Settings declared) {
    this.context = context;
    settings = declared.declare("io.weir.console", this::obey, ENABLE_SHELL);
    obey();
  }

  @Deactivate
  void close() {
    settings.close();
  }

  boolean on() {
    return settings.get(ENABLE_SHELL);
  }

  private synchronized void obey() {
    if (settings == null) {
      return; // told before it is assigned: the constructor reads it then
    }
    FrameworkStartLevel level = context.getBundle(0).adapt(FrameworkStartLevel.class);
    boolean reached = level.getStartLevel() >= COMMANDS_LEVEL;
    boolean held =
        Stream.of(context.getBundles())
            .anyMatch(
                bundle -> bundle.adapt(BundleStartLevel.class).getStartLevel() == COMMANDS_LEVEL);
    if (held && reached != on()) {
      level.setStartLevel(on() ? COMMANDS_LEVEL : COMMANDS_LEVEL - 1);
    }
  }
}
