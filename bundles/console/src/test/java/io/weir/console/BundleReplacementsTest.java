package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;

class BundleReplacementsTest {
  private static final String OURS = "io.weir.one";
  private static final int LEVEL = 100;

  private final List<Bundle> bundles = new ArrayList<>();
  private final BundleContext context =
      fake(
          BundleContext.class,
          Map.of(
              "getBundle", () -> container(), "getBundles", () -> bundles.toArray(Bundle[]::new)));
  private final Bundle container =
      fake(
          Bundle.class,
          Map.of(
              "getBundleContext", () -> context,
              "adapt", () -> level(LEVEL),
              "getState", () -> Bundle.ACTIVE));
  private long now = TimeUnit.HOURS.toNanos(1);
  private final BundleReplacements replacements = new BundleReplacements(context, () -> now);

  @Test
  void should_wait_for_bundles_of_ours_that_are_to_start() {
    bundles.add(bundle(OURS, Bundle.ACTIVE, true, LEVEL));
    assertThat(replacements.starting()).as("all have started").isFalse();
    bundles.add(bundle(OURS, Bundle.RESOLVED, true, LEVEL));
    assertThat(replacements.starting()).isTrue();
  }

  @Test
  void should_not_wait_for_others_nor_for_what_is_stopped_or_off() {
    bundles.add(bundle("org.other", Bundle.RESOLVED, true, LEVEL));
    bundles.add(bundle(OURS, Bundle.RESOLVED, false, LEVEL));
    bundles.add(bundle(OURS, Bundle.RESOLVED, true, LEVEL + 1));
    bundles.add(bundle(OURS, Bundle.INSTALLED, true, LEVEL));
    assertThat(replacements.starting()).isFalse();
  }

  @Test
  void should_not_have_changes_wait_for_a_bundle_that_never_starts() {
    bundles.add(bundle(OURS, Bundle.RESOLVED, true, LEVEL));
    now += TimeUnit.SECONDS.toNanos(3);
    assertThat(replacements.starting()).isFalse();
    assertThat(replacements.coming()).as("who asks for its verb waits").isTrue();
    happens(BundleEvent.STOPPED);
    assertThat(replacements.starting()).as("the container is at it again").isTrue();
  }

  @Test
  void should_wait_for_verbs_a_little_longer_than_for_their_bundle() {
    now += TimeUnit.SECONDS.toNanos(3);
    assertThat(replacements.coming()).isFalse();
    happens(BundleEvent.STOPPED);
    assertThat(replacements.coming()).isFalse();
    happens(BundleEvent.STARTED);
    assertThat(replacements.coming()).isTrue();
  }

  @Test
  void should_have_left_for_good_though_its_bundle_is_active_again() {
    assertThat(replacements.left()).isFalse();
    replacements.leave();
    assertThat(replacements.left()).isTrue();
  }

  private void happens(int type) {
    replacements.bundleChanged(new BundleEvent(type, bundle(OURS, Bundle.ACTIVE, true, LEVEL)));
  }

  private Bundle container() {
    return container;
  }

  private static Bundle bundle(String name, int state, boolean started, int level) {
    Dictionary<String, String> headers = new Hashtable<>(Map.of(Constants.BUNDLE_NAME, name));
    BundleStartLevel own =
        fake(
            BundleStartLevel.class,
            Map.of("isPersistentlyStarted", () -> started, "getStartLevel", () -> level));
    return fake(
        Bundle.class,
        Map.of(
            "getState", () -> state,
            "getSymbolicName", () -> name,
            "getHeaders", () -> headers,
            "adapt", () -> own));
  }

  private static FrameworkStartLevel level(int level) {
    return fake(FrameworkStartLevel.class, Map.of("getStartLevel", () -> level));
  }

  private static <T> T fake(
      Class<T> type, Map<String, java.util.function.Supplier<Object>> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> answers.get(method.getName()).get()));
  }
}
