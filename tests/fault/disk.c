/* tests/fault/disk.c: files as what is durable plus a list of what was written since, names likewise.
 *
 * Paths are the shim's: relative to the recorded folder, "" for itself. Folders are never renamed by us.
 */
#include "tests/fault/disk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/fault/shim.h"

#define FDS_MAX 4096

const char *const disk_image_names[DISK_IMAGE_KINDS] = { "synced",  "all",   "subset",   "torn",
                                                         "garbage", "names", "reordered" };

typedef struct operation {
  shim_record head;
  const char *path, *more; /* path NUL-terminated; more has head.more_bytes */
} operation;

typedef struct change { /* of a file's content: bytes at `at`, or (bytes NULL) a cut to `at` */
  const char *bytes;
  size_t count;
  uint64_t at;
} change;

typedef struct node {
  bool folder;
  char *bytes; /* durable */
  size_t count, capacity;
  change *changes;
  size_t change_count, change_capacity;
} node;

typedef struct entry {
  const char *path;
  size_t node;
} entry;

typedef struct names {
  entry *items;
  size_t count, capacity;
} names;

typedef struct disk_rename { /* other NULL: path now names node, or nothing if gone */
  const char *path, *other;
  size_t node;
  bool gone;
} name_change;

struct disk {
  char *text; /* what was recorded, its paths terminated */
  operation *operations;
  size_t count, played;
  node *nodes;
  size_t node_count, node_capacity;
  names live, durable;
  name_change *renames;
  size_t rename_count, rename_capacity;
  size_t fds[FDS_MAX];
  uint64_t noted[2];
};

static void *grown(void *items, size_t *capacity, size_t needed, size_t bytes) {
  if (needed > *capacity) {
    *capacity = 2 * needed + 8;
    items = realloc(items, *capacity * bytes);
    if (items == NULL) {
      fault_die("memory");
    }
  }
  return items;
}

/* ---- the record --------------------------------------------------------------------------------------- */

static char *read_whole(const char *path, size_t *bytes) {
  FILE *f = fopen(path, "rb");
  if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
    fault_die(path);
  }
  *bytes = (size_t)ftell(f);
  rewind(f);
  char *text = malloc(*bytes + 1);
  if (text == NULL || fread(text, 1, *bytes, f) != *bytes) {
    fault_die(path);
  }
  fclose(f);
  return text;
}

static const char *copy_path(const char *bytes, size_t count) {
  char *copy = malloc(count + 1);
  if (copy == NULL) {
    fault_die("memory");
  }
  memcpy(copy, bytes, count);
  copy[count] = '\0';
  return copy;
}

disk *disk_read(const char *record_path) {
  disk *d = calloc(1, sizeof *d);
  size_t bytes = 0, capacity = 0;
  if (d == NULL) {
    fault_die("memory");
  }
  d->text = read_whole(record_path, &bytes);
  for (size_t at = 0; at + sizeof(shim_record) <= bytes;) {
    operation o = { .more = NULL };
    memcpy(&o.head, d->text + at, sizeof o.head);
    at += sizeof o.head;
    if (at + o.head.path_bytes + o.head.more_bytes > bytes) {
      break; /* the last one was cut */
    }
    const bool two_paths = o.head.kind == SHIM_RENAME || o.head.kind == SHIM_LINK;
    o.path = copy_path(d->text + at, o.head.path_bytes);
    o.more = d->text + at + o.head.path_bytes;
    o.more = two_paths ? copy_path(o.more, o.head.more_bytes) : o.more;
    at += o.head.path_bytes + o.head.more_bytes;
    d->operations = grown(d->operations, &capacity, d->count + 1, sizeof o);
    d->operations[d->count++] = o;
  }
  d->nodes = grown(d->nodes, &d->node_capacity, 1, sizeof *d->nodes);
  d->nodes[d->node_count++] = (node){ .folder = true }; /* the recorded folder itself */
  return d;
}

