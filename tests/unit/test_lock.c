/* tests/unit/test_lock.c: the lock file, the watermark and the mark file alone, within a process and between
 * two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/guard.h"

static char root[64];
static unsigned folder_count;

static kg_folder new_folder(void) {
  char path[128];
  snprintf(path, sizeof path, "%s/%u", root, ++folder_count);
  kg_folder folder;
  assert_int_equal(kg_folder_open(NULL, path, KG_FOLDER_CREATE, &folder, NULL), KGQ_OK);
  return folder;
}

static kg_lock take(const kg_folder *folder, bool writer) {
  kg_lock lock;
  assert_int_equal(kg_lock_open(folder, "db", writer, &lock, NULL), KGQ_OK);
  return lock;
}

static void expect_locked(const kg_folder *folder, const char *words) {
  kg_lock lock;
  kgq_error *err = NULL;
  assert_int_equal(kg_lock_open(folder, "db", true, &lock, &err), KGQ_LOCKED);
  assert_non_null(strstr(kgq_error_message(err), words));
  assert_true(kgq_error_hint(err)[0] != '\0');
  kgq_error_free(err);
}

/* A process that takes the lock as the writer, says so, and waits to be ended. */
static pid_t start_holder(const kg_folder *folder) {
  int ready[2];
  char byte = 0;
  assert_int_equal(pipe(ready), 0);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    const kg_lock lock = take(folder, true);
    (void)!write(ready[1], "x", 1);
    for (;;) {
      pause();
    }
    _exit(lock.fd);
  }
  assert_int_equal(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  close(ready[1]);
  return child;
}

/* ---- the lock --------------------------------------------------------------------------------------- */

static void test_one_writer_in_a_process(void **state) {
  (void)state;
  kg_folder folder = new_folder();
  kg_lock first = take(&folder, true);
  expect_locked(&folder, "already open for writing in this process");
  kg_lock reader = take(&folder, false); /* closing another descriptor drops nothing */
  kg_lock_close(&reader);
  expect_locked(&folder, "already open");
  kg_lock_close(&first);
  kg_lock_close(&first);
  kg_lock second = take(&folder, true);
  kg_lock_close(&second);
  kg_folder_close(&folder);
}

static void test_writer_of_another_process(void **state) {
  (void)state;
  kg_folder folder = new_folder();
  const pid_t child = start_holder(&folder);
  char words[64];
  snprintf(words, sizeof words, "process %ld is writing to db", (long)child);
  expect_locked(&folder, words);
  assert_int_equal(kill(child, SIGKILL), 0);
  assert_int_equal(waitpid(child, NULL, 0), child);
  kg_lock lock = take(&folder, true); /* a lock does not outlive its process */
  kg_lock_close(&lock);
  kg_folder_close(&folder);
}

static void test_files_lock(void **state) {
  (void)state;
  kg_folder folder = new_folder();
  kg_lock writer = take(&folder, true), one = take(&folder, false), two = take(&folder, false);
  assert_true(kg_lock_files(&one, false, 0));
  assert_true(kg_lock_files(&two, false, 0)); /* readers share */
  assert_false(kg_lock_files(&writer, true, 0));
  kg_lock_files_end(&one);
  assert_false(kg_lock_files(&writer, true, 3));
  kg_lock_files_end(&two);
  assert_true(kg_lock_files(&writer, true, 0));
  const uint64_t start = kg_clock_ns();
  assert_false(kg_lock_files(&one, false, 20)); /* waits that long, not longer */
  const uint64_t waited_ms = (kg_clock_ns() - start) / 1000000;
  assert_in_range(waited_ms, 20, 2000);
  kg_lock_files_end(&writer);
  assert_true(kg_lock_files(&one, false, 0));
  kg_lock_close(&one); /* gives it back */
  assert_true(kg_lock_files(&writer, true, 0));
  kg_lock_close(&two);
  kg_lock_close(&writer);
  kg_folder_close(&folder);
}

