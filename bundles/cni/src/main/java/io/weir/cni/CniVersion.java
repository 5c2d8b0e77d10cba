package io.weir.cni;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;

/** The versions of the CNI specification whose forms of a result are known here. */
final class CniVersion {
  static final String DEFAULT = "1.0.0";
  static final List<String> SUPPORTED = List.of("0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0");

  private CniVersion() {}

  static boolean supported(String version) {
    return SUPPORTED.contains(version);
  }

  /** Whether addresses of a result name their family, as they did until 1.0.0. */
  static boolean namesFamily(String version) {
    return version.startsWith("0.");
  }

  /** Whether interfaces of a result tell their MTU. */
  static boolean tellsMtu(String version) {
    return version.equals("1.1.0");
  }

  /** The answer to VERSION. */
  static JsonObject json(String asked) {
    JsonObject object = new JsonObject();
    object.addProperty("cniVersion", asked);
    JsonArray versions = new JsonArray();
    SUPPORTED.forEach(versions::add);
    object.add("supportedVersions", versions);
    return object;
  }
}
