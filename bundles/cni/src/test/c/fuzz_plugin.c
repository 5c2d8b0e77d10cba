/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CNI plugin under libFuzzer. Of the input, two bytes (little endian) say how much of the rest is the
 * network configuration; what follows is what an engine answers.
 */
#define main plugin_main
#include "../../main/c/weir-cni.c"
#undef main
#include <stdint.h>
#include <sys/mman.h>

static void configuration(const uint8_t *bytes, size_t size) {
  static const char *const fields[] = {"node", "cniVersion", ""};
  char node[NAME_MOST + 1];
  char value[32];
  memcpy(input, bytes, size);
  input_length = size;
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (netconf_field(input, input_length, fields[i], value, sizeof value) == 1 &&
        strlen(value) >= sizeof value)
      abort();
  if (choose_node(node) == 1 && !plain_name(node))
    abort();
  refuse(11, "fuzzed", "n1");
}

static void answered(const uint8_t *bytes, size_t size) {
  int code = -1;
  int fd = memfd_create("answer", MFD_CLOEXEC);
  if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
    abort();
  answer_length = 0;
  if (receive(fd, 0, now_ms(), &code) == ANSWERED && (code < 0 || code > 255))
    abort();
  if (answer_length > sizeof answer || (answer_length > 0 && strchr(" \t\r\n", answer[0]) && answer[0]))
    abort();
  close(fd);
}

/* The words of the plugin go nowhere; what libFuzzer says goes to standard error. */
int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count, (void)arguments;
  if (!freopen("/dev/null", "w", stdout))
    abort();
  unsetenv("WEIR_NODE");
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (size < 2)
    return 0;
  size_t most = (size_t)bytes[0] | (size_t)bytes[1] << 8;
  size_t length = most < size - 2 ? most : size - 2;
  configuration(bytes + 2, length);
  answered(bytes + 2 + length, size - 2 - length);
  return 0;
}
