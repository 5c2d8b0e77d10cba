/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol of weir.sock: what the native client and the CNI plugin speak with the engine.
 *
 * One connection carries one call. Each frame is
 *
 *      0        4      5
 *      +--------+------+------------- - -
 *      | length | type | payload
 *      +--------+------+------------- - -
 *
 * length counts the payload only, big endian, at most FRAME_MOST. Numbers in payloads are big endian too.
 *
 *      client                                engine
 *        | ENV (0 or more), ARGS  ---------->  |   the call begins at ARGS
 *        |  <---------- READ n                 |   the call takes n more bytes of standard input
 *        | STDIN, …, STDIN_END    ---------->  |   only the verbs that read it ask for it
 *        |  <---------- TERMINAL 1             |   the call wants the terminal raw, and its size
 *        | WINDOW                 ---------->  |
 *        |  <---------- OUT, ERR, …            |
 *        | CANCEL                 ---------->  |   ^C
 *        |  <---------- AGAIN                  |   nothing was done: whoever comes next will answer
 *        |  <---------- EXIT code              |   always the last
 *
 * A client that knows its verb reads standard input (the CNI plugin does) may send FRAME_EAGER bytes of
 * STDIN, and STDIN_END, without waiting for a READ.
 */
#ifndef WEIR_FRAMES_H
#define WEIR_FRAMES_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  FRAME_ARGS = 1,      /* words, each ended by NUL, the verb first */
  FRAME_ENV = 2,       /* KEY=VALUE, each ended by NUL */
  FRAME_STDIN = 3,     /* bytes */
  FRAME_STDIN_END = 4, /* empty */
  FRAME_WINDOW = 5,    /* u16 columns, u16 rows */
  FRAME_CANCEL = 6,    /* empty */

  FRAME_OUT = 16,      /* bytes for standard output */
  FRAME_ERR = 17,      /* bytes for standard error */
  FRAME_EXIT = 18,     /* u8 exit code */
  FRAME_READ = 19,     /* u32: this many more bytes of STDIN may be sent */
  FRAME_TERMINAL = 20, /* u8: 1 raw, 0 as it was */
  FRAME_AGAIN = 21,    /* empty: call again, on another connection */
};

enum {
  FRAME_HEADER = 5,
  FRAME_MOST = 1 << 20,   /* bytes of payload; more is an error that ends the connection */
  FRAME_EAGER = 64 << 10, /* bytes of STDIN that may be sent unasked */
};

struct frame {
  uint32_t length;
  uint8_t type;
};

static inline void frame_header(unsigned char to[FRAME_HEADER], uint8_t type, uint32_t length) {
  to[0] = (unsigned char)(length >> 24);
  to[1] = (unsigned char)(length >> 16);
  to[2] = (unsigned char)(length >> 8);
  to[3] = (unsigned char)length;
  to[4] = type;
}

static inline struct frame frame_parse(const unsigned char from[FRAME_HEADER]) {
  struct frame f = {
      .length = (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3],
      .type = from[4],
  };
  return f;
}

/* Sends all of it; 0, or -1 with errno. A peer that has gone is EPIPE, not a signal. */
static inline int frame_send_all(int fd, const void *bytes, size_t count) {
  const char *at = bytes;
  while (count > 0) {
    ssize_t sent = send(fd, at, count, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR)
        continue;
      return -1;
    }
    at += sent;
    count -= (size_t)sent;
  }
  return 0;
}

/* Receives exactly count bytes: 1; 0 when the peer closed before the first one; -1 with errno (EPROTO: in the
 * midst). */
static inline int frame_receive_all(int fd, void *bytes, size_t count) {
  char *at = bytes;
  size_t got = 0;
  while (got < count) {
    ssize_t n = read(fd, at + got, count - got);
    if (n < 0) {
      if (errno == EINTR)
        continue;
      return -1;
    }
    if (n == 0) {
      if (got == 0)
        return 0;
      errno = EPROTO;
      return -1;
    }
    got += (size_t)n;
  }
  return 1;
}

/* Sends one frame; 0, or -1 with errno (EMSGSIZE: the payload is over FRAME_MOST). */
static inline int frame_send(int fd, uint8_t type, const void *payload, size_t length) {
  unsigned char header[FRAME_HEADER];
  if (length > FRAME_MOST) {
    errno = EMSGSIZE;
    return -1;
  }
  frame_header(header, type, (uint32_t)length);
  if (frame_send_all(fd, header, sizeof header) != 0)
    return -1;
  return length == 0 ? 0 : frame_send_all(fd, payload, length);
}

/*
 * Receives one frame, its payload into a buffer of FRAME_MOST bytes: 1; 0 when the peer has closed; -1 with
 * errno (EPROTO: longer than FRAME_MOST, or cut off).
 */
static inline int frame_receive(int fd, struct frame *frame, void *payload) {
  unsigned char header[FRAME_HEADER];
  int result = frame_receive_all(fd, header, sizeof header);
  if (result != 1)
    return result;
  *frame = frame_parse(header);
  if (frame->length > FRAME_MOST) {
    errno = EPROTO;
    return -1;
  }
  if (frame->length == 0)
    return 1;
  result = frame_receive_all(fd, payload, frame->length);
  if (result == 0) {
    errno = EPROTO;
    return -1;
  }
  return result;
}

/* Appends one NUL-terminated word to a payload of NULs between words; 0, or -1 when it does not fit. */
static inline int frame_word(char *payload, size_t *length, size_t room, const char *word) {
  size_t size = strlen(word) + 1;
  if (size > room - *length)
    return -1;
  memcpy(payload + *length, word, size);
  *length += size;
  return 0;
}

#endif
