package io.weir.console.swap;

import io.weir.api.Problem;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;

/**
 * Loads all classes that this bundle's code may come to need. The container closes the jar of a
 * bundle that is replaced, and with it the way to classes that are not loaded yet; who conducts the
 * swap of its own bundle, and answers its caller after it, must have all of them before.
 */
final class Generation {
  private static final Pattern DESCRIPTOR = Pattern.compile("L([\\w$]+(?:/[\\w$]+)+);");
  private static final int MAGIC = 0xCAFEBABE;

  private Generation() {}

  static void load() {
    for (Class<?> one : List.of(Generation.class, Problem.class)) {
      Bundle bundle = FrameworkUtil.getBundle(one);
      Enumeration<URL> classes = bundle.findEntries("/io/weir", "*.class", true);
      Set<String> names = new HashSet<>();
      for (URL url : Collections.list(classes)) {
        try (InputStream in = url.openStream()) {
          names.addAll(names(new DataInputStream(in)));
        } catch (IOException e) {
          throw Problem.of("bundle " + bundle.getSymbolicName(), "classes", e.getMessage())
              .asException();
        }
      }
      for (String name : names) {
        try {
          Class.forName(name, false, one.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
          // Not there now, nor later: a class that is optional, or a text that looks like one.
        }
      }
    }
  }

  /** All names of classes in a class file: its own, and of those that it knows. JVMS 4.4. */
  static Set<String> names(DataInputStream in) throws IOException {
    if (in.readInt() != MAGIC) {
      return Set.of();
    }
    in.readInt(); // version
    int count = in.readUnsignedShort();
    String[] texts = new String[count];
    Set<Integer> classes = new HashSet<>();
    for (int i = 1; i < count; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case 1 -> texts[i] = in.readUTF();
        case 7 -> classes.add(in.readUnsignedShort());
        case 8, 16, 19, 20 -> in.skipNBytes(2);
        case 15 -> in.skipNBytes(3);
        case 5, 6 -> {
          in.skipNBytes(8);
          i++; // long and double take two places
        }
        default -> in.skipNBytes(4);
      }
    }
    Set<String> names = new HashSet<>();
    for (int at : classes) {
      if (!texts[at].startsWith("[")) {
        names.add(texts[at].replace('/', '.'));
      }
    }
    for (String text : texts) {
      for (Matcher m = DESCRIPTOR.matcher(text == null ? "" : text); m.find(); ) {
        names.add(m.group(1).replace('/', '.'));
      }
    }
    return names;
  }
}
