/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weir: starts and stops engines, and is the face of those that run. It knows few verbs itself; all others
 * are the engine's, sent over its socket (frames.h) with their answers streamed back. Java would take a
 * second for what has to take no time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "engine.h"
#include "files.h"
#include "java.h"
#include "say.h"

#ifndef VERSION
#error "VERSION: expected the distribution's version, by -DVERSION"
#endif

enum {
  START_SECONDS = 60,
  STOP_SECONDS = 30
};

static const char usage[] = "usage: weir [--node NAME] VERB …\n"
                            "\n"
                            "  run                     an engine in the foreground, for a service manager\n"
                            "  start [--timeout S]     an engine in the background; returns when all is in "
                            "force, or says what is not\n"
                            "  stop [--timeout S]      ends the engine; traffic goes on as decided\n"
                            "  shell                   the engine's console, interactively\n"
                            "  lab …                   clusters on this machine: weir lab --help\n"
                            "  version                 this client's, and the engine's\n"
                            "  VERB --help             arguments and meaning of one verb\n"
                            "\n"
                            "The engine is the one that --node or $WEIR_NODE names, or the only one that "
                            "runs; run and start take the\n"
                            "machine's name.\n";

struct options {
  const char *node;
  int timeout; /* seconds; 0 where none was given */
  bool help;
  struct words words; /* the verb first */
};

static int seconds_of(const char *text) {
  char *end;
  long seconds = strtol(text, &end, 10);
  if (*end || end == text || seconds < 1 || seconds > 3600) {
    say("--timeout: expected seconds from 1 to 3600, got \"%s\"", text);
    exit(MISUSED);
  }
  return (int)seconds;
}

static char *value_of(const char *option, char **argument) {
  if (!argument[1]) {
    say("%s: expected a value after it", option);
    exit(MISUSED);
  }
  return argument[1];
}

static bool is_local(const char *verb) {
  return strcmp(verb, "run") == 0 || strcmp(verb, "start") == 0 || strcmp(verb, "stop") == 0;
}

/* Takes out what is ours; of the words after lab or --, nothing is. */
static struct options parse(char **arguments) {
  struct options options = {0};
  for (char **argument = arguments; *argument; argument++) {
    const char *verb = options.words.count > 0 ? options.words.word[0] : NULL;
    if (strcmp(*argument, "--") == 0 || (verb && strcmp(verb, "lab") == 0)) {
      while (*argument)
        add_word(&options.words, *argument++);
      break;
    } else if (strcmp(*argument, "--node") == 0) {
      options.node = value_of("--node", argument++);
    } else if (strncmp(*argument, "--node=", 7) == 0) {
      options.node = *argument + 7;
    } else if (verb && is_local(verb) && strcmp(*argument, "--timeout") == 0) {
      options.timeout = seconds_of(value_of("--timeout", argument++));
    } else if ((!verb || is_local(verb)) &&
               (strcmp(*argument, "--help") == 0 || strcmp(*argument, "-h") == 0)) {
      options.help = true;
    } else {
      add_word(&options.words, *argument);
    }
  }
  return options;
}

/* Becomes a program of the distribution's own; its jars are a list in lib/. */
static void become_java(const char *list, const char *options, const char *program, struct words *arguments) {
  struct words words = {0};
  char *jars = read_file(text("%s/lib/%s", home(), list));
  if (!jars)
    die("%s/lib/%s: %s; set WEIR_HOME to the distribution's directory", home(), list, strerror(errno));
  char *path = text("%s", "");
  for (char *jar = strtok(jars, "\n"); jar; jar = strtok(NULL, "\n"))
    path = text("%s%s%s/%s", path, *path ? ":" : "", home(), jar);
  add_word(&words, java());
  add_lines(&words, text("%s/lib/%s", home(), options));
  add_word(&words, "-cp");
  add_word(&words, path);
  add_word(&words, text("%s", program));
  for (int i = 0; i < arguments->count; i++)
    add_word(&words, arguments->word[i]);
  setenv("WEIR_HOME", home(), 1);
  settle_environment();
  become(&words);
}

static int lab(const struct options *options) {
  struct words arguments = {0};
  for (int i = 1; i < options->words.count; i++)
    add_word(&arguments, options->words.word[i]);
  become_java("lab.classpath", "lab.options", "io.weir.lab.Main", &arguments);
  return REFUSED;
}

