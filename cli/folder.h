// The folder of a run or a sweep: who may write there, and what belongs to a run.

#ifndef PES_CLI_FOLDER_H
#define PES_CLI_FOLDER_H

#include <stdbool.h>

#include "cli/cli.h"

typedef struct run_folder {
    char path[CLI_PATH];
    int lock;      // the open file DIR/lock, or -1
    bool created;  // by us: an attempt that fails at once leaves nothing behind
    bool occupied; // there was something in it
} run_folder;

// Makes and locks the folder of a new run. An existing one must be empty or, with `force`, may
// hold a run, which stays untouched until folder_clear(). Exit code CLI_OK, or another after a
// sentence.
int folder_begin(run_folder *out, const char *path, bool force);

// Locks the folder of a run that exists.
int folder_continue(run_folder *out, const char *path);

// Removes the files of a run or a sweep, and nothing else.
int folder_clear(const run_folder *folder);

// Removes TensorBoard files: for a run that begins again, having no checkpoint.
void folder_clear_events(const run_folder *folder);

// Is there a checkpoint, readable or not?
bool folder_has_checkpoint(const run_folder *folder);

// Lets the folder go.
void folder_end(run_folder *folder);

// Lets it go too; if nothing was written, what folder_begin() made is removed.
void folder_abandon(run_folder *folder);

#endif // PES_CLI_FOLDER_H