void disk_free(disk *d) {
  for (size_t i = 0; i < d->node_count; i++) {
    free(d->nodes[i].bytes);
    free(d->nodes[i].changes);
  }
  for (size_t i = 0; i < d->count; i++) {
    const uint32_t kind = d->operations[i].head.kind;
    free((void *)(uintptr_t)d->operations[i].path);
    if (kind == SHIM_RENAME || kind == SHIM_LINK) {
      free((void *)(uintptr_t)d->operations[i].more);
    }
  }
  free(d->nodes);
  free(d->live.items);
  free(d->durable.items);
  free(d->renames);
  free(d->operations);
  free(d->text);
  free(d);
}

size_t disk_count(const disk *d) {
  return d->count;
}

uint64_t disk_note(const disk *d, unsigned remainder) {
  return d->noted[remainder];
}

/* ---- names -------------------------------------------------------------------------------------------- */

static entry *find(const names *list, const char *path) {
  for (size_t i = 0; i < list->count; i++) {
    if (strcmp(list->items[i].path, path) == 0) {
      return &list->items[i];
    }
  }
  return NULL;
}

static void set(names *list, const char *path, size_t number) {
  entry *e = find(list, path);
  if (e == NULL) {
    list->items = grown(list->items, &list->capacity, list->count + 1, sizeof *list->items);
    e = &list->items[list->count++];
    e->path = path;
  }
  e->node = number;
}

static void unset(names *list, const char *path) {
  entry *e = find(list, path);
  if (e != NULL) {
    *e = list->items[--list->count];
  }
}

static void apply_name(names *list, const name_change *c) {
  if (c->gone) {
    unset(list, c->path);
  } else if (c->other == NULL) {
    set(list, c->path, c->node);
  } else if (find(list, c->path) != NULL) { /* a rename whose source never got there does nothing */
    unset(list, c->path);
    set(list, c->other, c->node);
  }
}

static void change_name(disk *d, const char *path, const char *other, size_t number, bool gone) {
  const name_change c = { path, other, number, gone };
  apply_name(&d->live, &c);
  d->renames = grown(d->renames, &d->rename_capacity, d->rename_count + 1, sizeof c);
  d->renames[d->rename_count++] = c;
}

static size_t folder_bytes(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? 0 : (size_t)(slash - path);
}

static bool is_in(const char *path, const char *folder) {
  return folder_bytes(path) == strlen(folder) && strncmp(path, folder, strlen(folder)) == 0;
}

/* The folder is synced: what happened to names in it is durable. */
static void sync_names(disk *d, const char *folder) {
  size_t kept = 0;
  for (size_t i = 0; i < d->rename_count; i++) {
    if (is_in(d->renames[i].path, folder)) {
      apply_name(&d->durable, &d->renames[i]);
    } else {
      d->renames[kept++] = d->renames[i];
    }
  }
  d->rename_count = kept;
}

/* ---- content ------------------------------------------------------------------------------------------ */

typedef struct content {
  char *bytes;
  size_t count, capacity;
} content;

static void resize(content *c, size_t count) {
  c->bytes = grown(c->bytes, &c->capacity, count, 1);
  if (count > c->count) {
    memset(c->bytes + c->count, 0, count - c->count);
  }
  c->count = count;
}

static void apply_change(content *c, const change *what) {
  if (what->bytes == NULL) {
    resize(c, what->at);
    return;
  }
  if (what->at + what->count > c->count) {
    resize(c, what->at + what->count);
  }
  memcpy(c->bytes + what->at, what->bytes, what->count);
}

static void add_change(node *n, const char *bytes, size_t count, uint64_t at) {
  n->changes = grown(n->changes, &n->change_capacity, n->change_count + 1, sizeof *n->changes);
  n->changes[n->change_count++] = (change){ bytes, count, at };
}

