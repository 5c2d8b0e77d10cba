package io.weir.console;

/** What a call has to know of bundles that are replaced around it. */
interface Replacements {
  /** Whether bundles start one after the other, of which some have not yet. */
  boolean starting();

  /** Whether verbs may come that nobody answers yet. */
  boolean coming();

  /** Whether another console is to answer from now on. */
  boolean left();
}
