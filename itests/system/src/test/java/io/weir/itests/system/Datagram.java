package io.weir.itests.system;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Sends a datagram from inside a pod, and prints the address and port that the answer came from,
 * and the answer: {@code connected|unconnected ADDRESS PORT}.
 */
final class Datagram {
  private static final int LIMIT_MILLIS = 3000;

  private Datagram() {}

  public static void main(String[] arguments) throws IOException {
    InetSocketAddress to =
        new InetSocketAddress(InetAddress.getByName(arguments[1]), Integer.parseInt(arguments[2]));
    byte[] hello = "hello".getBytes(StandardCharsets.UTF_8);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(LIMIT_MILLIS);
      if (arguments[0].equals("connected")) {
        socket.connect(to);
      }
      socket.send(new DatagramPacket(hello, hello.length, to));
      DatagramPacket answer = new DatagramPacket(new byte[64], 64);
      socket.receive(answer);
      boolean same = answer.getAddress().equals(to.getAddress());
      System.out.printf(
          "%s %s %s%n",
          same ? arguments[1] : answer.getAddress().getHostAddress(),
          answer.getPort(),
          new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8));
    }
  }
}
