package io.weir.console.sysdump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.StateFiles.Places;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysdumpTest {
  private static final String PLANTED = "hunter2hunter2";

  @TempDir Path directory;

  @Test
  void should_hold_what_files_and_kernel_tell_without_secrets() throws Exception {
    Path base = directory.resolve("base");
    write(base.resolve("etc/io.weir.cfg"), "enable-ipv6 = false\napi-token = " + PLANTED + "\n");
    write(base.resolve("etc/users.properties"), "karaf=" + PLANTED + "\n");
    write(
        base.resolve("manifests/a/web.yaml"),
        "kind: Pod\nname: web\n---\nkind: Secret\ndata: {a: " + PLANTED + "}\n");
    write(base.resolve("state/identities.json"), "{\"300\":[\"app=web\"]}");
    write(
        base.resolve("data/log/weir.log"),
        PLANTED + "x".repeat(2 << 20) + "\nlogin with password=" + PLANTED + "\nthe last line\n");
    Files.createSymbolicLink(base.resolve("manifests/link.yaml"), directory.resolve("elsewhere"));
    write(directory.resolve("elsewhere"), PLANTED);
    Places places = new Places("n1", base, directory.resolve("run"), directory.resolve("bpffs"));
    Path file = directory.resolve("dump.tar.gz");
    Sysdump.Result result = Sysdump.write(file, "weir-n1", NodeParts.of(places), () -> false);

    assertThat(result.bytes()).isEqualTo(Files.size(file));
    assertThat(result.sentence()).startsWith(file + ": ").contains(" KiB, ", "without secrets");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Path out = unpack(file).resolve("weir-n1");
    assertThat(grep(out)).doesNotContain(PLANTED);
    assertThat(Files.readString(out.resolve("etc/io.weir.cfg")))
        .isEqualTo("enable-ipv6 = false\napi-token = (left out)\n");
    assertThat(out.resolve("etc/users.properties")).doesNotExist();
    assertThat(out.resolve("manifests/link.yaml")).doesNotExist();
    assertThat(Files.readString(out.resolve("manifests/a/web.yaml"))).contains("name: web");
    assertThat(Files.readString(out.resolve("state/identities.json"))).contains("app=web");
    assertThat(out.resolve("log/weir.log")).content().endsWith("the last line\n");
    assertThat(Files.size(out.resolve("log/weir.log"))).isLessThan((1 << 20) + 100);
    assertThat(Files.readString(out.resolve("kernel/uname-a"))).contains("Linux");
    assertThat(Files.readString(out.resolve("kernel/proc/meminfo"))).contains("MemTotal");
    assertThat(Files.readString(out.resolve("index.txt")))
        .contains("etc/io.weir.cfg: ", "not here: kernel/pins.txt: ");
    assertThat(result.lacking()).anyMatch(one -> one.startsWith("kernel/pins.txt: "));
  }

  @Test
  void should_be_bounded_in_size() throws Exception {
    String large = "0123456789abcde\n".repeat(Sysdump.MOST_PART_BYTES / 16 + 1);
    List<Part> parts =
        java.util.stream.IntStream.range(0, 10)
            .mapToObj(i -> Part.text("part" + i, () -> large + "end " + i))
            .toList();
    Path file = directory.resolve("dump.tar.gz");
    Sysdump.Result result = Sysdump.write(file, "x", parts, () -> false);
    assertThat(result.parts()).isEqualTo(Sysdump.MOST_BYTES / Sysdump.MOST_PART_BYTES - 1 + 1);
    assertThat(result.lacking()).hasSize(3).allMatch(one -> one.contains("would hold more than"));
    assertThat(Files.readString(unpack(file).resolve("x/part3")))
        .startsWith("(only the last ")
        .endsWith("end 3");
  }

  @Test
  void should_have_the_other_parts_where_one_fails() throws Exception {
    List<Part> parts =
        List.of(
            Part.text(
                "bad",
                () -> {
                  throw new IllegalStateException("password=" + PLANTED);
                }),
            Part.text("good", () -> "yes"));
    Path file = directory.resolve("dump.tar.gz");
    Sysdump.Result result = Sysdump.write(file, "x", parts, () -> false);
    assertThat(result.lacking())
        .containsExactly("bad: java.lang.IllegalStateException: password=(left out)");
    assertThat(unpack(file).resolve("x/good")).hasContent("yes");
  }

  @Test
  void should_leave_a_file_alone_that_is_there_already() throws Exception {
    Path file = directory.resolve("dump.tar.gz");
    write(file, "mine");
    assertThatThrownBy(() -> Sysdump.write(file, "x", List.of(), () -> false))
        .hasMessage(file + ": expected a name that is free, got a file that is there already");
    assertThat(file).hasContent("mine");
  }

  @Test
  void should_leave_nothing_when_it_is_cancelled() {
    Path file = directory.resolve("dump.tar.gz");
    List<Part> parts = List.of(Part.text("a", () -> "a"));
    assertThatThrownBy(() -> Sysdump.write(file, "x", parts, () -> true))
        .hasMessageContaining("cancelled");
    assertThat(file).doesNotExist();
  }

  @Test
  void should_be_named_by_node_and_time() {
    assertThat(Sysdump.name("n1", Instant.parse("2026-01-02T03:04:05.678Z")))
        .isEqualTo("weir-n1-20260102T030405");
  }

  @Test
  void should_keep_long_names_apart() throws Exception {
    String name = "d".repeat(90) + "/" + "f".repeat(90);
    Path file = directory.resolve("dump.tar.gz");
    Sysdump.write(file, "x", List.of(Part.text(name, () -> "long")), () -> false);
    assertThat(unpack(file).resolve("x/" + name)).hasContent("long");
  }

  private Path unpack(Path file) throws Exception {
    Path out = Files.createDirectories(directory.resolve("out"));
    Process tar =
        new ProcessBuilder("tar", "-xzf", file.toString(), "-C", out.toString())
            .inheritIO()
            .start();
    assertThat(tar.waitFor()).isZero();
    return out;
  }

  private static String grep(Path directory) throws Exception {
    StringBuilder all = new StringBuilder();
    try (var walk = Files.walk(directory)) {
      for (Path path : (Iterable<Path>) walk.filter(Files::isRegularFile)::iterator) {
        all.append(Files.readString(path, StandardCharsets.ISO_8859_1));
      }
    }
    return all.toString();
  }

  private static void write(Path file, String text) throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
