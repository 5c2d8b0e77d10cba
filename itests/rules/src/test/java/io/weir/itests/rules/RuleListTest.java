package io.weir.itests.rules;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** Every rule that is promised has one test, and that bears its number. */
class RuleListTest {
  /** As the issue lists them. */
  private static final String PROMISED =
      "N1–N18, N20–N31, N33, C1–C6, C8–C12, C14, C16–C18, C26–C28, C31–C34";

  private static final Pattern RANGE = Pattern.compile("([NC])(\\d+)(?:–[NC](\\d+))?");
  private static final Pattern NAME = Pattern.compile("([nc])(\\d\\d)_should_.+");

  @Test
  void should_have_one_test_for_each_rule() throws Exception {
    List<String> promised = promised();
    List<String> tested = tested();
    assertThat(promised).hasSize(53);
    assertThat(new TreeSet<>(tested)).as("rules that have a test").containsAll(promised);
    assertThat(tested).doesNotHaveDuplicates();
  }

  private static List<String> promised() {
    List<String> rules = new ArrayList<>();
    for (String word : PROMISED.split(", ")) {
      Matcher range = RANGE.matcher(word);
      assertThat(range.matches()).as(word).isTrue();
      int first = Integer.parseInt(range.group(2));
      int last = range.group(3) == null ? first : Integer.parseInt(range.group(3));
      for (int number = first; number <= last; number++) {
        rules.add(range.group(1) + number);
      }
    }
    return rules;
  }

  private static List<String> tested() throws IOException, URISyntaxException {
    List<String> rules = new ArrayList<>();
    for (Class<?> type : kernelTests()) {
      for (Method method : type.getDeclaredMethods()) {
        Matcher name = NAME.matcher(method.getName());
        boolean runs =
            method.isAnnotationPresent(Test.class) && !method.isAnnotationPresent(Disabled.class);
        if (runs && name.matches()) {
          rules.add(name.group(1).toUpperCase(java.util.Locale.ROOT) + number(name.group(2)));
        }
      }
    }
    return rules;
  }

  private static int number(String digits) {
    return Integer.parseInt(digits);
  }

  private static List<Class<?>> kernelTests() throws IOException, URISyntaxException {
    Path here = Path.of(RuleListTest.class.getResource("").toURI());
    TreeSet<String> names;
    try (Stream<Path> files = Files.list(here)) {
      names =
          files
              .map(file -> file.getFileName().toString())
              .filter(file -> file.endsWith("KernelTest.class"))
              .collect(toCollection(TreeSet::new));
    }
    List<Class<?>> types = new ArrayList<>();
    for (String name : names) {
      String simple = name.substring(0, name.length() - ".class".length());
      try {
        types.add(
            Class.forName(
                RuleListTest.class.getPackageName() + "." + simple,
                false,
                RuleListTest.class.getClassLoader()));
      } catch (ClassNotFoundException e) {
        throw new AssertionError(e);
      }
    }
    return types;
  }
}
