// Tables that grow while they are computed, and go on where an interruption left them.
//
// A table begins with a head that says what was asked; under another question the file is left
// alone. Behind the head come rows, each closed by the same text. What an interruption left
// behind the last closed row is cut off.

#ifndef PES_CLI_TABLE_H
#define PES_CLI_TABLE_H

#include <stdint.h>
#include <stdio.h>

#include "cli/cli.h"

// Opens `path` for further rows; *done: the rows that it has already. A file that is not there
// is begun with `head`. `close` ends every row: "\n", or "\n\n" for rows of several lines.
// CLI_OK, or another code after one sentence.
int table_open(FILE **out, const char *path, const char *head, const char *close,
               int64_t *done);

// Closes a table; one that has come to no row but the head is removed again, so that the name
// is free for another question. CLI_OK, or CLI_FAILED after one sentence.
int table_close(FILE *table, const char *path, const char *head);

// Is everything written so far on its way to the disk? CLI_OK, or CLI_FAILED after one
// sentence.
int table_flush(FILE *table, const char *path);

// Sixty-four bits that tell texts apart (FNV-1a); begin with TABLE_HASH.
#define TABLE_HASH UINT64_C(14695981039346656037)
uint64_t table_hash(uint64_t hash, const char *text);

#endif // PES_CLI_TABLE_H
