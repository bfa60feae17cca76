/* tests/unit/test_published.c: what LOAD may read: paths below a mapped folder and nothing else, one
 * transaction, limits.
 *
 * Each test has a temporary folder with `data` below it, published under http://e/, and things beside it that
 * must stay out of reach.
 */
#include "engine_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/beneath.h"

typedef struct place {
  fixture f;
  char folder[64];
} place;

static const char *in_place(const place *p, const char *name) {
  static char path[256];
  (void)snprintf(path, sizeof path, "%s/%s", p->folder, name);
  return path;
}

static void write_file(const place *p, const char *name, const char *text) {
  FILE *file = fopen(in_place(p, name), "wb");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static int setup(void **state) {
  place *p = calloc(1, sizeof *p);
  assert_non_null(p);
  (void)snprintf(p->folder, sizeof p->folder, "/tmp/kgq-published-XXXXXX");
  assert_non_null(mkdtemp(p->folder));
  assert_int_equal(mkdir(in_place(p, "data"), 0777), 0);
  assert_int_equal(mkdir(in_place(p, "data/sub"), 0777), 0);
  assert_int_equal(mkdir(in_place(p, "other"), 0777), 0);
  write_file(p, "outside.nt", "<http://e/outside> <http://e/p> 1 .\n");
  write_file(p, "other/o.ttl", "<http://e/o> <http://e/p> 1 .\n");
  write_file(p, "data/a.ttl", "<http://e/a> <http://e/p> 1 .\n");
  write_file(p, "data/sub/b c.ttl", "<http://e/b> <http://e/p> 1 .\n");
  write_file(p, "data/bad.nt",
             "<http://e/half> <http://e/p> <http://e/x> .\n<http://e/half> <http://e/p> _:b .\nwrong\n");
  fixture_open(&p->f);
  assert_int_equal(kgq_map(p->f.conn, "http://e/", in_place(p, "data"), NULL), KGQ_OK);
  *state = p;
  return 0;
}

static int teardown(void **state) {
  place *p = *state;
  char command[128];
  fixture_close(&p->f);
  (void)snprintf(command, sizeof command, "rm -rf %s", p->folder);
  assert_int_equal(system(command), 0);
  free(p);
  return 0;
}

/* The status of an update, and that it says `part`. */
static void check_update(const place *p, const char *text, kgq_status expected, const char *part) {
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  assert_int_equal(kgq_prepare(p->f.conn, text, KGQ_NUL_TERMINATED, &stmt, NULL), KGQ_OK);
  const kgq_status st = kgq_step(stmt, &err);
  if (st != expected || !strstr(kgq_error_message(err), part)) {
    fail_msg("%s: %s %s, not %s %s", text, kgq_status_name(st), kgq_error_message(err),
             kgq_status_name(expected), part);
  }
  kgq_error_free(err);
  kgq_finalize(stmt);
}

static void check_quads(place *p, const char *expected) {
  kgq_stmt *stmt = NULL;
  assert_int_equal(
      kgq_prepare(p->f.conn, "SELECT ?s { ?s ?p ?o } ORDER BY ?s", KGQ_NUL_TERMINATED, &stmt, NULL), KGQ_OK);
  char all[1024] = "";
  while (kgq_step(stmt, NULL) == KGQ_ROW) {
    (void)strncat(all, kgq_column_text(stmt, 0).ptr + strlen("http://e/"), 64);
    (void)strncat(all, " ", 2);
  }
  kgq_finalize(stmt);
  assert_string_equal(all, expected);
}

/* ---- paths -------------------------------------------------------------------------------------- */

static void only_names_below_are_paths(void **state) {
  (void)state;
  static const char *const good[] = { "a", "a/b", "a.ttl", "...", "..a", "a..", ".a/b", "a\\b", "~/x", "-" };
  static const char *const bad[] = { "",    "/",   "/a",    "a/",           "a//b",
                                     ".",   "..",  "../a",  "a/..",         "a/../b",
                                     "./a", "a/.", "a/./b", "//etc/passwd", "a/../../b" };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    assert_null(kg_beneath_refusal(kg_str(good[i])));
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_non_null(kg_beneath_refusal(kg_str(bad[i])));
  }
  char longest[NAME_MAX + 2];
  memset(longest, 'a', sizeof longest);
  assert_non_null(kg_beneath_refusal(kg_str_n("a\0b", 3)));
  assert_null(kg_beneath_refusal(kg_str_n(longest, NAME_MAX)));
  assert_non_null(kg_beneath_refusal(kg_str_n(longest, NAME_MAX + 1)));
}

