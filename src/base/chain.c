#define _POSIX_C_SOURCE 200809L // sched_yield
#include "base/chain.h"

#include <sched.h>
#include <stdatomic.h>

typedef struct chain_call {
    int64_t chains;
    pes_chain *chain;
    pes_link function;
    void *argument;
} chain_call;

// The thread that runs the link before may have lost its processor: it gets ours.
static void await(const pes_chain *chain, int64_t links) {
    while (atomic_load_explicit(&chain->done, memory_order_acquire) < links) {
        sched_yield();
    }
}

static pes_status run_link(void *argument, int64_t task, int64_t worker) {
    const chain_call *call = argument;
    const int64_t number = task % call->chains, link = task / call->chains;
    pes_chain *chain = &call->chain[number];
    pes_status status = PES_OK;
    await(chain, link);
    if (!atomic_load_explicit(&chain->failed, memory_order_relaxed)) {
        status = call->function(call->argument, number, link, worker);
        if (status != PES_OK) {
            atomic_store_explicit(&chain->failed, true, memory_order_relaxed);
        }
    }
    atomic_store_explicit(&chain->done, link + 1, memory_order_release);
    return status;
}

pes_status pes_chain_for(pes_pool *pool, int64_t chains, int64_t links, pes_chain *chain,
                         pes_link function, void *argument) {
    for (int64_t i = 0; i < chains; i++) {
        atomic_init(&chain[i].done, 0);
        atomic_init(&chain[i].failed, false);
    }
    chain_call call = {
        .chains = chains, .chain = chain, .function = function, .argument = argument};
    return pes_pool_in_order(pool, chains * links, run_link, &call);
}

double pes_chain_share(int64_t pieces, int64_t threads) {
    const int64_t rounds = (pieces + threads - 1) / threads;
    return rounds > 0 ? (double)pieces / (double)(rounds * threads) : 1.0;
}

int64_t pes_chain_links(int64_t chains, int64_t threads, int64_t most) {
    if (chains <= threads || most < 2) { // a thread for each
        return 1;
    }
    int64_t best = 2;
    for (int64_t links = 3; links <= most; links++) {
        if (pes_chain_share(chains * links, threads) >
            pes_chain_share(chains * best, threads) + 0.05) {
            best = links;
        }
    }
    return best;
}
