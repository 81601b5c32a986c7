// Seeds for what a command draws beside a run.

#include "cli/cli.h"

// The finalizer of SplitMix64 (Steele, Lea and Flood 2014): neighbouring seeds of runs, uses
// and numbers all give seeds far apart.
static uint64_t mixed(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

uint64_t cli_seed(uint64_t seed, int use, int64_t number) {
    const uint64_t golden = UINT64_C(0x9E3779B97F4A7C15);
    const uint64_t first = mixed(seed + golden * (uint64_t)(use + 1));
    // TOML's integers, and so the seeds of runs, end at 2^63 - 1.
    return mixed(first + golden * (uint64_t)(number + 1)) >> 1;
}
