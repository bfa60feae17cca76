/* bench/generate.c: makes data of any size for the benchmarks: generate things TRIPLES [FIRST] > file.nt,
 * generate facts FACTS [FIRST] > file.nq.
 *
 * Facts are N-Quads as an article's would be: the triple, its reifier and four statements about that, all in
 * the graph of the article. Things with a type, a label, numbers, dates, some long texts and links to other
 * things, half of them near by, half anywhere. Every triple is another one; the same arguments give the same
 * bytes. FIRST: number of the first thing, so that two files can overlap or not.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void print_things(uint64_t count, uint64_t thing) {
  for (uint64_t done = 0; done < count; thing++) {
    const unsigned triples = 5 + (unsigned)(next_random() % 10);
    for (unsigned k = 0; k < triples && done < count; k++, done++) {
      print_triple(thing, k);
    }
  }
}

#define SAYS "https://kgq.example/ns#"

static void print_fact(uint64_t n) {
  char triple[200], graph[80];
  const uint64_t r = next_random();
  snprintf(graph, sizeof graph, "<http://example.org/article/%" PRIu64 ">", n / 20);
  snprintf(triple, sizeof triple,
           "<http://example.org/data/thing/%" PRIu64
           "> <http://example.org/p/link%u> <http://example.org/data/thing/%" PRIu64 ">",
           n / 3, (unsigned)(n % 3), r % 300007);
  printf("%s %s .\n", triple, graph);
  printf("_:r%" PRIu64 " <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> <<( %s )>> %s .\n", n, triple,
         graph);
  printf("_:r%" PRIu64 " <" SAYS "when> \"20%02u-%02u-%02u\"^^<http://www.w3.org/2001/XMLSchema#date> %s .\n",
         n, (unsigned)(r % 26), (unsigned)(r >> 8) % 12 + 1, (unsigned)(r >> 16) % 28 + 1, graph);
  printf("_:r%" PRIu64 " <" SAYS "status> <" SAYS "status-%u> %s .\n", n, (unsigned)(r >> 24) % 5, graph);
  printf("_:r%" PRIu64 " <" SAYS "saidBy> <http://example.org/data/thing/%u> %s .\n", n,
         (unsigned)(r >> 32) % 5000, graph);
  printf("_:r%" PRIu64 " <" SAYS "quote> \"", n);
  print_words(8);
  printf("\" %s .\n", graph);
}

int main(int argc, char **argv) {
  const uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0,
                 first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
  if (argc < 3 || (strcmp(argv[1], "things") != 0 && strcmp(argv[1], "facts") != 0)) {
    fprintf(stderr, "use: generate things|facts COUNT [FIRST]\n");
    return 2;
  }
  state = first;
  if (strcmp(argv[1], "things") == 0) {
    print_things(count, first);
  } else {
    for (uint64_t i = first; i < first + count; i++) {
      print_fact(i);
    }
  }
  return fflush(stdout) || ferror(stdout);
}
