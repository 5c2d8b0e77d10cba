package io.weir.itests.system;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * One lab for the classes that only add resources: it goes up with the first and down after the
 * last. Each class keeps to namespaces of its own.
 */
final class SharedLab implements BeforeAllCallback, ParameterResolver {
  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(SharedLab.class);

  private static final class Held implements ExtensionContext.Store.CloseableResource {
    private final Lab lab = new Lab("sys");

    Held() {
      lab.up();
    }

    @Override
    public void close() {
      lab.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    held(context);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Lab.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return held(context).lab;
  }

  private static Held held(ExtensionContext context) {
    return context.getRoot().getStore(STORE).getOrComputeIfAbsent(Held.class);
  }
}
