import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Arrays;
import java.util.List;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs test classes, {@code RunTest METHOD CLASS…}, of each only the method of that name where it is not empty. Exits with 0
 * where tests passed, 1 where one failed, 2 where none ran.
 */
class RunTest {
  public static void main(String[] arguments) throws Exception {
    String method = arguments[0];
    List<DiscoverySelector> classes =
        Arrays.stream(arguments).skip(1).map(name -> (DiscoverySelector) selectClass(name)).toList();
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(classes)
            .filters((PostDiscoveryFilter) test -> FilterResult.includedIf(isOf(method, test)))
            .build();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, listener);
    TestExecutionSummary summary = listener.getSummary();
    summary.getFailures().forEach(failure -> System.out.println(failure.getTestIdentifier().getDisplayName() + ": " + failure.getException()));
    System.out.println(summary.getTestsSucceededCount() + " passed, " + summary.getTotalFailureCount() + " failed");
    System.exit(summary.getTotalFailureCount() > 0 ? 1 : summary.getTestsSucceededCount() > 0 ? 0 : 2);
  }

  /** Tests without a method of their own, those of one parameter set, go with the one above them. */
  private static boolean isOf(String method, TestDescriptor test) {
    return method.isEmpty()
        || test.getSource()
            .filter(MethodSource.class::isInstance)
            .map(source -> ((MethodSource) source).getMethodName().equals(method))
            .orElse(true);
  }
}
