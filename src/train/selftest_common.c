#include "train/selftest_common.h"

#include "base/status.h"
#include "train/guards.h"

pes_status pes_selftest_gather(const pes_system *system, void *state, double *gathered) {
    const pes_system *s = system;
    const size_t bytes = (size_t)s->num_gathered * sizeof *gathered;
    for (int round = 0; round < 2; round++) {
        pes_guards_set(gathered, bytes);
        s->gather(s->user, state, gathered);
        PES_REQUIRE(pes_guards_hold(gathered, bytes), PES_E_SYSTEM,
                    "gather of system '%s' writes more than num_gathered (%lld) numbers",
                    s->name, (long long)s->num_gathered);
    }
    for (int64_t i = 0; i < s->num_gathered; i++) {
        PES_REQUIRE(
            gathered[i] == 0.0, PES_E_SYSTEM,
            "gather of system '%s' takes the same again: number %lld is %.17g the second "
            "time, not 0",
            s->name, (long long)i, gathered[i]);
    }
    return PES_OK;
}

pes_status pes_selftest_absorb(const pes_system *system, void *state, double *gathered,
                               void *common) {
    const pes_system *s = system;
    s->gather(s->user, state, gathered);
    s->absorb(s->user, common, gathered);
    PES_REQUIRE(pes_guards_hold(common, (size_t)s->common_bytes), PES_E_SYSTEM,
                "common_begin or absorb of system '%s' writes more than common_bytes (%lld)",
                s->name, (long long)s->common_bytes);
    return PES_OK;
}
