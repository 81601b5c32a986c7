// The table is the fastest that the processor can run, or the one that PES_KERNELS names.

#include "fence.h"

#include <stdlib.h>

static void scalar_comes_first(void **state) {
    (void)state;
    assert_ptr_equal(pes_kernels_available()[0], &pes_kernels_scalar);
}

static void last_table_is_the_default(void **state) {
    (void)state;
    unsetenv("PES_KERNELS");
    const pes_kernels *const *k = pes_kernels_available();
    while (k[1] != NULL) {
        k++;
    }
    assert_ptr_equal(pes_kernels_select(), *k);
}

static void environment_names_a_table(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        setenv("PES_KERNELS", (*k)->name, 1);
        assert_ptr_equal(pes_kernels_select(), *k);
    }
    unsetenv("PES_KERNELS");
}

static void unknown_names_are_ignored(void **state) {
    (void)state;
    unsetenv("PES_KERNELS");
    const pes_kernels *best = pes_kernels_select();
    setenv("PES_KERNELS", "vax", 1);
    assert_ptr_equal(pes_kernels_select(), best);
    setenv("PES_KERNELS", "", 1);
    assert_ptr_equal(pes_kernels_select(), best);
    unsetenv("PES_KERNELS");
}

static void tables_have_no_holes(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        assert_non_null((*k)->name);
        assert_true((*k)->flops_per_round > 0);
        assert_true(isfinite((*k)->fma_chains(100)));
        assert_non_null((*k)->philox);
        assert_non_null((*k)->bytes_to_floats);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalar_comes_first),
        cmocka_unit_test(last_table_is_the_default),
        cmocka_unit_test(environment_names_a_table),
        cmocka_unit_test(unknown_names_are_ignored),
        cmocka_unit_test(tables_have_no_holes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
