/* tests/fault/disk.h: a disk that knows what of its content would survive a power cut.
 *
 * Plays what shim.c recorded. Written bytes become durable when their file is synced, names when their folder
 * is; the order in which the rest reaches the disk is anybody's guess, and each way of guessing is an image.
 */
#ifndef KG_TESTS_FAULT_DISK_H
#define KG_TESTS_FAULT_DISK_H

#include "tests/fault/common.h"

typedef enum disk_image_kind {
  DISK_SYNCED,  /* only what was synced */
  DISK_ALL,     /* everything, as if every write had arrived */
  DISK_SUBSET,  /* any of the unsynced writes; the first so many of the changes of names */
  DISK_TORN,    /* the first so many writes of a file, the last of them in part: sectors of 512 B or 4 KiB */
  DISK_GARBAGE, /* the same, and behind them zeros or garbage as long as what is missing */
  DISK_NAMES,   /* all changes of names, no data: renames that overtook what they name */
  DISK_REORDERED, /* any of the changes of names; whole files arrived or not at all */
  DISK_IMAGE_KINDS
} disk_image_kind;

extern const char *const disk_image_names[DISK_IMAGE_KINDS];

typedef struct disk disk;

disk *disk_read(const char *record_path); /* dies if there is no whole record */
void disk_free(disk *d);
size_t disk_count(const disk *d);           /* of operations */
void disk_play(disk *d, size_t operations); /* up to that many from the beginning; only forward */
uint64_t disk_note(const disk *d,
                   unsigned remainder); /* the last note n with n % 2 == remainder; 0: none yet */
/* Writes the files of an image into the folder `to`, which must be empty. */
void disk_image(const disk *d, disk_image_kind kind, uint64_t *random, const char *to);

#endif
