// What there is, by kind: problems, methods, optimizers, transforms, data sets.
//
// pes list, pes info and the shell completions walk these rows.

#ifndef PES_CLI_CATALOG_H
#define PES_CLI_CATALOG_H

#include <stdint.h>

#include "pes/estimator.h"

// One thing with a name; texts are static.
typedef struct catalog_item {
    const char *name;
    const char *summary;
    const char *needs; // of a system, or NULL: "unroll_tangents"
} catalog_item;

typedef struct catalog_kind {
    const char *name;                   // "problems"
    const char *one;                    // "problem"
    catalog_item (*get)(int64_t index); // name NULL past the last
} catalog_kind;

// Kind number `index`; NULL past the last.
const catalog_kind *catalog_get(int64_t index);

// The kind in which there is a `name`, and its item; NULL if there is none.
const catalog_kind *catalog_find(const char *name, catalog_item *out);

// A method by name; NULL if there is none.
const pes_method_info *catalog_method(const char *name);

// Everything that `pes info` knows by name, one after the other; NULL past the last.
const char *catalog_name(int64_t index);

#endif // PES_CLI_CATALOG_H
