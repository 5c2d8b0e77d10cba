package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleListener;

/** The object files in bundle {@code io.weir.bpf}, which exports nothing and is found by name. */
final class ObjectBundle implements ObjectFiles, AutoCloseable {
  private static final String NAME = "io.weir.bpf";
  private static final String GROUP = "abi.";

  private final BundleContext context;
  private final BundleListener listener;

  /**
   * @param changed called when the bundle comes or has become another
   */
  ObjectBundle(BundleContext context, Runnable changed) {
    this.context = context;
    listener =
        event -> {
          boolean news =
              event.getType() == BundleEvent.INSTALLED || event.getType() == BundleEvent.UPDATED;
          if (news && NAME.equals(event.getBundle().getSymbolicName())) {
            changed.run();
          }
        };
    context.addBundleListener(listener);
  }

  @Override
  public byte[] object(String name) {
    return read("weir/" + name + ".bpf.o");
  }

  @Override
  public Map<String, Integer> groups() {
    Properties properties = new Properties();
    try {
      properties.load(new java.io.ByteArrayInputStream(read("weir/abi.properties")));
    } catch (IOException e) {
      throw new IllegalStateException("an array can be read", e);
    }
    Map<String, Integer> groups = new HashMap<>();
    for (String key : properties.stringPropertyNames()) {
      if (key.startsWith(GROUP)) {
        groups.put(
            key.substring(GROUP.length()), Integer.valueOf(properties.getProperty(key).strip()));
      }
    }
    return groups;
  }

  @Override
  public void close() {
    context.removeBundleListener(listener);
  }

  private byte[] read(String entry) {
    for (Bundle bundle : context.getBundles()) {
      URL url = NAME.equals(bundle.getSymbolicName()) ? bundle.getEntry(entry) : null;
      if (url != null) {
        try (InputStream in = url.openStream()) {
          return in.readAllBytes();
        } catch (IOException e) {
          throw new ProblemException(
              Problem.of("bundle " + NAME + ": " + entry, "a readable entry", e.toString()), e);
        }
      }
    }
    throw Problem.of("bundle " + NAME, "an installed bundle with " + entry, "none")
        .remedy("install feature weir-bpf")
        .asException();
  }
}
