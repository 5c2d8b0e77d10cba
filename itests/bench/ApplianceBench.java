import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** What the appliance's distribution takes of a disk, and of memory with pods of an ordinary node's. */
class ApplianceBench {
  private static final Path HOME = Bench.HOME.resolveSibling("weir-appliance");

  private final Bench bench = new Bench("appliance");

  private ApplianceBench() throws IOException {}

  public static void main(String[] arguments) throws Exception {
    new ApplianceBench().measure();
  }

  private void measure() throws Exception {
    bench.lab("up");
    try {
      for (String pod : new String[] {"one", "two", "three"}) {
        bench.apply(Bench.pod(pod));
      }
      bench.weir("stop", "--node", bench.engine());
      double ordinary = start(Bench.HOME);
      bench.weir("stop", "--node", bench.engine());
      double appliance = start(HOME);
      Bench.row("appliance on disk", bytes() / 1e6, "MB", "<= 35");
      Bench.row("appliance: rss after start", appliance, "MB", "<= 150");
      Bench.row("appliance: rss less than an ordinary node's", ordinary - appliance, "MB", ">= 0");
    } finally {
      bench.lab("down");
    }
  }

  private double start(Path home) throws Exception {
    Path options = Path.of("/var/lib/weir", bench.engine(), "etc/jvm.options");
    Files.copy(home.resolve("etc/jvm.options"), options, StandardCopyOption.REPLACE_EXISTING);
    bench.lab("on", "n1", "--", "env", "WEIR_HOME=" + home, "weir", "start", "--node", bench.engine());
    return bench.residentMegabytes();
  }

  private static double bytes() throws IOException {
    try (Stream<Path> files = Files.walk(HOME)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
