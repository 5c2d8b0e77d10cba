package io.weir.cni;

import com.google.gson.JsonObject;
import io.weir.api.Problem;

/**
 * What a container runtime is told instead of a result: the error object of the CNI specification,
 * with its well-known codes.
 */
final class CniError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  static final int INCOMPATIBLE_VERSION = 1;
  static final int UNSUPPORTED_FIELD = 2;
  static final int UNKNOWN_CONTAINER = 3;
  static final int BAD_ENVIRONMENT = 4;
  static final int IO_FAILURE = 5;
  static final int UNDECODABLE = 6;
  static final int BAD_CONFIGURATION = 7;

  /** The only one after which a runtime should try the same again. */
  static final int TRY_AGAIN_LATER = 11;

  /** Answer to STATUS: no pod can be added now. */
  static final int NOT_AVAILABLE = 50;

  /** Ours: an attachment exists already, or is not as CHECK expects it. */
  static final int NOT_AS_EXPECTED = 100;

  private final int code;

  CniError(int code, Problem problem) {
    super(problem.sentence());
    this.code = code;
  }

  CniError(int code, Problem problem, Throwable cause) {
    super(problem.sentence(), cause);
    this.code = code;
  }

  int code() {
    return code;
  }

  /** {@code version} as it was asked for, so that whoever asked can read the answer. */
  JsonObject json(String version) {
    JsonObject object = new JsonObject();
    object.addProperty("cniVersion", version);
    object.addProperty("code", code);
    object.addProperty("msg", getMessage());
    return object;
  }
}
