/**
 * The engine's face: {@code weir.sock} and who may speak on it, verbs to handlers and commands,
 * listings to tables and JSON, and the commands about the engine itself.
 */
package io.weir.console;
