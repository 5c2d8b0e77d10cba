package io.weir.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import io.weir.api.KernelCheck;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.api.StateFiles;
import io.weir.api.Uninstaller;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Tables;
import io.weir.linux.Linux;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the CNI plugin. At its start, and every two seconds after, it catches up on what DEL left
 * in notes while nobody answered.
 */
@Component(
    immediate = true,
    service = {SocketHandler.class, Uninstaller.class, KernelCheck.class})
public final class CniHandler implements SocketHandler, Uninstaller, KernelCheck {
  static final Setting<Integer> CONCURRENT_ADDS =
      Setting.number(
          "cni-concurrent-adds",
          8,
          1,
          1024,
          "How many pods are added at once; others wait for them.");

  private static final Logger LOG = LoggerFactory.getLogger(CniHandler.class);
  private static final int UNKNOWN_VERB = 2;
  private static final Duration NOTES_EVERY = Duration.ofSeconds(2);
  private static final Duration LIMIT = Duration.ofSeconds(15);

  private final Linux linux;
  private final Supplier<EndpointStore> opening;
  private final PodLinks links;
  private final PodCheck podCheck;
  private final Waiting waiting;
  private final DelNotes notes;
  private final Settings.View settings;
  private final Turns turns;
  private final Epoch<SourceProblem.Key, SourceProblem> problems;
  private final Loop loop;
  private final Calls calls = new Calls();
  private final Object starting = new Object();

  /** Empty until the file of endpoints could be read. */
  private Optional<EndpointStore> opened = Optional.empty();

  private Optional<Problem> unreadable = Optional.empty();

  @Activate
  public CniHandler(
      @Reference Tables tables,
      @Reference StateFiles files,
      @Reference Settings declared,
      @Reference Linux linux) {
    this.linux = linux;
    links = new PodLinks(linux);
    podCheck = new PodCheck(linux);
    opening = () -> new EndpointStore(tables, files, links::hostIfindex);
    waiting = new Waiting(tables);
    problems = tables.table(WeirTables.SOURCE_PROBLEMS).write(Owner.of(EndpointStore.OWNER));
    settings = declared.declare(EndpointStore.OWNER, () -> {}, CONCURRENT_ADDS);
    turns = new Turns(() -> settings.get(CONCURRENT_ADDS));
    notes = new DelNotes(files.places());
    notes.prepare();
    synchronized (starting) { // a step waits until the loop is known
      loop = tables.loop(EndpointStore.OWNER, List.of(), inputs -> catchUp());
    }
  }

  /**
   * The endpoints, as soon as they can be read.
   *
   * @throws ProblemException when they cannot; {@code weir status} shows it too
   */
  private synchronized EndpointStore store() {
    if (opened.isEmpty()) {
      SourceProblem.Key key =
          new SourceProblem.Key(EndpointStore.OWNER, "state/" + EndpointBook.FILE);
      try {
        opened = Optional.of(opening.get());
        problems.set(Map.of());
      } catch (ProblemException e) {
        problems.set(Map.of(key, new SourceProblem(key, List.of(e.problem()), List.of())));
        if (!unreadable.equals(Optional.of(e.problem()))) {
          LOG.error("no pod can be added: {}", e.getMessage());
        }
        unreadable = Optional.of(e.problem());
        throw e;
      }
    }
    return opened.get();
  }

  private Attaching attaching() {
    return new Attaching(store(), links, podCheck, waiting);
  }

  @Override
  public String verb() {
    return "cni";
  }

  @Override
  public Help help() {
    return new Help("cni", "answers the CNI plugin: the variables of CNI, and a configuration");
  }

  @Override
  public int handle(SocketCall call) throws IOException, InterruptedException {
    if (!calls.begin()) {
      return UNKNOWN_VERB; // being replaced: the plugin tries again
    }
    try {
      return answer(call);
    } finally {
      calls.end();
    }
  }

  private int answer(SocketCall call) throws IOException, InterruptedException {
    Progress progress = Progress.of(call);
    progress.alive();
    String text = new String(call.in().readAllBytes(), UTF_8);
    try {
      CniRequest request = CniRequest.parse(call.environment(), text);
      Optional<JsonObject> result = perform(request, progress);
      result.ifPresent(object -> call.out().println(object));
      call.out().flush();
      return 0;
    } catch (Progress.AbandonedException e) {
      return refuse(
          call,
          text,
          new CniError(
              CniError.TRY_AGAIN_LATER, Problem.of("ADD", "given up, " + e.getMessage()), e));
    } catch (CniError e) {
      return refuse(call, text, e);
    } catch (ProblemException e) {
      return refuse(call, text, new CniError(CniError.IO_FAILURE, e.problem(), e));
    } catch (RuntimeException e) {
      LOG.error("the call of the CNI plugin failed", e);
      return refuse(
          call, text, new CniError(CniError.IO_FAILURE, Problem.of("cni", e.toString()), e));
    }
  }

