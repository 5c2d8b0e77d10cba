package io.weir.manifests.yaml;

/**
 * JSON may be indented by tabs, YAML may not: in a document that looks like JSON they are replaced
 * where they are no part of a text.
 */
final class Tabs {
  private Tabs() {}

  static String outOfJson(String document) {
    String start = document.stripLeading();
    if (document.indexOf('\t') < 0 || !(start.startsWith("{") || start.startsWith("["))) {
      return document;
    }
    StringBuilder text = new StringBuilder(document.length());
    boolean quoted = false;
    for (int i = 0; i < document.length(); i++) {
      char c = document.charAt(i);
      if (c == '\\' && quoted && i + 1 < document.length()) {
        text.append(c).append(document.charAt(++i));
        continue;
      }
      quoted ^= c == '"';
      text.append(c == '\t' && !quoted ? ' ' : c);
    }
    return text.toString();
  }
}