/* Readers that follow on each other without a gap do not keep the writer waiting for ever. */
static void test_stream_of_readers(void **state) {
  (void)state;
  kg_folder folder = new_folder();
  kg_lock writer = take(&folder, true);
  pid_t children[3];
  for (int i = 0; i < 3; i++) {
    children[i] = fork();
    if (children[i] == 0) {
      kg_lock reader = take(&folder, false);
      for (int n = 0; n < 2000; n++) { /* ends by itself should the test have failed */
        if (kg_lock_files(&reader, false, 1000)) {
          usleep(2000);
          kg_lock_files_end(&reader);
        }
      }
      _exit(0);
    }
  }
  usleep(20000);
  for (int i = 0; i < 5; i++) {
    assert_true(kg_lock_files(&writer, true, 2000));
    kg_lock_files_end(&writer);
  }
  for (int i = 0; i < 3; i++) {
    kill(children[i], SIGKILL);
    waitpid(children[i], NULL, 0);
  }
  kg_lock_close(&writer);
  kg_folder_close(&folder);
}

static void test_reader_without_lock_file(void **state) {
  (void)state;
  kg_folder folder = new_folder();
  kg_lock reader = take(&folder, false);
  assert_int_equal(reader.fd, -1);
  assert_true(kg_lock_files(&reader, false, 0));
  kg_lock_files_end(&reader);
  kg_lock_close(&reader);
  kg_folder_close(&folder);
}

/* ---- the watermark ---------------------------------------------------------------------------------- */

static void test_watermark(void **state) {
  (void)state;
  kg_folder folder = new_folder();
  kg_watermark mark;
  kg_marks marks;
  bool exists = true;
  assert_int_equal(kg_watermark_open(&folder, true, &mark, &marks, &exists, NULL), KGQ_OK);
  assert_false(exists);
  assert_int_equal(kg_watermark_write(&mark, &marks, NULL), KGQ_OK); /* no file: nothing to do */
  marks = (kg_marks){ 5, 6, true, { 0, 0, 0 } };
  assert_int_equal(kg_watermark_create(&folder, &mark, &marks, NULL), KGQ_OK);
  marks = (kg_marks){ 7, 9, false, { 0, 0, 0 } };
  assert_int_equal(kg_watermark_write(&mark, &marks, NULL), KGQ_OK);
  kg_watermark_close(&mark);

  assert_int_equal(kg_watermark_open(&folder, false, &mark, &marks, &exists, NULL), KGQ_OK);
  assert_true(exists);
  assert_int_equal(marks.synced, 7);
  assert_int_equal(marks.visible, 9);
  assert_false(marks.clean);
  kg_watermark_close(&mark);
  kg_watermark_close(&mark);
  kg_folder_close(&folder);
}

/* Whatever single byte is damaged, the other record stays, and never says more than was written. */
static void test_watermark_damage(void **state) {
  (void)state;
  kg_folder folder = new_folder();
  kg_watermark mark = { -1, 0 };
  kg_marks marks = { 5, 5, false, { 0, 0, 0 } };
  assert_int_equal(kg_watermark_create(&folder, &mark, &marks, NULL), KGQ_OK);
  marks = (kg_marks){ 6, 6, false, { 0, 0, 0 } };
  assert_int_equal(kg_watermark_write(&mark, &marks, NULL), KGQ_OK);
  for (off_t at = 0; at < 544; at++) {
    unsigned char byte = 0;
    assert_int_equal(pread(mark.fd, &byte, 1, at), 1);
    const unsigned char damaged = byte ^ 0x10;
    assert_int_equal(pwrite(mark.fd, &damaged, 1, at), 1);
    assert_true(kg_watermark_read(&mark, &marks));
    assert_in_range(marks.synced, 5, 6);
    assert_int_equal(pwrite(mark.fd, &byte, 1, at), 1);
  }
  assert_int_equal(pwrite(mark.fd, "x", 1, 8), 1);
  assert_int_equal(pwrite(mark.fd, "x", 1, 520), 1);
  assert_false(kg_watermark_read(&mark, &marks));
  kg_watermark_close(&mark);
  bool exists = false;
  assert_int_equal(kg_watermark_open(&folder, true, &mark, &marks, &exists, NULL), KGQ_CORRUPT);
  kg_watermark_close(&mark);
  kg_folder_close(&folder);
}

/* ---- the log's end, and texts of RocksDB -------------------------------------------------------------- */

static void put_file(const kg_folder *folder, const char *name, unsigned bytes) {
  char path[256];
  snprintf(path, sizeof path, "%s/rocks/%s", folder->path, name);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  for (unsigned i = 0; i < bytes; i++) {
    fputc('x', f);
  }
  fclose(f);
}

