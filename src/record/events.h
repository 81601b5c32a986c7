// TensorBoard event files: scalars by update.
//
//     pes_events_begin(events, 12);
//     pes_events_scalar(events, "train/loss", 0.25);
//     PES_TRY(pes_events_end(events));
//
// The file is a sequence of TFRecords, each a protocol buffer `Event` (tensorflow/core/util/
// event.proto, tensorflow/core/framework/summary.proto), encoded by hand: four kinds of field.

#ifndef PES_RECORD_EVENTS_H
#define PES_RECORD_EVENTS_H

#include <stdint.h>

#include "pes/status.h"

enum { PES_EVENTS_NAME_SIZE = 128 };

typedef struct pes_events pes_events;

// Allocate a writer for an event file in `directory`, which is not touched yet. PES_E_MEMORY,
// PES_E_ARGUMENT; then *out is NULL.
pes_status pes_events_create(pes_events **out, const char *directory);

// Closes the file. NULL is allowed.
void pes_events_destroy(pes_events *events);

// Bytes that pes_events_create() allocates.
uint64_t pes_events_memory(void);

// Open a file. `name` NULL or "": a new one, events.out.tfevents.<seconds>.<host>; `offset` is
// ignored. Otherwise continue the file of that name, cut to its first `offset` bytes.
// PES_E_FILE; PES_E_FORMAT if the file is shorter than that.
pes_status pes_events_start(pes_events *events, const char *name, int64_t offset);

// One event: begin, up to 32 scalars with tags of up to 64 bytes, end.
void pes_events_begin(pes_events *events, int64_t step);
void pes_events_scalar(pes_events *events, const char *tag, double value);

// Write the event. Errors as pes_log_end().
pes_status pes_events_end(pes_events *events);

// Both go into checkpoints: the file's name ("" before pes_events_start()) and its length.
const char *pes_events_name(const pes_events *events);
int64_t pes_events_size(const pes_events *events);

// As pes_log_sync().
pes_status pes_events_sync(pes_events *events);

#endif // PES_RECORD_EVENTS_H
