package io.weir.itests.walls;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Manifest;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The walls of docs/design.md, on the bundles as they were built. */
class WallsTest {
  private static final List<String> ROOMS =
      List.of(
          "api",
          "state",
          "linux",
          "manifests",
          "node",
          "ipam",
          "identity",
          "policy",
          "services",
          "cni",
          "datapath",
          "routing",
          "flows",
          "console",
          "lab");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.weir");

  @TestFactory
  List<DynamicTest> no_bundle_knows_the_inside_of_another() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String room : ROOMS) {
      tests.add(
          DynamicTest.dynamicTest(
              room,
              () ->
                  noClasses()
                      .that(describe("are of " + room, type -> roomOf(type).equals(room)))
                      .should()
                      .dependOnClassesThat(
                          describe("are of another bundle", type -> isClosedTo(room, type)))
                      .allowEmptyShould(true)
                      .check(CLASSES)));
    }
    return tests;
  }

  @Test
  void api_knows_nobody() {
    noClasses()
        .that(describe("are of api", type -> roomOf(type).equals("api")))
        .should()
        .dependOnClassesThat(
            describe(
                "are neither of api nor of the JDK",
                type ->
                    !roomOf(type).equals("api")
                        && !type.getBaseComponentType().isPrimitive()
                        && !type.getBaseComponentType().getPackageName().startsWith("java.")
                        && !type.getBaseComponentType()
                            .getPackageName()
                            .startsWith("org.osgi.annotation")))
        .check(CLASSES);
  }

  @Test
  void native_calls_are_made_in_linux_only() {
    noClasses()
        .that(describe("are not of linux", type -> !roomOf(type).equals("linux")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .check(CLASSES);
  }

  @Test
  void nobody_prints_but_the_mains_of_the_lab_and_of_a_sysdump_without_engine() {
    noClasses()
        .that(
            describe(
                "are not of lab, nor a main",
                type ->
                    !roomOf(type).equals("lab")
                        && !type.getName().equals("io.weir.console.sysdump.EngineAway")))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }

  @Test
  void only_api_and_linux_export_packages() throws IOException {
    Map<String, String> exports = new TreeMap<>();
    for (URL url :
        Collections.list(getClass().getClassLoader().getResources("META-INF/MANIFEST.MF"))) {
      try (var stream = url.openStream()) {
        var attributes = new Manifest(stream).getMainAttributes();
        String name = attributes.getValue("Bundle-SymbolicName");
        if (name != null
            && name.startsWith("io.weir.")
            && attributes.getValue("Export-Package") != null) {
          exports.put(name.split(";", 2)[0], attributes.getValue("Export-Package"));
        }
      }
    }
    assertThat(exports).containsOnlyKeys("io.weir.api", "io.weir.linux");
    assertThat(exports.get("io.weir.linux"))
        .startsWith("io.weir.linux;")
        .doesNotContain("io.weir.linux.");
  }

  private static boolean isClosedTo(String room, JavaClass type) {
    String other = roomOf(type);
    boolean open =
        other.isEmpty()
            || other.equals(room)
            || other.equals("api")
            || type.getBaseComponentType().getPackageName().equals("io.weir.linux");
    return !open;
  }

  /** {@code io.weir.policy.command} → {@code policy}; empty for what is not ours. */
  private static String roomOf(JavaClass type) {
    String name = type.getBaseComponentType().getPackageName();
    if (!name.startsWith("io.weir.")) {
      return "";
    }
    String rest = name.substring("io.weir.".length());
    int dot = rest.indexOf('.');
    return dot < 0 ? rest : rest.substring(0, dot);
  }
}
