/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "java.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "say.h"

#define WANTED "17"
#define REMEDY "install openjdk-17-jre-headless, or name a Java 17 by JAVA_HOME"

void add_word(struct words *words, char *word) {
  if (words->count + 1 >= (int)(sizeof words->word / sizeof *words->word))
    die("the command line: expected at most %zu words, got more; look for a list that is too long, on it or "
        "in "
        "etc/jvm.options",
        sizeof words->word / sizeof *words->word - 1);
  words->word[words->count++] = word;
  words->word[words->count] = NULL;
}

void add_lines(struct words *words, const char *path) {
  char *content = read_file(path);
  if (!content)
    die("%s: %s", path, strerror(errno));
  for (char *line = strtok(content, "\n"); line; line = strtok(NULL, "\n")) {
    line += strspn(line, " \t");
    for (size_t end = strlen(line); end > 0 && strchr(" \t\r", line[end - 1]); end--)
      line[end - 1] = 0;
    if (*line && *line != '#')
      add_word(words, line);
  }
}

static char *on_path(const char *name) {
  const char *path = getenv("PATH");
  char *directories = text("%s", path ? path : "/usr/local/bin:/usr/bin:/bin");
  for (char *directory = strtok(directories, ":"); directory; directory = strtok(NULL, ":")) {
    char *program = text("%s/%s", directory, name);
    if (access(program, X_OK) == 0)
      return program;
  }
  return NULL;
}

static char *find_java(void) {
  const char *named = getenv("JAVA_HOME");
  if (named && *named) {
    char *program = text("%s/bin/java", named);
    if (access(program, X_OK) != 0)
      die("$JAVA_HOME/bin/java: %s: %s; " REMEDY, program, strerror(errno));
    return program;
  }
  static const char *const places[] = {"/usr/lib/jvm/java-17-openjdk-amd64/bin/java",
                                       "/usr/lib/jvm/java-17-openjdk-arm64/bin/java"};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (access(places[i], X_OK) == 0)
      return text("%s", places[i]);
  char *program = on_path("java");
  if (!program)
    die("java: expected Java " WANTED ", found none; " REMEDY);
  return program;
}

/* The version that the file release beside bin/ names; NULL where there is no such file. */
static char *version_of(const char *program) {
  char real[PATH_MAX];
  if (!realpath(program, real))
    return NULL;
  char *content = read_file(text("%s/release", dirname(dirname(real))));
  char *version = content ? strstr(content, "JAVA_VERSION=\"") : NULL;
  if (!version)
    return NULL;
  version += strlen("JAVA_VERSION=\"");
  version[strcspn(version, "\"")] = 0;
  return version;
}

char *java(void) {
  char *program = find_java();
  char *version = version_of(program);
  if (version && strncmp(version, WANTED, strlen(WANTED)) != 0)
    die("%s: expected Java " WANTED ", got %s; " REMEDY, program, version);
  return program;
}

void settle_environment(void) {
  setenv("LC_ALL", "C.UTF-8", 1);
  setenv("MALLOC_ARENA_MAX", "2", 0);
  unsetenv("JAVA_TOOL_OPTIONS"); /* announced on standard error, and not ours to obey */
  unsetenv("JDK_JAVA_OPTIONS");
}

void become(struct words *words) {
  execv(words->word[0], words->word);
  die("%s: %s", words->word[0], strerror(errno));
}
