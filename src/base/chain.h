// Work that comes in chains: pieces that follow one another, shared among the threads of a
// pool.
//
// pes_chain_for() runs every link of every chain, a chain's links one after the other and on
// whichever threads come first. It is for few chains that take long, where whole chains would
// leave threads waiting for the last of them: three chains of two links keep two threads busy
// to the end, as in
//
//     thread 1:  a1 c1 b2
//     thread 2:  b1 a2 c2
//
// Links are handed out in the order a1 b1 c1 a2 ..., so that the one that a link has to wait
// for has nearly always been done before, and always been begun: nobody waits for ever.

#ifndef PES_BASE_CHAIN_H
#define PES_BASE_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"

// One link of a chain. As a pes_task, it writes only to what belongs to its chain or its
// worker.
typedef pes_status (*pes_link)(void *argument, int64_t chain, int64_t link, int64_t worker);

// How far a chain has come. The caller's memory, one for each chain.
typedef struct pes_chain {
    _Atomic int64_t done; // links
    _Atomic bool failed;  // its later links are not run
} pes_chain;

// As pes_pool_for(); the failure that is reported is the first in the order above.
pes_status pes_chain_for(pes_pool *pool, int64_t chains, int64_t links, pes_chain *chain,
                         pes_link function, void *argument);

// The links, 1 to `most`, with which `chains` chains of equal length leave the least of the
// threads' time unused; the fewest, unless more are a twentieth better. Two at least where
// there are more chains than threads: not all threads are equally fast, and the last piece is
// waited for.
int64_t pes_chain_links(int64_t chains, int64_t threads, int64_t most);

// The share of `threads` threads' time that so many equal pieces fill, when they begin together
// and the last of them ends it. 0..1.
double pes_chain_share(int64_t pieces, int64_t threads);

#endif // PES_BASE_CHAIN_H
