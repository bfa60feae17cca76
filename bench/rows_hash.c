/* bench/rows_hash.c: are the rows of two engines the same? Prints rows and a hash of a TSV result.
 *
 * rows_hash FILE. The first line is the header and is left out. The hash is the sum of the hashes of the
 * rows, so it does not depend on their order. Engines write terms in different ways, so a cell counts by this
 * rule: an IRI and a literal count by their text alone, without angle brackets, quotes, escapes, datatype and
 * language; a number by its value to ten digits; and every blank node as the same one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES_MAX = 40 };
static const uint64_t PRIME = 0x100000001b3u; /* of FNV-1a */

static uint64_t add(uint64_t hash, const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    hash = (hash ^ (unsigned char)bytes[i]) * PRIME;
  }
  return hash;
}

/* Spreads the bits, or sums of similar rows would meet. */
static uint64_t mix(uint64_t h) {
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
  return h ^ (h >> 33);
}

/* The text between the quotes, escapes undone in place; what follows the quotes is dropped. */
static size_t unquote(char *cell, size_t bytes) {
  size_t n = 0;
  for (size_t i = 1; i < bytes && cell[i] != '"'; i++) {
    char c = cell[i];
    if (c == '\\' && i + 1 < bytes) {
      c = cell[++i];
      c = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
    }
    cell[n++] = c;
  }
  return n;
}

/* If the cell is a number, its value to ten digits; else the cell itself. */
static uint64_t add_value(uint64_t hash, const char *cell, size_t bytes) {
  char text[NUMBER_BYTES_MAX + 1], *end = NULL, value[NUMBER_BYTES_MAX];
  if (bytes == 0 || bytes > NUMBER_BYTES_MAX || strspn(cell, "+-.0123456789eE") < bytes) {
    return add(hash, cell, bytes);
  }
  memcpy(text, cell, bytes);
  text[bytes] = '\0';
  const double number = strtod(text, &end);
  if (*end != '\0') {
    return add(hash, cell, bytes);
  }
  const int length = snprintf(value, sizeof value, "%.10g", number + 0.0);
  return add(hash, value, (size_t)length);
}

static int begins(const char *cell, size_t bytes, const char *with) {
  return bytes >= strlen(with) && memcmp(cell, with, strlen(with)) == 0;
}

/* `cell` ends in a byte that is no part of it and may be read. */
static uint64_t add_cell(uint64_t hash, char *cell, size_t bytes) {
  if (bytes > 1 && cell[0] == '"') {
    bytes = unquote(cell, bytes);
    cell[bytes] = '\0';
  } else if (bytes > 1 && cell[0] == '<' && cell[bytes - 1] == '>') {
    cell++;
    bytes -= 2;
  }
  if (begins(cell, bytes, "_:") || begins(cell, bytes, "nodeID://")) {
    hash = add(hash, "_:", 2);
  } else {
    hash = add_value(hash, cell, bytes);
  }
  return add(hash, "\x1f", 1);
}

static uint64_t row_hash(char *line, size_t bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  line[bytes] = '\t';
  for (char *end = line + bytes; line <= end;) {
    char *tab = (char *)memchr(line, '\t', (size_t)(end - line) + 1);
    hash = add_cell(hash, line, (size_t)(tab - line));
    line = tab + 1;
  }
  return mix(hash);
}

int main(int argc, char **argv) {
  FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!f) {
    fprintf(stderr, "rows_hash FILE\n");
    return 2;
  }
  char *line = NULL;
  size_t capacity = 0;
  uint64_t rows = 0, sum = 0;
  ssize_t n = getline(&line, &capacity, f);
  while (n >= 0 && (n = getline(&line, &capacity, f)) >= 0) {
    size_t bytes = (size_t)n;
    while (bytes > 0 && (line[bytes - 1] == '\n' || line[bytes - 1] == '\r')) {
      bytes--;
    }
    sum += row_hash(line, bytes);
    rows++;
  }
  free(line);
  fclose(f);
  printf("%llu %016llx\n", (unsigned long long)rows, (unsigned long long)sum);
  return 0;
}
