package io.weir.itests.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** Jars of bundles: the distribution's own, those made from them, and small ones of the tests. */
final class Jar {
  private Jar() {}

  /** Of a bundle {@code io.weir.NAME}. */
  static Path own(String name) {
    Path directory = Run.HOME.resolve("system/io/weir/io.weir." + name);
    try (var files = Files.walk(directory)) {
      List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
      return jars.get(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A copy with other headers, of which imports are added to. */
  static Path with(Path jar, Path to, String header, String value) {
    try (JarFile from = new JarFile(jar.toFile())) {
      Manifest manifest = from.getManifest();
      String before = manifest.getMainAttributes().getValue(header);
      String all =
          before == null || !header.equals("Import-Package") ? value : before + "," + value;
      manifest.getMainAttributes().putValue(header, all);
      try (var out = new JarOutputStream(Files.newOutputStream(to), manifest)) {
        for (var entry : java.util.Collections.list(from.entries())) {
          if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
            out.putNextEntry(new ZipEntry(entry.getName()));
            from.getInputStream(entry).transferTo(out);
          }
        }
      }
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A copy without the entries whose names begin so. */
  static Path without(Path jar, Path to, String prefix) {
    try (JarFile from = new JarFile(jar.toFile());
        var out = new JarOutputStream(Files.newOutputStream(to), from.getManifest())) {
      for (var entry : java.util.Collections.list(from.entries())) {
        String name = entry.getName();
        if (!name.equals(JarFile.MANIFEST_NAME) && !name.startsWith(prefix)) {
          out.putNextEntry(new ZipEntry(name));
          from.getInputStream(entry).transferTo(out);
        }
      }
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A bundle of one class, its activator, and headers for it. */
  static Path activated(Path to, Class<?> activator, Map<String, String> headers) {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
    manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
    manifest.getMainAttributes().putValue("Bundle-SymbolicName", activator.getSimpleName());
    manifest.getMainAttributes().putValue("Bundle-Activator", activator.getName());
    manifest
        .getMainAttributes()
        .putValue(
            "Import-Package",
            "org.osgi.framework,org.osgi.framework.startlevel,org.osgi.framework.wiring");
    headers.forEach(manifest.getMainAttributes()::putValue);
    String file = activator.getName().replace('.', '/') + ".class";
    try (var out = new JarOutputStream(Files.newOutputStream(to), manifest);
        var in = activator.getClassLoader().getResourceAsStream(file)) {
      out.putNextEntry(new ZipEntry(file));
      in.transferTo(out);
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A bundle that holds nothing but a text in {@code package}. */
  static Path small(Path to, String name, String header, String thePackage) {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
    manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
    manifest.getMainAttributes().putValue("Bundle-SymbolicName", name);
    manifest.getMainAttributes().putValue("Bundle-Version", "1.0.0");
    manifest.getMainAttributes().putValue(header, thePackage);
    try (var out = new JarOutputStream(Files.newOutputStream(to), manifest)) {
      out.putNextEntry(new ZipEntry(thePackage.replace('.', '/') + "/text"));
      out.write(name.getBytes(StandardCharsets.UTF_8));
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
