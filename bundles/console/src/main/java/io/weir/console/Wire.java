package io.weir.console;

/** The way back to a client. */
interface Wire {
  /**
   * Sends a frame, after waiting while the client takes nothing. Once the client has gone, frames
   * are dropped.
   *
   * @return false when the client has gone
   */
  boolean send(Frame frame);
}