static void sync_content(node *n) {
  content c = { n->bytes, n->count, n->capacity };
  for (size_t i = 0; i < n->change_count; i++) {
    apply_change(&c, &n->changes[i]);
  }
  n->change_count = 0;
  n->bytes = c.bytes;
  n->count = c.count;
  n->capacity = c.capacity;
}

/* ---- playing ------------------------------------------------------------------------------------------ */

static size_t new_node(disk *d, bool folder) {
  d->nodes = grown(d->nodes, &d->node_capacity, d->node_count + 1, sizeof *d->nodes);
  d->nodes[d->node_count] = (node){ .folder = folder };
  return d->node_count++;
}

static size_t node_of_path(disk *d, const char *path) {
  const entry *e = find(&d->live, path);
  return e == NULL ? 0 : e->node;
}

static void play_open(disk *d, const operation *o) {
  size_t number = node_of_path(d, o->path);
  if (o->head.b == 1) {
    number = new_node(d, false);
    change_name(d, o->path, NULL, number, false);
  }
  if (o->head.b == 2 && number > 0) {
    add_change(&d->nodes[number], NULL, 0, 0);
  }
  d->fds[o->head.a] = number;
}

/* The path of a folder's node. */
static const char *path_of(const disk *d, size_t number) {
  for (size_t i = 0; i < d->live.count; i++) {
    if (d->live.items[i].node == number) {
      return d->live.items[i].path;
    }
  }
  return "";
}

static void play_sync(disk *d, size_t number) {
  if (d->nodes[number].folder) {
    sync_names(d, path_of(d, number));
  } else {
    sync_content(&d->nodes[number]);
  }
}

static void play_one(disk *d, const operation *o) {
  const size_t fd = o->head.a < FDS_MAX ? (size_t)o->head.a : 0;
  const size_t number = d->fds[fd];
  switch (o->head.kind) {
  case SHIM_OPEN: play_open(d, o); break;
  case SHIM_CLOSE: d->fds[fd] = 0; break;
  case SHIM_WRITE: add_change(&d->nodes[number], o->more, o->head.more_bytes, o->head.b); break;
  case SHIM_CUT: add_change(&d->nodes[number], NULL, 0, o->head.b); break;
  case SHIM_SYNC: play_sync(d, number); break;
  case SHIM_RENAME:
    if (node_of_path(d, o->path) > 0) { /* else a file that the shim does not see, such as RocksDB's LOG */
      change_name(d, o->path, o->more, node_of_path(d, o->path), false);
    }
    break;
  case SHIM_LINK: change_name(d, o->more, NULL, node_of_path(d, o->path), false); break;
  case SHIM_UNLINK: change_name(d, o->path, NULL, 0, true); break;
  case SHIM_MKDIR: change_name(d, o->path, NULL, new_node(d, true), false); break;
  case SHIM_NOTE: d->noted[o->head.a % 2] = o->head.a; break;
  default: fault_die("a record of an unknown kind");
  }
}

void disk_play(disk *d, size_t operations) {
  for (; d->played < operations && d->played < d->count; d->played++) {
    play_one(d, &d->operations[d->played]);
  }
}

/* ---- images ------------------------------------------------------------------------------------------- */

/* The names of an image: the durable ones, and some of the changes since. */
static void image_names(const disk *d, disk_image_kind kind, uint64_t *random, names *out) {
  out->items = grown(out->items, &out->capacity, d->durable.count + 1, sizeof *out->items);
  memcpy(out->items, d->durable.items, d->durable.count * sizeof *out->items);
  out->count = d->durable.count;
  size_t first = d->rename_count;
  if (kind == DISK_SYNCED) {
    first = 0;
  } else if (kind == DISK_SUBSET || kind == DISK_TORN || kind == DISK_GARBAGE) {
    first = fault_below(random, d->rename_count + 1);
  }
  for (size_t i = 0; i < first; i++) {
    if (kind != DISK_REORDERED || fault_below(random, 2) == 0) {
      apply_name(out, &d->renames[i]);
    }
  }
}