  private static int refuse(SocketCall call, String text, CniError error) {
    LOG.warn("{}: refused with code {}: {}", describe(call), error.code(), error.getMessage());
    call.out().println(error.json(NetConf.versionOf(text)));
    call.out().flush();
    return 1;
  }

  private static String describe(SocketCall call) {
    return "%s %s/%s"
        .formatted(
            call.environment().get("CNI_COMMAND"),
            call.environment().get("CNI_CONTAINERID"),
            call.environment().get("CNI_IFNAME"));
  }

  private Optional<JsonObject> perform(CniRequest request, Progress progress)
      throws InterruptedException {
    switch (request.command()) {
      case ADD -> {
        try (Turns.Turn turn = turns.take(request.attachment(), progress);
            Turns.Place place = turns.place(turn)) {
          if (notes.has(request.attachment())) { // a runtime gives a container the same id again
            attaching().delete(request.attachment(), turn);
            notes.forget(request.attachment());
          }
          return Optional.of(attaching().add(request, turn));
        }
      }
      case DEL -> delete(request.attachment(), progress);
      case CHECK -> {
        try (Turns.Turn turn = turns.take(request.attachment(), progress)) {
          attaching().check(request);
        }
      }
      case GC -> collect(request.configuration(), progress);
      case STATUS -> status();
      case VERSION -> {
        return Optional.of(CniVersion.json(request.configuration().cniVersion()));
      }
    }
    return Optional.empty();
  }

  private void delete(Attachment attachment, Progress progress) throws InterruptedException {
    try (Turns.Turn turn = turns.takeToDelete(attachment, progress)) {
      attaching().delete(attachment, progress);
      notes.forget(attachment);
    }
  }

  /** Of the attachments of this network, those that the runtime does not name are left over. */
  private void collect(NetConf configuration, Progress progress) throws InterruptedException {
    List<Attachment> valid =
        configuration
            .valid()
            .orElseThrow(
                () ->
                    new CniError(
                        CniError.BAD_CONFIGURATION,
                        Problem.of(
                            "network configuration: cni.dev/valid-attachments", "a list", "none")));
    for (EndpointBook.Entry entry : store().entries()) {
      if (entry.network().equals(configuration.name()) && !valid.contains(entry.attachment())) {
        delete(entry.attachment(), progress);
      }
    }
  }

  private void status() {
    store();
    if (waiting.node().isEmpty()) {
      throw new CniError(
          CniError.NOT_AVAILABLE,
          Problem.of("node", "its addresses and pod CIDRs", "nothing yet")
              .remedy("see weir status"));
    }
  }

  private void catchUp() throws InterruptedException {
    try {
      store();
      for (DelNotes.Note note : notes.read()) {
        catchUp(note);
      }
    } catch (ProblemException e) {
      LOG.debug("not caught up yet: {}", e.getMessage()); // the store has told it once
    } finally {
      synchronized (starting) {
        loop.wakeAfter(NOTES_EVERY);
      }
    }
  }

  private void catchUp(DelNotes.Note note) throws InterruptedException {
    Attachment attachment;
    try {
      attachment = CniRequest.parse(note.environment(), note.configuration()).attachment();
    } catch (CniError e) {
      LOG.warn("{} is no note of a DEL, and is removed: {}", note.file(), e.getMessage());
      notes.forget(note.file());
      return;
    }
    try (Turns.Turn turn = turns.take(attachment, Progress.SILENT)) {
      if (notes.has(attachment)) { // else an ADD was faster: what is there now is its
        attaching().delete(attachment);
        notes.forget(attachment);
        LOG.info("caught up on the DEL of {}", attachment.claim());
      }
    } catch (ProblemException e) {
      LOG.warn("the DEL of {} is tried again: {}", attachment.claim(), e.getMessage());
    }
  }

  private PodRepair pods() {
    return new PodRepair(linux, store(), links, podCheck, waiting, turns);
  }

  @Override
  public List<Difference> differences() {
    return pods().differences();
  }

  @Override
  public void repair() {
    try {
      pods().repair(attaching());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String what() {
    return "the interfaces of all pods";
  }

  @Override
  public void uninstall() {
    calls.refuse(LIMIT);
    store().entries().forEach(entry -> attaching().delete(entry.attachment()));
  }

  @Override
  public int order() {
    return 10;
  }

  @Deactivate
  public void stop() {
    calls.refuse(LIMIT);
    loop.close();
    settings.close();
    synchronized (this) {
      opened.ifPresent(EndpointStore::close);
    }
    problems.close();
    podCheck.close();
    links.close();
  }
}
