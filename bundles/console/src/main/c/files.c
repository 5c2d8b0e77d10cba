/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

enum {
  FILE_MOST = 64 << 10,
  OPEN_DIRECTORIES = 16
};

void make_directories(const char *path, mode_t mode) {
  char *whole = text("%s", path);
  for (char *slash = strchr(whole + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    if (mkdir(whole, 0755) != 0 && errno != EEXIST)
      die("%s: %s", whole, strerror(errno));
    *slash = '/';
  }
  if (mkdir(whole, mode) == 0)
    return;
  struct stat status;
  if (errno != EEXIST || stat(whole, &status) != 0)
    die("%s: %s", whole, strerror(errno));
  if (!S_ISDIR(status.st_mode))
    die("%s: expected a directory, got something else; move it away", whole);
}

static void copy_file(const char *from, const char *to) {
  int in = open(from, O_RDONLY | O_CLOEXEC);
  if (in < 0)
    die("%s: %s", from, strerror(errno));
  int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (out < 0)
    die("%s: %s", to, strerror(errno));
  ssize_t sent;
  while ((sent = sendfile(out, in, NULL, 1 << 20)) > 0)
    continue;
  if (sent < 0 || close(out) != 0)
    die("%s: %s", to, strerror(errno));
  close(in);
}

void copy_directory(const char *from, const char *to, bool (*keep)(const char *name)) {
  make_directories(to, 0755);
  DIR *directory = opendir(from);
  if (!directory)
    die("%s: %s; the distribution is not complete", from, strerror(errno));
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (entry->d_name[0] == '.')
      continue;
    char *source = text("%s/%s", from, entry->d_name);
    char *target = text("%s/%s", to, entry->d_name);
    struct stat status;
    if (stat(source, &status) != 0)
      die("%s: %s", source, strerror(errno));
    if (S_ISDIR(status.st_mode))
      copy_directory(source, target, keep);
    else if (access(target, F_OK) != 0 || !keep(entry->d_name))
      copy_file(source, target);
  }
  closedir(directory);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status, (void)kind, (void)place;
  return remove(path);
}

void remove_directory(const char *path) {
  if (nftw(path, remove_entry, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0 && errno != ENOENT)
    die("%s: %s", path, strerror(errno));
}

char *read_file(const char *path) {
  FILE *file = fopen(path, "re");
  if (!file)
    return NULL;
  char *content = calloc(1, FILE_MOST + 1);
  if (!content)
    abort();
  fread(content, 1, FILE_MOST, file);
  fclose(file);
  return content;
}

void write_file(const char *path, const char *content) {
  FILE *file = fopen(path, "we");
  if (!file || fputs(content, file) < 0 || fclose(file) != 0)
    die("%s: %s", path, strerror(errno));
}

char *join_files(const char *directory, const char *ending, const char *prefix) {
  struct dirent **entries;
  int count = scandir(directory, &entries, NULL, alphasort);
  if (count < 0)
    die("%s: %s; the distribution is not complete", directory, strerror(errno));
  char *joined = text("%s", "");
  for (int i = 0; i < count; i++) {
    const char *name = entries[i]->d_name;
    size_t length = strlen(name);
    if (length > strlen(ending) && strcmp(name + length - strlen(ending), ending) == 0)
      joined = text("%s%s%s%s", joined, *joined ? ":" : "", prefix, name);
  }
  return joined;
}