static void test_cutting_the_log(void **state) {
  (void)state;
  kg_folder folder = new_folder();
  char path[256];
  snprintf(path, sizeof path, "mkdir '%s/rocks'", folder.path);
  assert_int_equal(system(path), 0);
  assert_int_equal(kg_folder_file_end(&folder, KG_FILE_LOG).number, 0);
  assert_false(kg_folder_has_data(&folder));
  put_file(&folder, "000007.log", 70);
  put_file(&folder, "000009.log", 90);
  put_file(&folder, "000011.sst", 100);
  put_file(&folder, "LOG", 10);
  assert_true(kg_folder_has_data(&folder));
  const kg_file_end end = kg_folder_file_end(&folder, KG_FILE_LOG);
  assert_int_equal(end.number, 9);
  assert_int_equal(end.bytes, 90);
  put_file(&folder, "000009.log", 95);
  put_file(&folder, "000012.log", 40); /* begun by the write that failed */
  const uint64_t before = kg_folder_bytes(&folder);
  assert_int_equal(kg_folder_file_cut(&folder, end, NULL), KGQ_OK);
  assert_int_equal(before - kg_folder_bytes(&folder), 45);
  assert_int_equal(kg_folder_file_end(&folder, KG_FILE_LOG).number, 12);
  assert_int_equal(kg_folder_file_end(&folder, KG_FILE_LOG).bytes, 0);
  kg_folder_close(&folder);
}

/* A newer manifest stands for itself: RocksDB has written down its whole state anew. */
static void test_cutting_the_manifest(void **state) {
  (void)state;
  kg_folder folder = new_folder();
  char path[256];
  snprintf(path, sizeof path, "mkdir '%s/rocks'", folder.path);
  assert_int_equal(system(path), 0);
  put_file(&folder, "MANIFEST-000004", 40);
  put_file(&folder, "MANIFEST-000006", 60);
  put_file(&folder, "000007.log", 70);
  const kg_file_end end = kg_folder_file_end(&folder, KG_FILE_MANIFEST);
  assert_int_equal(end.number, 6);
  assert_int_equal(end.bytes, 60);
  put_file(&folder, "MANIFEST-000006", 65);
  put_file(&folder, "MANIFEST-000008", 30);
  const uint64_t before = kg_folder_bytes(&folder);
  assert_int_equal(kg_folder_file_cut(&folder, end, NULL), KGQ_OK);
  assert_int_equal(before - kg_folder_bytes(&folder), 5);
  assert_int_equal(kg_folder_file_end(&folder, KG_FILE_MANIFEST).bytes, 30);
  kg_folder_close(&folder);
}

static void expect_text(const char *text, kgq_status status, const char *words) {
  kgq_error *err = NULL;
  assert_int_equal(kg_fail_engine(&err, "db", text), status);
  assert_non_null(strstr(kgq_error_message(err), words));
  kgq_error_free(err);
}

static void test_texts_of_the_engine(void **state) {
  (void)state;
  expect_text("IO error: No space left on device: While appending to file: 4.log", KGQ_FULL,
              "the disk is full");
  expect_text("IO error: While fsync: 4.log: Input/output error", KGQ_IO, "db failed: While fsync: 4.log");
  expect_text("Corruption: block checksum mismatch: in 9.sst offset 0 size 4", KGQ_CORRUPT,
              "db is damaged: block checksum mismatch: in 9.sst");
  expect_text("IO error: No such file or directory: While open a file: 9.sst", KGQ_CORRUPT, "9.sst");
  expect_text("Invalid argument: rocks/CURRENT: does not exist (create_if_missing is false)", KGQ_CORRUPT,
              "db is damaged: its file rocks/CURRENT is missing");
  expect_text("IO error: While lock file: LOCK: Resource temporarily unavailable", KGQ_LOCKED,
              "another program");
}

static int make_root(void **state) {
  (void)state;
  snprintf(root, sizeof root, "/tmp/kgq-test-lock-XXXXXX");
  return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_root(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", root);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_one_writer_in_a_process),
    cmocka_unit_test(test_writer_of_another_process),
    cmocka_unit_test(test_files_lock),
    cmocka_unit_test(test_stream_of_readers),
    cmocka_unit_test(test_reader_without_lock_file),
    cmocka_unit_test(test_watermark),
    cmocka_unit_test(test_watermark_damage),
    cmocka_unit_test(test_cutting_the_log),
    cmocka_unit_test(test_cutting_the_manifest),
    cmocka_unit_test(test_texts_of_the_engine),
  };
  return cmocka_run_group_tests(tests, make_root, remove_root);
}
