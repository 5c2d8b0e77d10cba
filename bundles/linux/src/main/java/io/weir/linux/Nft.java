package io.weir.linux;

import org.osgi.annotation.versioning.ProviderType;

/** nftables by the program {@code nft}, in the calling thread's network namespace. */
@ProviderType
public interface Nft {
  /**
   * Applies a script as a whole or not at all.
   *
   * @throws io.weir.api.ProblemException with what nft said
   */
  void apply(String script);

  /**
   * Lists a table as a script.
   *
   * @param table with its family: {@code inet weir_n1}
   * @return empty where there is no such table
   */
  java.util.Optional<String> list(String table);
}
