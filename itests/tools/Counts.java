import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Adds up the reports of Surefire below a directory, names what failed and what was skipped, and ends with {@code N passed, N
 * failed, N skipped}. A skipped test that {@code itests/skips.txt} does not list is a failure.
 */
class Counts {
  private int passed;
  private final List<String> failed = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();
  private final List<String> unlisted = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[0]);
    Counts counts = new Counts();
    Set<String> listed = listed(root.resolve("itests/skips.txt"));
    for (Path report : reports(root)) {
      counts.add(report, listed);
    }
    counts.skipped.forEach(line -> System.out.println("skipped: " + line));
    counts.failed.forEach(line -> System.out.println("failed: " + line));
    counts.unlisted.forEach(
        name -> System.out.println("failed: " + name + " was skipped, and is not in itests/skips.txt"));
    int failed = counts.failed.size() + counts.unlisted.size();
    System.out.println(counts.passed + " passed, " + failed + " failed, " + counts.skipped.size() + " skipped");
    boolean good = counts.failed.isEmpty() && counts.unlisted.isEmpty() && counts.passed > 0;
    System.exit(good ? 0 : 1);
  }

  private void add(Path report, Set<String> listed) throws Exception {
    Element suite =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(report.toFile())
            .getDocumentElement();
    NodeList cases = suite.getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      Element test = (Element) cases.item(i);
      String type = test.getAttribute("classname");
      String name = type + "." + test.getAttribute("name");
      NodeList skips = test.getElementsByTagName("skipped");
      if (skips.getLength() > 0) {
        skipped.add(name + ": " + ((Element) skips.item(0)).getAttribute("message"));
        if (!listed.contains(name) && !listed.contains(type)) {
          unlisted.add(name);
        }
      } else if (test.getElementsByTagName("failure").getLength() > 0
          || test.getElementsByTagName("error").getLength() > 0) {
        failed.add(name);
      } else {
        passed++;
      }
    }
  }

  /** Names of classes or tests that may be skipped, one a line; what follows a blank is the reason. */
  private static Set<String> listed(Path file) throws IOException {
    Set<String> names = new TreeSet<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        names.add(line.strip().split("\\s+", 2)[0]);
      }
    }
    return names;
  }

  private static List<Path> reports(Path root) throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            String name = directory.getFileName().toString();
            boolean closed = name.equals("src") || name.equals(".git") || name.equals("promises");
            return closed ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString();
            if (name.startsWith("TEST-") && name.endsWith(".xml")) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    found.sort(null);
    return found;
  }
}
