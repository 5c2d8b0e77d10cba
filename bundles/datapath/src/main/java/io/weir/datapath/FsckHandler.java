package io.weir.datapath;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.weir.api.KernelCheck;
import io.weir.api.KernelCheck.Difference;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.api.table.Tables;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code weir fsck}: shows where the kernel is not what is computed, and repairs it. It is looked
 * twice, with all settled in between, so that what is only under way is not told.
 */
@Component(immediate = true, service = SocketHandler.class)
public final class FsckHandler implements SocketHandler {
  static final String USAGE = "fsck [--repair] [-o json]";

  private static final int CLEAN = 0;
  private static final int DIFFERENT = 1;
  private static final int NOT_LOOKED = 2;

  /** What is repaired may be what something else waits for: an interface, its route. */
  private static final int ROUNDS = 3;

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  private final Tables tables;
  private final Supplier<Collection<KernelCheck>> checks;

  @Activate
  public FsckHandler(BundleContext context, @Reference Tables tables) {
    this(tables, () -> services(context));
  }

  FsckHandler(Tables tables, Supplier<Collection<KernelCheck>> checks) {
    this.tables = tables;
    this.checks = checks;
  }

  private static Collection<KernelCheck> services(BundleContext context) {
    List<KernelCheck> found = new ArrayList<>();
    try {
      for (ServiceReference<KernelCheck> reference :
          context.getServiceReferences(KernelCheck.class, null)) {
        KernelCheck check = context.getService(reference);
        if (check != null) { // else it has gone since
          found.add(check);
        }
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException("no filter has no syntax", e);
    }
    return found;
  }

  @Override
  public String verb() {
    return "fsck";
  }

  @Override
  public Help help() {
    return new Help(
        USAGE, "Compares the kernel with what the tables say, entry by entry, and repairs it.");
  }

  @Override
  public synchronized int handle(SocketCall call) throws InterruptedException {
    boolean repair = false;
    boolean json = false;
    List<String> words = call.arguments();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("--repair")) {
        repair = true;
      } else if (word.equals("-o") && i + 1 < words.size() && words.get(i + 1).equals("json")) {
        json = true;
        i++;
      } else {
        call.err().println("weir fsck: \"" + word + "\" is not understood");
        call.err().println("usage: weir " + USAGE);
        return NOT_LOOKED;
      }
    }
    try {
      List<KernelCheck> ordered = new ArrayList<>(checks.get());
      ordered.sort(Comparator.comparingInt(KernelCheck::order).reversed());
      List<Difference> found = look(ordered);
      List<Difference> left = repair && !found.isEmpty() ? repair(ordered) : found;
      List<Row> rows = new ArrayList<>();
      found.forEach(each -> rows.add(new Row(each, !left.contains(each))));
      left.stream() // what a repair has brought to light
          .filter(each -> !found.contains(each))
          .forEach(each -> rows.add(new Row(each, false)));
      print(rows, json, call.out());
      return rows.isEmpty() ? CLEAN : DIFFERENT;
    } catch (ProblemException e) {
      call.err().println("weir fsck: " + e.getMessage());
      return NOT_LOOKED;
    }
  }

  private record Row(Difference difference, boolean repaired) {}

  /** Those that are the same at two looks. */
  private List<Difference> look(List<KernelCheck> ordered) throws InterruptedException {
    settle();
    List<Difference> first = differences(ordered);
    if (first.isEmpty()) {
      return first;
    }
    settle();
    List<Difference> second = differences(ordered);
    second.retainAll(first);
    return second;
  }

  private static List<Difference> differences(List<KernelCheck> ordered) {
    List<Difference> all = new ArrayList<>();
    ordered.forEach(check -> all.addAll(check.differences()));
    return all;
  }

  /** What is left afterwards. */
  private List<Difference> repair(List<KernelCheck> ordered) throws InterruptedException {
    List<Difference> left = List.of();
    for (int round = 0; round < ROUNDS; round++) {
      for (KernelCheck check : ordered) {
        if (!check.differences().isEmpty()) {
          check.repair();
          settle();
        }
      }
      left = look(ordered);
      if (left.isEmpty()) {
        break;
      }
    }
    return left;
  }

  private void settle() throws InterruptedException {
    if (!tables.settle(LIMIT)) {
      throw Problem.of(
              "tables",
              "all that was written in force within " + LIMIT.toSeconds() + " s",
              String.join(", ", tables.unsettled()))
          .remedy("see weir reconcile")
          .asException();
    }
  }

  private static void print(List<Row> rows, boolean json, PrintStream out) {
    if (json) {
      JsonArray array = new JsonArray();
      for (Row row : rows) {
        JsonObject object = new JsonObject();
        object.addProperty("what", row.difference().what());
        object.addProperty("expected", row.difference().expected());
        object.addProperty("found", row.difference().found());
        object.addProperty("repaired", row.repaired());
        array.add(object);
      }
      out.println(GSON.toJson(array));
      return;
    }
    for (Row row : rows) {
      out.println(row.difference().what());
      out.println("  expected  " + row.difference().expected());
      out.println("  found     " + row.difference().found());
      out.println("  " + (row.repaired() ? "repaired" : "not repaired"));
    }
    long repaired = rows.stream().filter(Row::repaired).count();
    out.println(
        rows.isEmpty()
            ? "clean"
            : rows.size()
                + (rows.size() == 1 ? " difference, " : " differences, ")
                + repaired
                + " repaired");
  }
}
