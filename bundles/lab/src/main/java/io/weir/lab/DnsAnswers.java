package io.weir.lab;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Answers queries for the names of services, {@code NAME.NAMESPACE.svc.cluster.local}: A and AAAA.
 * Nothing else is known and nobody else is asked: in a lab no other name exists.
 */
final class DnsAnswers {
  private static final long TTL_SECONDS = 5;
  private static final Name ZONE = name("cluster.local.");
  private static final Name SERVICES = name("svc.cluster.local.");
  private static final Record AUTHORITY =
      new SOARecord(
          ZONE,
          DClass.IN,
          TTL_SECONDS,
          name("ns.dns.cluster.local."),
          name("hostmaster.cluster.local."),
          1,
          7200,
          1800,
          86400,
          TTL_SECONDS);

  /** Where the addresses of services come from. */
  interface Source {
    /** Both families' addresses; empty where there is no such service. */
    Optional<List<String>> addresses(String namespace, String name);
  }

  private DnsAnswers() {}

  static Message answer(Message query, Source source) {
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    if (query.getHeader().getFlag(Flags.RD)) {
      answer.getHeader().setFlag(Flags.RD);
    }
    Record question = query.getQuestion();
    if (question == null || query.getHeader().getOpcode() != Opcode.QUERY) {
      answer.getHeader().setRcode(Rcode.NOTIMP);
      return answer;
    }
    answer.addRecord(question, Section.QUESTION);
    answer.getHeader().setFlag(Flags.AA);
    Optional<List<String>> addresses = find(question.getName(), source);
    if (addresses.isEmpty()) {
      answer.getHeader().setRcode(Rcode.NXDOMAIN);
    } else {
      addresses.get().forEach(address -> add(answer, question, address));
    }
    if (answer.getSection(Section.ANSWER).isEmpty()) {
      answer.addRecord(AUTHORITY, Section.AUTHORITY);
    }
    return answer;
  }

  /** A name between the services' and the zone's is there, but has no addresses. */
  private static Optional<List<String>> find(Name name, Source source) {
    if (name.equals(ZONE) || name.equals(SERVICES)) {
      return Optional.of(List.of());
    }
    if (!name.subdomain(SERVICES) || name.labels() != SERVICES.labels() + 2) {
      return Optional.empty();
    }
    return source.addresses(label(name, 1), label(name, 0));
  }

  private static void add(Message answer, Record question, String text) {
    try {
      InetAddress address = InetAddress.getByName(text);
      int type = address.getAddress().length == 4 ? Type.A : Type.AAAA;
      if (question.getType() != type && question.getType() != Type.ANY) {
        return;
      }
      answer.addRecord(
          type == Type.A
              ? new ARecord(question.getName(), DClass.IN, TTL_SECONDS, address)
              : new AAAARecord(question.getName(), DClass.IN, TTL_SECONDS, address),
          Section.ANSWER);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private static String label(Name name, int index) {
    return name.getLabelString(index).toLowerCase(Locale.ROOT);
  }

  private static Name name(String text) {
    try {
      return Name.fromString(text);
    } catch (TextParseException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
