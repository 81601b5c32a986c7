// The named optimizers and schedules, and the chains that they stand for.

#ifndef PES_OPTIMIZE_REGISTRY_H
#define PES_OPTIMIZE_REGISTRY_H

#include <stdint.h>

#include "pes/optimizer.h"

enum { PES_REGISTRY_LINKS = 16 }; // most links of a chain

// Check the options, write them with what an older caller does not know to `known`, and their
// chain to `chain`. PES_E_ARGUMENT.
pes_status pes_registry_chain(const pes_optimizer_options *options,
                              pes_optimizer_options *known,
                              pes_transform chain[PES_REGISTRY_LINKS], int64_t *count);

#endif // PES_OPTIMIZE_REGISTRY_H
