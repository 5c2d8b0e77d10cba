package io.weir.itests.pax;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KarTest {
  /** {@code mvn:GROUP/ARTIFACT/VERSION[/jar/CLASSIFIER]} of a bundle. */
  private static final Pattern BUNDLE =
      Pattern.compile("<bundle[^>]*>mvn:([^/<]+)/([^/<]+)/([^/<]+)(?:/jar/([^<]+))?</bundle>");

  @TempDir private Path directory;

  @Test
  void should_hold_every_bundle_that_its_features_name() throws IOException {
    Kar kar = Kar.built();
    Path repository = kar.unpack(directory);
    String features = Files.readString(kar.features(repository));
    List<Path> named = BUNDLE.matcher(features).results().map(KarTest::place).toList();
    assertThat(named).hasSizeGreaterThan(20);
    assertThat(named).allSatisfy(place -> assertThat(repository.resolve(place)).isRegularFile());
  }

  /** In Maven's layout. */
  private static Path place(MatchResult bundle) {
    String classifier = bundle.group(4) == null ? "" : "-" + bundle.group(4);
    return Path.of(
        bundle.group(1).replace('.', '/'),
        bundle.group(2),
        bundle.group(3),
        bundle.group(2) + "-" + bundle.group(3) + classifier + ".jar");
  }
}
