package io.weir.itests.walls;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.osgi.annotation.versioning.Version;

/**
 * Compares the public signatures of {@code api} with the committed listing. A package whose
 * signatures change needs another version. {@code -Dweir.api.update=true} writes the listing anew,
 * unless a version was forgotten.
 */
class ApiSignaturesTest {
  private static final Path LISTING = Path.of("api-signatures.txt");

  @Test
  void signatures_change_together_with_their_package_version() throws Exception {
    Map<String, List<String>> now = packages(String.join("\n", signatures()));
    Map<String, List<String>> committed =
        Files.exists(LISTING) ? packages(Files.readString(LISTING)) : Map.of();
    for (var entry : committed.entrySet()) {
      List<String> lines = now.getOrDefault(entry.getKey(), entry.getValue());
      assertThat(lines)
          .as("%s has other signatures: raise the version in its package-info.java", entry.getKey())
          .isEqualTo(entry.getValue());
    }
    if (Boolean.getBoolean("weir.api.update")) {
      Files.write(LISTING, signatures());
    }
    assertThat(Files.readString(LISTING).strip())
        .as(
            "api-signatures.txt; write it anew: mvn -pl itests/walls -am verify -Dweir.api.update=true")
        .isEqualTo(String.join("\n", signatures()).strip());
  }

  /** Header line, {@code package NAME VERSION}, → its lines. */
  private static Map<String, List<String>> packages(String text) {
    Map<String, List<String>> packages = new TreeMap<>();
    List<String> lines = new ArrayList<>();
    for (String line : text.strip().split("\n")) {
      if (line.startsWith("package ")) {
        lines = new ArrayList<>();
        packages.put(line, lines);
      } else {
        lines.add(line);
      }
    }
    return packages;
  }

  private static List<String> signatures() throws ReflectiveOperationException {
    Map<String, List<Class<?>>> types = new TreeMap<>();
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.weir.api")) {
      if (type.getModifiers().contains(JavaModifier.PUBLIC)) {
        Class<?> loaded = Class.forName(type.getName());
        types.computeIfAbsent(loaded.getPackageName(), name -> new ArrayList<>()).add(loaded);
      }
    }
    List<String> lines = new ArrayList<>();
    for (var entry : types.entrySet()) {
      String version = versionOf(entry.getKey());
      lines.add("package " + entry.getKey() + " " + version);
      entry.getValue().stream()
          .sorted((a, b) -> a.getName().compareTo(b.getName()))
          .forEach(type -> describe(type, lines));
    }
    return lines;
  }

  private static String versionOf(String name) {
    var info = new ClassFileImporter().importPackages(name).get(name + ".package-info");
    return (String) info.getAnnotationOfType(Version.class.getName()).get("value").orElseThrow();
  }

  private static void describe(Class<?> type, List<String> lines) {
    String kind =
        type.isRecord()
            ? "record"
            : type.isInterface() ? "interface" : type.isEnum() ? "enum" : "class";
    String components =
        type.isRecord()
            ? Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::toString)
                .collect(Collectors.joining(", ", "(", ")"))
            : "";
    lines.add("  " + kind + " " + type.getName() + components);
    List<String> members = new ArrayList<>();
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isPublic(field.getModifiers())) {
        members.add("    " + field.toGenericString());
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (Modifier.isPublic(constructor.getModifiers()) && !type.isRecord()) {
        members.add("    " + constructor.toGenericString());
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic()) {
        members.add("    " + method.toGenericString());
      }
    }
    members.stream().sorted().forEach(lines::add);
  }
}