static void nothing_outside_is_opened(void **state) {
  place *p = *state;
  static const char *const refused[] = {
    "http://e/../outside.nt",
    "http://e/%2e%2e/outside.nt",
    "http://e/.%2E/outside.nt",
    "http://e/sub/../a.ttl",
    "http://e/sub/%2e/b.ttl",
    "http://e/..%2Foutside.nt",
    "http://e/sub%2fb%20c.ttl",
    "http://e//a.ttl",
    "http://e/",
    "http://e/sub/",
    "http://e/a.ttl%00",
    "http://e/a%zz.ttl",
    "http://e/a.ttl%",
    "http://e/a.ttl%4",
    "http://e/a.ttl?x",
    "http://e/a.ttl#x",
    "http://e/sub",
    "http://e/%2Fetc/hostname",
    "http://e%2f/a.ttl",
    "http://f/a.ttl",
    "https://e/a.ttl",
    "file:///etc/hostname",
    "http://e:80/a.ttl",
    "HTTP://e/a.ttl",
  };
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    char text[256];
    (void)snprintf(text, sizeof text, "LOAD <%s>", refused[i]);
    kgq_stmt *stmt = NULL;
    if (kgq_prepare(p->f.conn, text, KGQ_NUL_TERMINATED, &stmt, NULL) == KGQ_OK) { /* else it is no IRI */
      check_update(p, text, KGQ_REFUSED, "is refused");
    }
    kgq_finalize(stmt);
  }
  check_update(p, "LOAD <http://e/%252e%252e/outside.nt>", KGQ_NOTFOUND, "there is no file"); /* once only */
  check_quads(p, "");
  check_update(p, "LOAD <http://e/sub/b%20c.ttl>", KGQ_DONE, "");
  check_quads(p, "b ");
}

static void links_and_devices_are_refused(void **state) {
  place *p = *state;
  char target[256];
  (void)snprintf(target, sizeof target, "%s/outside.nt", p->folder);
  assert_int_equal(symlink(target, in_place(p, "data/absolute.nt")), 0);
  assert_int_equal(symlink("../outside.nt", in_place(p, "data/relative.nt")), 0);
  assert_int_equal(symlink("a.ttl", in_place(p, "data/inside.ttl")), 0);
  assert_int_equal(symlink("..", in_place(p, "data/up")), 0);
  assert_int_equal(symlink("loop.nt", in_place(p, "data/loop.nt")), 0);
  assert_int_equal(mkfifo(in_place(p, "data/fifo.nt"), 0666), 0);
  assert_int_equal(mkdir(in_place(p, "data/dir.nt"), 0777), 0);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const char *name = in_place(p, "data/socket.nt");
  assert_true(strlen(name) < sizeof address.sun_path);
  memcpy(address.sun_path, name, strlen(name) + 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  check_update(p, "LOAD <http://e/absolute.nt>", KGQ_REFUSED, "symbolic link");
  check_update(p, "LOAD <http://e/relative.nt>", KGQ_REFUSED, "symbolic link");
  check_update(p, "LOAD <http://e/inside.ttl>", KGQ_REFUSED, "symbolic link");
  check_update(p, "LOAD <http://e/up/outside.nt>", KGQ_REFUSED, "symbolic link");
  check_update(p, "LOAD <http://e/loop.nt>", KGQ_REFUSED, "symbolic link");
  check_update(p, "LOAD <http://e/fifo.nt>", KGQ_REFUSED, "no regular file");
  check_update(p, "LOAD <http://e/dir.nt>", KGQ_REFUSED, "no regular file");
  check_update(p, "LOAD <http://e/socket.nt>", KGQ_REFUSED, "no regular file");
  (void)close(fd);
  const int devices = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int out = 0;
  assert_int_equal(kg_beneath_open(devices, KG_STR("null"), "null", &out, NULL), KGQ_REFUSED);
  assert_int_equal(kg_beneath_open(devices, KG_STR("null/x"), "null", &out, NULL), KGQ_NOTFOUND);
  assert_int_equal(out, -1);
  (void)close(devices);
  check_quads(p, "");
}

/* ---- mappings ----------------------------------------------------------------------------------- */

static void mappings_are_exact(void **state) {
  place *p = *state;
  kgq_conn *conn = p->f.conn;
  check_update(p, "LOAD <http://f/o.ttl>", KGQ_REFUSED, "no folder is published");
  assert_int_equal(kgq_map(conn, "http://f", in_place(p, "other"), NULL), KGQ_OK);
  check_update(p, "LOAD <http://f/o.ttl>", KGQ_DONE, "");
  check_update(p, "LOAD <http://foo.ttl>", KGQ_REFUSED, "no folder is published");
  assert_int_equal(kgq_map(conn, "http://e/sub/", in_place(p, "other"), NULL),
                   KGQ_OK); /* the longest counts */
  check_update(p, "LOAD <http://e/sub/b%20c.ttl>", KGQ_NOTFOUND, "there is no file");
  assert_int_equal(kgq_map(conn, "http://e/sub", NULL, NULL), KGQ_OK);
  check_update(p, "LOAD <http://e/sub/b%20c.ttl>", KGQ_DONE, "");
  assert_int_equal(kgq_map(conn, "urn:x:", in_place(p, "other"), NULL), KGQ_OK);
  check_update(p, "LOAD <urn:x:o.ttl>", KGQ_DONE, "");
  assert_int_equal(kgq_map(conn, "urn:x:", in_place(p, "data"), NULL), KGQ_OK); /* in its place */
  check_update(p, "LOAD <urn:x:o.ttl>", KGQ_NOTFOUND, "");
  kgq_conn *other = NULL; /* a mapping is the connection's own */
  kgq_stmt *stmt = NULL;
  assert_int_equal(kgq_connect(p->f.db, &other, NULL), KGQ_OK);
  assert_int_equal(kgq_prepare(other, "LOAD <urn:x:a.ttl>", KGQ_NUL_TERMINATED, &stmt, NULL), KGQ_OK);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_REFUSED);
  kgq_finalize(stmt);
  kgq_disconnect(other);
}

