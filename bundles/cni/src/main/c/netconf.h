/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The little that the plugin itself must know of a network configuration: two fields of the outermost object.
 * All the rest is the engine's to judge.
 */
#ifndef WEIR_NETCONF_H
#define WEIR_NETCONF_H

#include <stddef.h>
#include <string.h>

static inline const char *json_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
    at++;
  return at;
}

/* Behind the closing quote of the string that begins at at, or NULL. */
static inline const char *json_string(const char *at, const char *end) {
  if (at >= end || *at != '"')
    return NULL;
  for (at++; at < end; at++) {
    if (*at == '\\')
      at++;
    else if (*at == '"')
      return at + 1;
  }
  return NULL;
}

/* Behind the value that begins at at, or NULL where the text ends first. */
static inline const char *json_value(const char *at, const char *end) {
  int depth = 0;
  while (at && at < end) {
    if (*at == '"') {
      at = json_string(at, end);
      if (depth == 0)
        return at;
      continue;
    }
    if (*at == '{' || *at == '[')
      depth++;
    else if (*at == '}' || *at == ']') {
      if (depth == 0)
        return at; /* of the object around a bare value */
      if (--depth == 0)
        return at + 1;
    } else if (*at == ',' && depth == 0)
      return at;
    at++;
  }
  return NULL;
}

/*
 * Copies the text of the outermost field name into value: 1; 0 where there is no such field; -1 where it is
 * no string without escapes that fits.
 */
static inline int netconf_field(const char *json, size_t length, const char *name, char *value, size_t room) {
  const char *end = json + length;
  const char *at = json_space(json, end);
  if (at >= end || *at != '{')
    return 0;
  at = json_space(at + 1, end);
  while (at < end && *at == '"') {
    const char *key = at + 1;
    const char *after = json_string(at, end);
    if (!after)
      return 0;
    size_t size = (size_t)(after - 1 - key);
    at = json_space(after, end);
    if (at >= end || *at != ':')
      return 0;
    at = json_space(at + 1, end);
    if (size == strlen(name) && memcmp(key, name, size) == 0) {
      after = json_string(at, end);
      if (!after || (size_t)(after - at) - 1 > room || memchr(at, '\\', (size_t)(after - at)))
        return -1;
      memcpy(value, at + 1, (size_t)(after - at) - 2);
      value[after - at - 2] = 0;
      return 1;
    }
    at = json_value(at, end);
    if (!at)
      return 0;
    at = json_space(at, end);
    if (at >= end || *at != ',')
      return 0;
    at = json_space(at + 1, end);
  }
  return 0;
}

#endif