/* Some sectors of one write. */
static void apply_torn(content *c, const change *what, uint64_t *random) {
  const size_t sector = fault_below(random, 2) == 0 ? 512 : 4096;
  const bool in_order = fault_below(random, 2) == 0;
  const size_t sectors = (what->at % sector + what->count) / sector + 1,
               first = fault_below(random, sectors + 1);
  for (size_t i = 0; what->bytes != NULL && i < sectors; i++) {
    const size_t from = i == 0 ? 0 : i * sector - what->at % sector;
    const size_t to = (i + 1) * sector - what->at % sector;
    if (from < what->count && (in_order ? i < first : fault_below(random, 2) == 0)) {
      const change part = { what->bytes + from, (to < what->count ? to : what->count) - from,
                            what->at + from };
      apply_change(c, &part);
    }
  }
}

static void apply_garbage(content *c, const node *n, size_t from, uint64_t *random) {
  size_t end = c->count;
  for (size_t i = from; i < n->change_count; i++) {
    const change *what = &n->changes[i];
    end = what->bytes != NULL && what->at + what->count > end ? what->at + what->count : end;
  }
  const size_t old = c->count;
  const bool zeros = fault_below(random, 2) == 0;
  resize(c, old + fault_below(random, end - old + 1));
  for (size_t i = old; i < c->count && !zeros; i++) {
    c->bytes[i] = (char)fault_random(random);
  }
}

static void image_content(const node *n, disk_image_kind kind, uint64_t *random, content *c) {
  resize(c, n->count);
  if (n->count > 0) {
    memcpy(c->bytes, n->bytes, n->count);
  }
  const bool prefix = kind == DISK_TORN || kind == DISK_GARBAGE;
  const bool whole = kind == DISK_ALL || (kind == DISK_REORDERED && fault_below(random, 2) == 0);
  const size_t first = prefix ? fault_below(random, n->change_count + 1) : whole ? n->change_count : 0;
  const uint64_t odds = 1 + fault_below(random, 9);
  for (size_t i = 0; i < n->change_count; i++) {
    if (i < first || (kind == DISK_SUBSET && fault_below(random, 10) < odds)) {
      apply_change(c, &n->changes[i]);
    }
  }
  if (kind == DISK_TORN && first < n->change_count) {
    apply_torn(c, &n->changes[first], random);
  }
  if (kind == DISK_GARBAGE) {
    apply_garbage(c, n, first, random);
  }
}

static void write_file(const char *path, const content *c) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) {
    if (errno == ENOENT) {
      return; /* its folder did not get there */
    }
    fault_die(path);
  }
  if (write(fd, c->bytes, c->count) != (ssize_t)c->count) {
    fault_die(path);
  }
  close(fd);
}

/* Two passes: folders (a parent is made before what is in it: shorter paths first), then files. */
void disk_image(const disk *d, disk_image_kind kind, uint64_t *random, const char *to) {
  names list = { NULL, 0, 0 };
  content c = { NULL, 0, 0 };
  char path[2 * PATH_MAX];
  image_names(d, kind, random, &list);
  for (int depth = 0; depth < 3; depth++) {
    for (size_t i = 0; i < list.count; i++) {
      if (d->nodes[list.items[i].node].folder) {
        snprintf(path, sizeof path, "%s/%s", to, list.items[i].path);
        (void)mkdir(path, 0777);
      }
    }
  }
  for (size_t i = 0; i < list.count; i++) {
    const node *n = &d->nodes[list.items[i].node];
    if (!n->folder) {
      c.count = 0;
      image_content(n, kind, random, &c);
      snprintf(path, sizeof path, "%s/%s", to, list.items[i].path);
      write_file(path, &c);
    }
  }
  free(c.bytes);
  free(list.items);
}