static void mappings_are_checked(void **state) {
  place *p = *state;
  kgq_conn *conn = p->f.conn;
  assert_int_equal(kgq_map(NULL, "http://e/", "/", NULL), KGQ_MISUSE);
  assert_int_equal(kgq_map(conn, NULL, "/", NULL), KGQ_MISUSE);
  assert_int_equal(kgq_map(conn, "relative/", "/", NULL), KGQ_DATA);
  assert_int_equal(kgq_map(conn, "http://e/?q", "/", NULL), KGQ_DATA);
  assert_int_equal(kgq_map(conn, "http://e/#f", "/", NULL), KGQ_DATA);
  assert_int_equal(kgq_map(conn, "http://g/", in_place(p, "nowhere"), NULL), KGQ_NOTFOUND);
  assert_int_equal(kgq_map(conn, "http://g/", in_place(p, "outside.nt"), NULL), KGQ_IO);
  for (int i = 1; i <= KG_LIMIT_MAPPINGS; i++) { /* one is there */
    char iri[64];
    (void)snprintf(iri, sizeof iri, "http://m%d/", i);
    assert_int_equal(kgq_map(conn, iri, p->folder, NULL), i < KG_LIMIT_MAPPINGS ? KGQ_OK : KGQ_LIMIT);
  }
  assert_int_equal(kgq_map(conn, "http://m1/", p->folder, NULL), KGQ_OK);
}

/* Files that are loaded by name have the base of their mapping. */
static void bases_follow(void **state) {
  place *p = *state;
  kgq_load *load = NULL;
  write_file(p, "data/sub/base é.ttl", "<> <p> <#x> .\n");
  assert_int_equal(kgq_load_begin(p->f.conn, NULL, &load, NULL), KGQ_OK);
  assert_int_equal(kgq_load_file(load, in_place(p, "data/sub/../sub/base é.ttl"), NULL), KGQ_OK);
  assert_int_equal(kgq_load_commit(load, NULL, NULL), KGQ_OK);
  kgq_load_free(load);
  check_quads(p, "sub/base%20é.ttl ");
}

/* ---- one transaction ---------------------------------------------------------------------------- */

