package io.weir.console.command;

import io.weir.api.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** The engine's bundles and their components, as the container sees them. */
public final class Bundles {
  private static final String PREFIX = "io.weir.";
  private static final String FAILED = " failed: ";

  private final BundleContext context;
  private final ServiceComponentRuntime components;

  public Bundles(BundleContext context, ServiceComponentRuntime components) {
    this.context = context;
    this.components = components;
  }

  public List<Bundle> all() {
    return Stream.of(context.getBundles())
        .filter(Bundles::ours)
        .sorted(Comparator.comparing(Bundle::getSymbolicName))
        .toList();
  }

  /** Weir's, and those of others that are made for it: they import what {@code api} exports. */
  public static boolean ours(Bundle bundle) {
    String imports = bundle.getHeaders("").get(Constants.IMPORT_PACKAGE);
    return String.valueOf(bundle.getSymbolicName()).startsWith(PREFIX)
        || imports != null && imports.contains("io.weir.api");
  }

  /**
   * A bundle by its symbolic name, or by what follows {@code io.weir.} in it.
   *
   * @throws io.weir.api.ProblemException when there is none
   */
  public Bundle named(String name) {
    return all().stream()
        .filter(
            bundle ->
                bundle.getSymbolicName().equals(name)
                    || bundle.getSymbolicName().equals(PREFIX + name))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.of(
                        "bundle " + name, "the name of a bundle of Weir", "none that is installed")
                    .remedy("list them by weir bundle list")
                    .asException());
  }

  /** Why a bundle does not do its work, one clause each; none where it does. */
  public List<String> faults(Bundle bundle) {
    if (bundle.getState() != Bundle.ACTIVE) {
      return List.of("it is " + state(bundle) + beside(bundle));
    }
    List<String> faults = new ArrayList<>();
    for (ComponentDescriptionDTO description : components.getComponentDescriptionDTOs(bundle)) {
      for (ComponentConfigurationDTO component :
          components.getComponentConfigurationDTOs(description)) {
        fault(component).forEach(faults::add);
      }
    }
    return faults;
  }

  /** Of a bundle there is one at a time, whoever installs another version of it. */
  private String beside(Bundle bundle) {
    return all().stream()
        .filter(
            other ->
                bundle.getState() == Bundle.INSTALLED
                    && other.getState() == Bundle.ACTIVE
                    && other.getSymbolicName().equals(bundle.getSymbolicName()))
        .map(other -> ": version " + version(other) + " is in force, which weir swap would replace")
        .findFirst()
        .orElse("");
  }

  /** Those of the faults that waiting does not mend. */
  public List<String> hopeless(Bundle bundle) {
    boolean active = bundle.getState() == Bundle.ACTIVE;
    return faults(bundle).stream().filter(fault -> !active || fault.contains(FAILED)).toList();
  }

  static String state(Bundle bundle) {
    return switch (bundle.getState()) {
      case Bundle.INSTALLED -> "installed, not resolved";
      case Bundle.RESOLVED -> "stopped";
      case Bundle.STARTING -> "starting";
      case Bundle.STOPPING -> "stopping";
      case Bundle.ACTIVE -> "active";
      default -> "uninstalled";
    };
  }

  public static String version(Bundle bundle) {
    return bundle.getHeaders().get(Constants.BUNDLE_VERSION);
  }

  /**
   * The service that is waited for; of a constructor's argument the reference's name is a number.
   */
  private static String what(ComponentDescriptionDTO component, UnsatisfiedReferenceDTO lacking) {
    return Stream.of(component.references)
        .filter(reference -> reference.name.equals(lacking.name))
        .map(reference -> reference.interfaceName)
        .findFirst()
        .orElse(lacking.name);
  }

  private static Stream<String> fault(ComponentConfigurationDTO component) {
    String name = component.description.name;
    return switch (component.state) {
      case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION ->
          Stream.of(name + " waits for its configuration");
      case ComponentConfigurationDTO.UNSATISFIED_REFERENCE ->
          Stream.of(component.unsatisfiedReferences)
              .map(reference -> name + " waits for " + what(component.description, reference));
      case ComponentConfigurationDTO.FAILED_ACTIVATION ->
          Stream.of(name + FAILED + component.failure.lines().findFirst().orElse(""));
      // Of a class that does not load the container says no more than that it is not active.
      case ComponentConfigurationDTO.SATISFIED ->
          component.description.immediate
              ? Stream.of(name + FAILED + "it has not begun; the log says why")
              : Stream.of();
      default -> Stream.of();
    };
  }
}
