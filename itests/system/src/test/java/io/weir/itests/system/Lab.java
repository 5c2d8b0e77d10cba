package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A lab of the tests' own, driven by the distribution's client. */
final class Lab implements AutoCloseable {
  private final String name;

  /** One that is not up yet; its name is this process's alone. */
  Lab(String purpose) {
    this.name = purpose + "-" + Long.toString(ProcessHandle.current().pid(), Character.MAX_RADIX);
  }

  String name() {
    return name;
  }

  /** What {@code weir --node} calls n1 of this lab. */
  String engine() {
    return name + "-n1";
  }

  Map<String, String> environment() {
    return Map.of("WEIR_LAB", name, "WEIR_NODE", engine());
  }

  void up() {
    must(tryLab("up"));
  }

  @Override
  public void close() {
    must(tryLab("down"));
  }

  /** {@code weir lab WORDS}; what it printed. */
  String lab(String... words) {
    return must(tryLab(words));
  }

  Run.Ended tryLab(String... words) {
    List<String> all = new ArrayList<>(List.of("lab"));
    all.addAll(Arrays.asList(words));
    return tryWeir("", all.toArray(String[]::new));
  }

  /** {@code weir WORDS}, to n1's engine; what it printed. */
  String weir(String... words) {
    return must(tryWeir("", words));
  }

  Run.Ended tryWeir(String input, String... words) {
    List<String> all = new ArrayList<>(List.of(Run.WEIR));
    all.addAll(Arrays.asList(words));
    return Run.run(environment(), input, all);
  }

  /** Returns when all is in force on n1. */
  void awaitInForce() {
    Wait.until(
        () -> "in force: " + tryWeir("", "status").told(), () -> tryWeir("", "status").code() == 0);
  }

  /** The process of n1's engine. */
  String process() throws IOException {
    return Files.readString(Path.of("/run/weir", engine(), "engine.lock")).strip();
  }

  /** KiB of n1's engine that are resident. */
  long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc", process(), "status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  /** Rows of a command that answers {@code -o json}. */
  List<JsonObject> rows(String... words) {
    List<String> all = new ArrayList<>(Arrays.asList(words));
    all.addAll(List.of("-o", "json"));
    JsonArray array = JsonParser.parseString(weir(all.toArray(String[]::new))).getAsJsonArray();
    List<JsonObject> rows = new ArrayList<>();
    array.forEach(row -> rows.add(row.getAsJsonObject()));
    return rows;
  }

  /** Applies manifests, and makes the pods that they ask for. */
  void apply(String yaml) {
    must(tryApply(yaml));
  }

  Run.Ended tryApply(String yaml) {
    return tryWeir(yaml, "lab", "apply", "-f", "-");
  }

  Run.Ended tryExec(String pod, String... command) {
    List<String> all = new ArrayList<>(List.of("exec", pod, "--"));
    all.addAll(Arrays.asList(command));
    return tryLab(all.toArray(String[]::new));
  }

  String exec(String pod, String... command) {
    return must(tryExec(pod, command));
  }

  Run.Ended tryOn(String place, String... command) {
    List<String> all = new ArrayList<>(List.of("on", place, "--"));
    all.addAll(Arrays.asList(command));
    return tryLab(all.toArray(String[]::new));
  }

  String on(String place, String... command) {
    return must(tryOn(place, command));
  }

  /** The addresses of a pod, {@code NAMESPACE/NAME}: IPv4 first. */
  List<String> addresses(String pod) {
    for (JsonObject row : rows("lab", "pods")) {
      String key = row.get("namespace").getAsString() + "/" + row.get("name").getAsString();
      if (key.equals(pod)) {
        return texts(row, "addresses");
      }
    }
    throw new AssertionError("no pod " + pod + " in\n" + lab("pods"));
  }

  /** The addresses of a service: of one family or of both. */
  List<String> clusterIps(String namespace, String service) {
    JsonObject found = rows("get", "service", service, "-n", namespace).get(0);
    return texts(found.getAsJsonObject("spec"), "clusterIPs");
  }

  /** Whether an HTTP request from a pod is answered within two seconds. */
  boolean reaches(String pod, String url) {
    Run.Ended ended = tryExec(pod, "curl", "-sS", "--max-time", "2", "-o", "/dev/null", url);
    // 28: timed out; 7: refused. Anything else is an accident that must not pass as a verdict.
    assertThat(ended.code()).as(ended.told()).isIn(0, 7, 28);
    return ended.code() == 0;
  }

  static String must(Run.Ended ended) {
    assertThat(ended.code()).as(ended.told()).isZero();
    return ended.out();
  }

  private static List<String> texts(JsonObject object, String field) {
    List<String> texts = new ArrayList<>();
    object.getAsJsonArray(field).forEach(item -> texts.add(item.getAsString()));
    return texts;
  }
}
