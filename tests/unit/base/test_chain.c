// Chains run every link once, in its chain's order, whoever runs it; and how many links are
// worth having. Run it under TSan as well.
//
// Seen to fail: a link that does not wait for the one before, links after a failed one run.

#include <stdlib.h>

#include "base/chain.h"
#include "support/check.h"

enum { CHAINS = 11, LINKS = 4 };

typedef struct job {
    int64_t come[CHAINS]; // links that a chain has seen; no lock, the order is the protection
    int64_t fail_chain;   // -1: none
    bool wrong;
} job;

static pes_status run_link(void *argument, int64_t chain, int64_t link, int64_t worker) {
    job *j = argument;
    (void)worker;
    if (j->come[chain] != link) {
        j->wrong = true;
    }
    for (volatile int64_t i = 0; i < (chain * 37 + link * 91) % 2000; i = i + 1) {
        // links of different lengths
    }
    j->come[chain] = link + 1;
    return chain == j->fail_chain && link == 1
               ? pes_fail(PES_E_SYSTEM, "chain %lld tore", (long long)chain)
               : PES_OK;
}

static void links_follow_one_another(void **state) {
    (void)state;
    pes_pool_brief = 0.0;
    for (int64_t threads = 1; threads <= 16; threads = 2 * threads + 1) {
        pes_pool *pool = NULL;
        pes_chain chain[CHAINS];
        CHECK_OK(pes_pool_create(&pool, threads));
        for (int64_t chains = 1; chains <= CHAINS; chains += 5) {
            for (int round = 0; round < 50; round++) {
                job j = {.fail_chain = -1};
                CHECK_OK(pes_chain_for(pool, chains, LINKS, chain, run_link, &j));
                for (int64_t i = 0; i < CHAINS; i++) {
                    assert_int_equal(j.come[i], i < chains ? LINKS : 0);
                }
                assert_false(j.wrong);
            }
        }
        pes_pool_destroy(pool);
    }
}

static void a_failed_chain_goes_no_further(void **state) {
    (void)state;
    pes_pool *pool = NULL;
    pes_chain chain[CHAINS];
    job j = {.fail_chain = 4};
    CHECK_OK(pes_pool_create(&pool, 3));
    CHECK_FAILS(PES_E_SYSTEM, "chain 4 tore",
                pes_chain_for(pool, CHAINS, LINKS, chain, run_link, &j));
    for (int64_t i = 0; i < CHAINS; i++) {
        assert_int_equal(j.come[i], i == 4 ? 2 : LINKS);
    }
    j = (job){.fail_chain = -1}; // and the next call begins anew
    CHECK_OK(pes_chain_for(pool, CHAINS, LINKS, chain, run_link, &j));
    assert_int_equal(j.come[4], LINKS);
    pes_pool_destroy(pool);
}

static void links_fill_the_threads(void **state) {
    (void)state;
    CHECK_NEAR(5.0 / 6.0, pes_chain_share(5, 2), 1e-15);
    CHECK_NEAR(1.0, pes_chain_share(10, 2), 0.0);
    CHECK_NEAR(0.3125, pes_chain_share(5, 16), 0.0);
    assert_int_equal(pes_chain_links(10, 2, 4), 2);
    assert_int_equal(pes_chain_links(10, 4, 4), 2); // 20 pieces, five rounds
    assert_int_equal(pes_chain_links(11, 2, 4), 2);
    assert_int_equal(pes_chain_links(10, 3, 4), 2); // 20 of 21: a third adds a twentieth
    assert_int_equal(pes_chain_links(13, 8, 4), 3); // 26 of 32, 39 of 40
    assert_int_equal(pes_chain_links(10, 4, 1), 1);
    assert_int_equal(pes_chain_links(3, 4, 4), 1); // more links do not help
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_follow_one_another),
        cmocka_unit_test(a_failed_chain_goes_no_further),
        cmocka_unit_test(links_fill_the_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
