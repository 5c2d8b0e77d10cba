/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads every program of every object, each by itself, so that one that is refused hides no other; then
 * attaches it where it belongs, puts it anew over itself where that is how it is replaced, and takes it off
 * again.
 *
 *   load OBJECTS OUT   reads OBJECTS/NAME.bpf.o; writes OUT/programs.tsv (object, program, section, loaded or
 * refused, instructions that the verifier looked at, attached or what the kernel said) and
 *                      OUT/verifier/NAME/PROGRAM.log; pins maps and programs; prints "loaded N of M, attached
 * A"
 *
 *   load -n OBJECTS OUT   only loads: nothing is pinned or attached, and only programs.tsv and the logs are
 * written
 *
 * Maps of one name are one map, as on a node; with -n each program has its own.
 */
#include "say.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CGROUP "/sys/fs/cgroup/weir"
#define DEVICE "probe"

/* Level 1 keeps the path that is refused, 4 adds what the verifier counted. */
#define LOG_LEVEL (1 | 4)
/* As much as the kernel takes from everyone: before 6.4 a log that is too long fails the load. */
#define LOG_BYTES (16 << 20)

static char *verifier_log;
static int programs, loaded, attached;
static bool only_loads;

static int to_stderr(enum libbpf_print_level level, const char *format, va_list arguments) {
  return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

static const char *failure(const char *what, int error) {
  return text("%s: %s", what, strerror(error < 0 ? -error : error));
}

/* Both sides of a device by clsact: attach, replace, detach. NULL, or what failed. */
static const char *attach_tc(int fd) {
  static const enum bpf_tc_attach_point points[] = {BPF_TC_INGRESS, BPF_TC_EGRESS};
  LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex(DEVICE),
              .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
  int error = bpf_tc_hook_create(&hook);

  if (error)
    return failure("clsact", error);
  for (int i = 0; i < 2; i++) {
    LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = fd, .handle = 1, .priority = 1);
    LIBBPF_OPTS(bpf_tc_opts, where, .handle = 1, .priority = 1);
    hook.attach_point = points[i];
    error = bpf_tc_attach(&hook, &options);
    if (error)
      return failure("attach", error);
    options.prog_id = 0;
    options.flags = BPF_TC_F_REPLACE;
    error = bpf_tc_attach(&hook, &options);
    if (error)
      return failure("replace", error);
    error = bpf_tc_detach(&hook, &where);
    if (error)
      return failure("detach", error);
  }
  hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
  error = bpf_tc_hook_destroy(&hook);
  return error ? failure("clsact", error) : NULL;
}

static const char *attach_cgroup(int fd, enum bpf_attach_type type) {
  int cgroup = open(CGROUP, O_RDONLY | O_DIRECTORY);
  int link = cgroup < 0 ? -errno : bpf_link_create(fd, cgroup, type, NULL);
  const char *failed = NULL;

  if (link < 0)
    failed = failure("attach", link);
  else if (bpf_link_update(link, fd, NULL))
    failed = failure("replace", errno);
  if (link >= 0)
    close(link);
  if (cgroup >= 0)
    close(cgroup);
  return failed;
}

/* It has no hook: it is run where it would be called. */
static const char *run(int fd) {
  unsigned char context[64] = {};
  LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = context, .ctx_size_in = sizeof(context));
  int error = bpf_prog_test_run_opts(fd, &options);

  if (error)
    return failure("run", error);
  return options.retval ? text("run: expected 0, came %d", (int)options.retval) : NULL;
}

static const char *attach(const struct bpf_program *program) {
  int fd = bpf_program__fd(program);

  switch (bpf_program__type(program)) {
  case BPF_PROG_TYPE_SCHED_CLS:
    return attach_tc(fd);
  case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
  case BPF_PROG_TYPE_CGROUP_SKB:
  case BPF_PROG_TYPE_SOCK_OPS:
    return attach_cgroup(fd, bpf_program__expected_attach_type(program));
  case BPF_PROG_TYPE_SYSCALL:
    return run(fd);
  default:
    return "nobody has told the loader how to attach it";
  }
}

static unsigned verified_instructions(int fd) {
  struct bpf_prog_info info = {};
  __u32 size = sizeof(info);
  return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.verified_insns;
}

static void keep_log(const char *out, const char *object, const char *program) {
  const char *path = text("%s/verifier/%s/%s.log", out, object, program);
  FILE *file = fopen(path, "w");

  if (!file || fputs(verifier_log, file) < 0 || fclose(file))
    die("%s", path);
}

