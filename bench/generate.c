/* bench/generate.c: makes N-Triples of any size for the load benchmarks: generate TRIPLES [FIRST] > file.
 *
 * Things with a type, a label, numbers, dates, some long texts and links to other things, half of them near
 * by, half anywhere. Every triple is another one; the same arguments give the same bytes. FIRST: number of
 * the first thing, so that two files can overlap or not.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static uint64_t next_random(void) { /* splitmix64 */
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static const char *const words[16] = { "chip",   "memory",  "market",  "report", "factory", "order",
                                       "cloud",  "supply",  "server",  "growth", "quarter", "price",
                                       "design", "battery", "network", "robot" };

static void print_words(int count) {
  for (int i = 0; i < count; i++) {
    printf("%s%s", i ? " " : "", words[next_random() % 16]);
  }
}

static void print_thing(uint64_t n) {
  printf("<http://example.org/data/thing/%" PRIu64 ">", n);
}

/* Triple number k (0 ..) of thing n; k makes the predicate, so that no two are the same. */
static void print_triple(uint64_t n, unsigned k) {
  print_thing(n);
  const uint64_t r = next_random();
  switch (k) {
  case 0:
    printf(" <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/class/%u>",
           (unsigned)(r % 40));
    break;
  case 1:
    printf(" <http://www.w3.org/2000/01/rdf-schema#label> \"");
    print_words(2);
    printf(" %" PRIu64 "\"@en", n);
    break;
  case 2:
    printf(" <http://example.org/p/amount> \"%u\"^^<http://www.w3.org/2001/XMLSchema#integer>",
           (unsigned)(r % 100000));
    break;
  case 3:
    printf(" <http://example.org/p/date> \"20%02u-%02u-%02u\"^^<http://www.w3.org/2001/XMLSchema#date>",
           (unsigned)(r % 26), (unsigned)(r >> 8) % 12 + 1, (unsigned)(r >> 16) % 28 + 1);
    break;
  case 4:
    printf(" <http://example.org/p/text> \"");
    print_words(6 + (int)(r % 8));
    printf("\"");
    break;
  default: printf(" <http://example.org/p/link%u> ", k); print_thing(k % 2 ? n + 1 + r % 50 : r % 1000003);
  }
  printf(" .\n");
}

int main(int argc, char **argv) {
  const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
  uint64_t thing = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
  state = thing;
  for (uint64_t done = 0; done < count; thing++) {
    const unsigned triples = 5 + (unsigned)(next_random() % 10);
    for (unsigned k = 0; k < triples && done < count; k++, done++) {
      print_triple(thing, k);
    }
  }
  return fflush(stdout) || ferror(stdout);
}
