// A system before it is unrolled: is it one, can its workers be opened, and what to say when
// one of its callbacks fails.

#include <stdbool.h>

#include "base/status.h"
#include "unroll/unroll.h"

// The index of a perturbation's normals counts blocks of four in 32 bits; far below that, every
// product of sizes in this library stays within 64 bits.
enum { MOST_PARAMS = 1 << 30 };

static pes_status check_pairs(const pes_system *s) {
    PES_REQUIRE((s->init == NULL) == (s->unroll == NULL), PES_E_ARGUMENT,
                "system '%s' sets only one of init and unroll; both, or none for ask and tell",
                s->name);
    PES_REQUIRE((s->worker_open == NULL) == (s->worker_close == NULL), PES_E_ARGUMENT,
                "system '%s' sets only one of worker_open and worker_close", s->name);
    PES_REQUIRE((s->snapshot == NULL) == (s->restore == NULL), PES_E_ARGUMENT,
                "system '%s' sets only one of snapshot and restore", s->name);
    return PES_OK;
}

// Derivatives advance states as unroll does, so they come with it.
static pes_status check_derivatives(const pes_system *s) {
    const bool any = s->unroll_tangents != NULL || s->unroll_adjoints != NULL;
    PES_REQUIRE(!any || s->unroll != NULL, PES_E_ARGUMENT,
                "system '%s' sets derivatives without init and unroll; set all of them",
                s->name);
    PES_REQUIRE(any || (s->num_reals == 0 && s->tape_bytes == 0), PES_E_ARGUMENT,
                "system '%s' sets num_reals or tape_bytes without unroll_tangents or "
                "unroll_adjoints",
                s->name);
    PES_REQUIRE(s->tape_bytes == 0 || s->unroll_adjoints != NULL, PES_E_ARGUMENT,
                "system '%s' sets tape_bytes without unroll_adjoints", s->name);
    return PES_OK;
}

static pes_status check_common(const pes_system *s) {
    const bool all = s->common_begin != NULL && s->gather != NULL && s->absorb != NULL &&
                     s->common_bytes > 0 && s->num_gathered > 0;
    const bool none = s->common_begin == NULL && s->gather == NULL && s->absorb == NULL &&
                      s->common_bytes == 0 && s->num_gathered == 0;
    PES_REQUIRE(
        all || none, PES_E_ARGUMENT,
        "system '%s' sets only some of common_bytes, num_gathered, common_begin, gather "
        "and absorb; set all of them, to positive sizes, or none",
        s->name);
    PES_REQUIRE(none || s->unroll != NULL, PES_E_ARGUMENT,
                "system '%s' learns something in common without init and unroll; set all of "
                "them",
                s->name);
    return PES_OK;
}

pes_status pes_unroll_check_system(const pes_system *system) {
    const pes_system *s = system;
    PES_REQUIRE(s->name != NULL, PES_E_ARGUMENT, "the system has no name");
    PES_REQUIRE(s->num_params >= 1 && s->num_params <= MOST_PARAMS, PES_E_ARGUMENT,
                "system '%s' must have from 1 to %d parameters, not %lld", s->name, MOST_PARAMS,
                (long long)s->num_params);
    PES_REQUIRE(s->state_bytes >= 0 && s->batch_hint >= 0 && s->snapshot_bytes >= 0 &&
                    s->worker_bytes >= 0 && s->num_reals >= 0 && s->tape_bytes >= 0,
                PES_E_ARGUMENT, "system '%s' has a negative size", s->name);
    PES_TRY(check_pairs(s));
    PES_TRY(check_derivatives(s));
    return check_common(s);
}

// A callback that fails without pes_fail() leaves an older sentence, so the system is named.
pes_status pes_unroll_failed(const pes_system *system, const char *callback,
                             pes_status status) {
    const char *sentence = pes_last_error();
    return pes_fail(PES_E_SYSTEM, "%s of system '%s' failed: %s", callback, system->name,
                    sentence[0] != '\0' ? sentence : pes_status_text(status));
}

pes_status pes_unroll_open_worker(const pes_system *system, int64_t max_count, void **worker) {
    *worker = NULL;
    if (system->worker_open == NULL) {
        return PES_OK;
    }
    void *opened = NULL;
    const pes_status status = system->worker_open(system->user, max_count, &opened);
    if (status != PES_OK) {
        return pes_unroll_failed(system, "worker_open", status);
    }
    *worker = opened;
    return PES_OK;
}
