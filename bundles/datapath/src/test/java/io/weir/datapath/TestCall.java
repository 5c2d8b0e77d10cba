package io.weir.datapath;

import io.weir.api.SocketCall;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A client that says nothing but words, and what it was told. */
record TestCall(List<String> arguments, ByteArrayOutputStream printed, ByteArrayOutputStream told)
    implements SocketCall {
  TestCall(List<String> arguments) {
    this(arguments, new ByteArrayOutputStream(), new ByteArrayOutputStream());
  }

  @Override
  public Map<String, String> environment() {
    return Map.of();
  }

  @Override
  public InputStream in() {
    return InputStream.nullInputStream();
  }

  @Override
  public PrintStream out() {
    return new PrintStream(printed, true, StandardCharsets.UTF_8);
  }

  @Override
  public PrintStream err() {
    return new PrintStream(told, true, StandardCharsets.UTF_8);
  }

  @Override
  public boolean cancelled() {
    return false;
  }

  @Override
  public void onCancel(Runnable action) {}
}
