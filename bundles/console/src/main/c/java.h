/* SPDX-License-Identifier: Apache-2.0 */
/* The Java that engines and the lab run on. */
#ifndef WEIR_JAVA_H
#define WEIR_JAVA_H

/* A command line that grows. */
struct words {
  int count;
  char *word[512];
};

void add_word(struct words *words, char *word);

/* Each line of the file that is not empty and no comment. */
void add_lines(struct words *words, const char *path);

/* The program; dies where there is none, or one of another version than the engine is made for. */
char *java(void);

/* What Java takes from the environment is the same everywhere, whatever the caller's locale. */
void settle_environment(void);

/* Becomes this command. */
void become(struct words *words) __attribute__((noreturn));

#endif
