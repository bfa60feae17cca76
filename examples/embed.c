/* examples/embed.c: KGQ in a program of your own: load a facts file, ask, print what each article says. */
/* clang-format off */
#include <stdio.h>

#include "kgq.h"

int main(int argc, char **argv) {
  kgq_db *db = NULL;
  kgq_conn *conn = NULL;
  kgq_load *load = NULL;
  kgq_stmt *stmt = NULL;
  if (kgq_open(":memory:", NULL, &db, NULL) || kgq_connect(db, &conn, NULL)) return 3;
  kgq_status st = kgq_load_begin(conn, NULL, &load, NULL);
  for (int i = 1; i < argc && !st; i++) st = kgq_load_file(load, argv[i], NULL);
  if (!st) st = kgq_load_commit(load, NULL, NULL);
  kgq_load_free(load);
  if (!st) st = kgq_prepare(conn, "?who deploys ?n @ ?article | sort ?n desc", KGQ_NUL_TERMINATED, &stmt, NULL);
  while (!st && (st = kgq_step(stmt, NULL)) == KGQ_ROW) {
    for (int c = 0; c < kgq_column_count(stmt); c++) printf("%s  ", kgq_column_label(stmt, c, "en").ptr);
    puts("");
    st = KGQ_OK;
  }
  kgq_close(db); /* any order will do */
  return kgq_finalize(stmt), kgq_disconnect(conn), st == KGQ_DONE ? 0 : 1;
}