/* Maps by their names, those of sections of data aside. */
static void share_maps(struct bpf_object *object) {
  struct bpf_map *map;
  bpf_object__for_each_map(map, object) {
    if (!bpf_map__is_internal(map))
      bpf_map__set_pin_path(map, text("%s/%s", MAPS, bpf_map__name(map)));
  }
}

/* Loads one program of an object, or none where it is NULL. 0, or a negative error. */
static int load_only(struct bpf_object *object, struct bpf_program *wanted) {
  struct bpf_program *program;

  if (!only_loads)
    share_maps(object);
  bpf_object__for_each_program(program, object) bpf_program__set_autoload(program, program == wanted);
  if (wanted) {
    verifier_log[0] = 0;
    bpf_program__set_log_level(wanted, LOG_LEVEL);
    bpf_program__set_log_buf(wanted, verifier_log, LOG_BYTES);
  }
  return bpf_object__load(object);
}

/* "attached", or what failed; then pins it. */
static const char *try_hook(struct bpf_program *program, const char *name) {
  const char *failed = attach(program);

  if (!failed)
    attached++;
  if (bpf_program__pin(program, text("%s/%s", PROGRAMS, name)))
    die("%s/%s", PROGRAMS, name);
  return failed ? failed : "attached";
}

static void try_program(const char *path, const char *name, const char *wanted, const char *out, FILE *list) {
  struct bpf_object *object = bpf_object__open_file(path, NULL);
  struct bpf_program *program = object ? bpf_object__find_program_by_name(object, wanted) : NULL;
  const char *said = "refused";
  unsigned instructions = 0;
  int error;

  if (!program)
    die("%s: %s", path, wanted);
  error = load_only(object, program);
  keep_log(out, name, wanted);
  if (error) {
    said = failure("load", error);
  } else {
    loaded++;
    instructions = verified_instructions(bpf_program__fd(program));
    said = only_loads ? "only loaded" : try_hook(program, wanted);
  }
  fprintf(list, "%s\t%s\t%s\t%s\t%u\t%s\n", name, wanted, bpf_program__section_name(program),
          error ? "refused" : "loaded", instructions, said);
  printf("%s/%s: %s, %u instructions verified, %s\n", name, wanted, error ? "refused" : "loaded",
         instructions, said);
  fflush(stdout);
  bpf_object__close(object);
}

static void try_object(const char *path, const char *out, FILE *list) {
  struct bpf_object *object = bpf_object__open_file(path, NULL);
  char *copy = strdup(path), *name = basename(copy);
  struct bpf_program *program;

  if (!object)
    die("%s", path);
  name[strcspn(name, ".")] = 0;
  if (mkdir(text("%s/verifier/%s", out, name), 0755))
    die("%s/verifier/%s", out, name);
  bpf_object__for_each_program(program, object) {
    programs++;
    try_program(path, name, bpf_program__name(program), out, list);
  }
  if (!only_loads && load_only(object, NULL)) /* an object without programs still has types and maps */
    die("%s: its maps", path);
  bpf_object__close(object);
  free(copy);
}

int main(int count, char **words) {
  glob_t objects;
  FILE *list;

  only_loads = count == 4 && !strcmp(words[1], "-n");
  if (only_loads)
    words++;
  else if (count != 3)
    die("usage: load [-n] OBJECTS OUT");
  libbpf_set_print(to_stderr);
  libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  verifier_log = malloc(LOG_BYTES);
  list = fopen(text("%s/programs.tsv", words[2]), "w");
  if (!verifier_log || !list || (!only_loads && (mkdir(MAPS, 0700) || mkdir(PROGRAMS, 0700))))
    die("%s", words[2]);
  if (!only_loads && system("iproute2 link add " DEVICE " type dummy && iproute2 link set " DEVICE " up"))
    die(DEVICE);
  if (glob(text("%s/*.bpf.o", words[1]), 0, NULL, &objects))
    die("%s: expected objects", words[1]);
  for (size_t i = 0; i < objects.gl_pathc; i++)
    try_object(objects.gl_pathv[i], words[2], list);
  fclose(list);
  printf("loaded %d of %d, attached %d\n", loaded, programs, attached);
  return loaded == programs && (only_loads || attached == programs) ? 0 : 1;
}
