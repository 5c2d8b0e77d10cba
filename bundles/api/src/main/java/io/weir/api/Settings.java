package io.weir.api;

/**
 * The service through which a bundle declares its settings and reads them. Implemented by {@code
 * io.weir.state}.
 */
public interface Settings {
  /**
   * Declares settings for as long as the result is open. A value that does not parse leaves the
   * last good one in force (the default at first) and is told by {@code weir config} and {@code
   * weir status}.
   *
   * @param changed called, on a thread of the service, after one of the values has changed
   */
  View declare(String bundle, Runnable changed, Setting<?>... settings);

  /** The values of the settings that were declared together. */
  interface View extends AutoCloseable {
    /**
     * The value in force.
     *
     * @throws IllegalArgumentException for a setting that was not declared with this view
     */
    <T> T get(Setting<T> setting);

    @Override
    void close();
  }
}