static void a_request_is_one_transaction(void **state) {
  place *p = *state;
  check_update(p, "INSERT DATA { <http://e/x> <http://e/p> 1 } ; LOAD <http://e/bad.nt>", KGQ_SYNTAX, "");
  check_update(p, "LOAD <http://e/a.ttl> ; LOAD <http://e/nothing.nt>", KGQ_NOTFOUND, "");
  check_quads(p, "");
  check_update(
      p,
      "LOAD <http://e/a.ttl> ; LOAD SILENT <http://e/bad.nt> ; LOAD SILENT <http://e/none.nt> ; "
      "LOAD SILENT <http://f/a.ttl> ; LOAD SILENT <http://e/sub/b%20c.ttl> INTO GRAPH <http://e/g> ; "
      "INSERT { ?s <http://e/seen> true } WHERE { GRAPH <http://e/g> { ?s ?p ?o } }",
      KGQ_DONE, "");
  check_quads(p, "a b b ");
  check_update(p, "CLEAR ALL ; LOAD <http://e/a.ttl> INTO GRAPH <http://e/g> ; CLEAR GRAPH <http://e/g>",
               KGQ_DONE, "");
  check_quads(p, "");
}

static void blank_nodes_are_fresh(void **state) {
  place *p = *state;
  write_file(p, "data/blank.nt", "_:b1 <http://e/p> _:b1 .\n_:b1 <http://e/p> _:x .\n");
  check_update(p, "LOAD <http://e/blank.nt> ; LOAD <http://e/blank.nt>", KGQ_DONE, "");
  check_update(p, "LOAD <http://e/blank.nt>", KGQ_DONE, "");
  kgq_stmt *stmt = NULL;
  assert_int_equal(kgq_prepare(p->f.conn, "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?o) AS ?m) { ?s ?p ?o }",
                               KGQ_NUL_TERMINATED, &stmt, NULL),
                   KGQ_OK);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_ROW);
  assert_int_equal(kgq_column_int(stmt, 0), 6);
  assert_int_equal(kgq_column_int(stmt, 1), 6);
  kgq_finalize(stmt);
}

/* ---- limits ------------------------------------------------------------------------------------- */

static void write_large(place *p) {
  FILE *file = fopen(in_place(p, "data/large.nt"), "wb");
  assert_non_null(file);
  for (int i = 0; i < 40000; i++) {
    (void)fprintf(file, "<http://e/s%d> <http://e/p> \"a text of its own, number %d\" .\n", i, i);
  }
  assert_int_equal(fclose(file), 0);
}

/* SILENT hides what is wrong with a document, not that a limit is met. */
static void limits_stop_a_load(void **state) {
  place *p = *state;
  write_large(p);
  assert_int_equal(kgq_set_limit(p->f.conn, KGQ_LIMIT_MEMORY_BYTES, 4 << 20), KGQ_OK);
  check_update(p, "LOAD <http://e/large.nt>", KGQ_LIMIT, "4 MiB");
  check_update(p, "LOAD SILENT <http://e/large.nt>", KGQ_LIMIT, "4 MiB");
  assert_int_equal(kgq_set_limit(p->f.conn, KGQ_LIMIT_MEMORY_BYTES, 0), KGQ_OK);
  for (uint64_t look = 1; look < 6; look++) {
    kgq_stmt *stmt = NULL;
    assert_int_equal(
        kgq_prepare(p->f.conn, "LOAD SILENT <http://e/large.nt>", KGQ_NUL_TERMINATED, &stmt, NULL), KGQ_OK);
    stmt->cancel.looks_max = look;
    assert_int_equal(kgq_step(stmt, NULL), KGQ_LIMIT);
    assert_int_equal(stmt->cancel.looks, look);
    assert_int_equal(stmt->cancel.bytes_used, 0);
    kgq_finalize(stmt);
  }
  check_quads(p, "");
  check_update(p, "LOAD <http://e/large.nt> ; DELETE WHERE { ?s ?p ?o } ; LOAD <http://e/a.ttl>", KGQ_DONE,
               "");
  check_quads(p, "a ");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(only_names_below_are_paths),
    cmocka_unit_test_setup_teardown(nothing_outside_is_opened, setup, teardown),
    cmocka_unit_test_setup_teardown(links_and_devices_are_refused, setup, teardown),
    cmocka_unit_test_setup_teardown(mappings_are_exact, setup, teardown),
    cmocka_unit_test_setup_teardown(mappings_are_checked, setup, teardown),
    cmocka_unit_test_setup_teardown(bases_follow, setup, teardown),
    cmocka_unit_test_setup_teardown(a_request_is_one_transaction, setup, teardown),
    cmocka_unit_test_setup_teardown(blank_nodes_are_fresh, setup, teardown),
    cmocka_unit_test_setup_teardown(limits_stop_a_load, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
