package io.weir.itests.cni;

import io.weir.api.Clock;
import io.weir.api.Settings;
import io.weir.api.StateFiles;
import io.weir.api.table.Tables;
import io.weir.datapath.DatapathComponent;
import io.weir.identity.IdentityController;
import io.weir.linux.Linux;
import io.weir.policy.PolicyController;
import java.lang.reflect.Proxy;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/** From labels to programs in the kernel: what decides of packets. */
final class Enforcement implements AutoCloseable {
  private final IdentityController identity;
  private final PolicyController policy;
  private final DatapathComponent datapath;
  private boolean closed;

  Enforcement(Tables tables, StateFiles files, Settings settings, Linux linux, Clock clock) {
    identity = new IdentityController(tables, settings, files, clock);
    policy = new PolicyController(tables, settings, files, clock);
    datapath = new DatapathComponent(bundles(), tables, files, settings, linux);
  }

  /** Takes programs, maps and links off the kernel, too. */
  void uninstall() {
    datapath.uninstall();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    datapath.stop();
    policy.deactivate();
    identity.deactivate();
  }

  /** A framework with one bundle, of the compiled programs, which are on the class path here. */
  private static BundleContext bundles() {
    Bundle programs =
        stub(
            Bundle.class,
            (method, argument) ->
                switch (method) {
                  case "getSymbolicName" -> "io.weir.bpf";
                  case "getEntry" -> Enforcement.class.getResource("/" + argument);
                  default -> throw new UnsupportedOperationException(method);
                });
    return stub(
        BundleContext.class,
        (method, argument) ->
            switch (method) {
              case "getBundles" -> new Bundle[] {programs};
              case "registerService" -> stub(ServiceRegistration.class, (name, nothing) -> null);
              case "addBundleListener", "removeBundleListener" -> null;
              default -> throw new UnsupportedOperationException(method);
            });
  }

  private interface Answers {
    Object answer(String method, Object argument);
  }

  private static <T> T stub(Class<T> type, Answers answers) {
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                answers.answer(method.getName(), arguments == null ? "" : arguments[0]));
    return type.cast(proxy);
  }
}
