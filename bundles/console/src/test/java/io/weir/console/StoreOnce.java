package io.weir.console;

import io.weir.api.Descriptors;
import io.weir.linux.Linux;

/** Has its standard input kept under each of the names, and a record of so many bytes. */
final class StoreOnce {
  private StoreOnce() {}

  public static void main(String[] arguments) {
    Descriptors descriptors = (Descriptors) Linux.open();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (equals < 0) {
        descriptors.store(argument, 0);
      } else {
        int bytes = Integer.parseInt(argument.substring(equals + 1));
        descriptors.store(argument.substring(0, equals), new byte[bytes]);
      }
    }
  }
}