/*
 * An archive of what can be had without an engine. By Java, so that there is one way to leave secrets out.
 * The node need not be running, nor have a socket.
 */
static int sysdump_away(const struct node *node, const struct words *words) {
  if (geteuid() != 0)
    die("sysdump: expected root, got user %u; run this as root", geteuid());
  if (words->count > 2) {
    say("sysdump: expected one FILE at most, got \"%s\"", words->word[2]);
    return MISUSED;
  }
  if (access(node->base, F_OK) != 0)
    die("%s: %s; name the node with --node", node->base, strerror(errno));
  char *pins = text("/sys/fs/bpf/weir/%s", node->name);
  for (char *c = pins; *c; c++)
    if (*c == '.')
      *c = '_';
  say("engine %s does not run: its tables, and what its commands tell, will not be in the archive",
      node->name);
  struct words arguments = {0};
  add_word(&arguments, text("%s", node->name));
  add_word(&arguments, text("%s", node->base));
  add_word(&arguments, text("%s", node->run));
  add_word(&arguments, pins);
  if (words->count == 2)
    add_word(&arguments, words->word[1]);
  become_java("sysdump.classpath", "lab.options", "io.weir.console.sysdump.EngineAway", &arguments);
  return REFUSED;
}

static int version(const struct options *options) {
  printf("weir %s\n", VERSION);
  if (!node_there(options->node))
    return DONE;
  fflush(stdout);
  struct node node = node_to_ask(options->node);
  int fd = call_connect(&node);
  if (fd < 0) {
    printf("engine %s does not %s\n", node.name, errno == EACCES ? "answer this user" : "run");
    return DONE;
  }
  struct kept output;
  int code = call_quietly(fd, options->words.count, (char **)options->words.word, &output,
                          call_while_it_lives, &node);
  if (output.bytes)
    fwrite(output.bytes, 1, output.length, stdout);
  return code < 0 ? say("engine %s has not answered", node.name) : code;
}

/* Our own verbs, and those of the engine where one runs. */
static int help(const struct options *options) {
  fputs(usage, stdout);
  fflush(stdout);
  if (!node_there(options->node)) {
    puts("\nNo engine runs; one that does answers more verbs, and tells them here.");
    return DONE;
  }
  struct node node = node_to_ask(options->node);
  int fd = call_connect(&node);
  struct kept output = {0};
  char *words[] = {"help"};
  if (fd >= 0 && call_quietly(fd, 1, words, &output, call_while_it_lives, &node) == 0)
    printf("\n%s", output.bytes ? output.bytes : "");
  return DONE;
}

int main(int count, char **arguments) {
  (void)count;
  struct options options = parse(arguments + 1);
  struct words *words = &options.words;
  if (options.help || words->count == 0 || (words->count == 1 && strcmp(words->word[0], "help") == 0)) {
    help(&options);
    return options.help || words->count > 0 ? DONE : MISUSED;
  }
  const char *verb = words->word[0];
  if (is_local(verb)) {
    struct node node = strcmp(verb, "stop") == 0 ? node_to_ask(options.node) : node_to_start(options.node);
    if (words->count > 1) {
      say("%s: expected no argument, got \"%s\"; see weir --help", verb, words->word[1]);
      return MISUSED;
    }
    if (strcmp(verb, "run") == 0)
      engine_run(&node);
    if (strcmp(verb, "start") == 0)
      return engine_start(&node, options.timeout ? options.timeout : START_SECONDS);
    return engine_stop(&node, options.timeout ? options.timeout : STOP_SECONDS);
  }
  if (strcmp(verb, "lab") == 0)
    return lab(&options);
  if (strcmp(verb, "holder") == 0) { /* the engine's own */
    struct node node = node_to_start(options.node);
    return engine_hold(&node);
  }
  if (strcmp(verb, "version") == 0)
    return version(&options);
  bool dump = strcmp(verb, "sysdump") == 0;
  struct node node =
      dump && !node_there(options.node) ? node_to_start(options.node) : node_to_ask(options.node);
  if (dump && !engine_lives(&node))
    return sysdump_away(&node, words);
  return call(&node, words->count, words->word);
}
