// The C file of a learned optimizer, compiled with all warnings, takes the steps of the rule:
// on the same gradients it is off by less than 1e-5 of a tensor's longest way after a hundred
// steps. Skipped without a compiler.

#include <stdlib.h>
#include <string.h>

#include "problems/lopt/program.h"
#include "support/check.h"
#include "support/lopt_course.h"

// Reads course.txt, takes the steps and compares.
static const char driver[] =
    "#include <math.h>\n"
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "long learned_memory(long rows, long columns);\n"
    "void learned_update(long, long, long, float *, const float *, float *);\n"
    "static void read(FILE *in, long n, float *x) {\n"
    "    for (long i = 0; i < n; i++)\n"
    "        if (fscanf(in, \"%f\", &x[i]) != 1) exit(3);\n"
    "}\n"
    "int main(void) {\n"
    "    FILE *in = fopen(\"course.txt\", \"r\");\n"
    "    long rows, columns, tensors = 0;\n"
    "    while (fscanf(in, \"%ld %ld\", &rows, &columns) == 2) {\n"
    "        const long n = rows * columns;\n"
    "        float w[180], first[180], g[180], last[180];\n"
    "        float *memory = calloc((size_t)learned_memory(rows, columns) + 1, 4);\n"
    "        read(in, n, w);\n"
    "        for (long i = 0; i < n; i++) first[i] = w[i];\n"
    "        for (long t = 0; t < 100; t++) {\n"
    "            read(in, n, g);\n"
    "            learned_update(t, rows, columns, w, g, memory);\n"
    "        }\n"
    "        read(in, n, last);\n"
    "        double way = 0, off = 0;\n"
    "        for (long i = 0; i < n; i++) {\n"
    "            way = fmax(way, fabs(last[i] - first[i]));\n"
    "            off = fmax(off, fabs(last[i] - w[i]));\n"
    "        }\n"
    "        if (!(way > 1e-3) || !(off < 1e-5 * way)) {\n"
    "            printf(\"%ld x %ld: off by %g, way %g\\n\", rows, columns, off, way);\n"
    "            return 1;\n"
    "        }\n"
    "        free(memory);\n"
    "        tensors++;\n"
    "    }\n"
    "    fclose(in);\n"
    "    return tensors == 5 ? 0 : 2;\n"
    "}\n";

static void check(const char *name, const pes_int_list *hidden) {
    scratch folder;
    float *theta;
    scratch_open(&folder);
    const pes_lopt_shape shape = course_optimizer(name, hidden, &theta);
    course_write(&folder, "course.txt", &shape, theta);
    char *text = pes_lopt_write_c(&shape, theta, "made for a test");
    assert_non_null(text);
    assert_non_null(strstr(text, "made for a test"));
    scratch_write(scratch_path(&folder, "optimizer.c"), text, strlen(text));
    scratch_write(scratch_path(&folder, "driver.c"), driver, strlen(driver));
    assert_int_equal(course_run(&folder,
                                "cc -std=c99 -O2 -Wall -Wextra -Wpedantic -Wshadow "
                                "-Werror -c optimizer.c"),
                     0);
    assert_int_equal(course_run(&folder, "cc -O1 driver.c optimizer.o -lm -o run"), 0);
    if (course_run(&folder, "./run") != 0) {
        fail_msg("%s in C takes other steps", name);
    }
    free(text);
    free(theta);
    scratch_close(&folder);
}

static void every_rule_takes_its_steps_in_c(void **state) {
    (void)state;
    for (int64_t i = 0; pes_lopt_rule_name(i) != NULL; i++) {
        check(pes_lopt_rule_name(i), NULL);
    }
}

static void so_do_networks_of_other_widths(void **state) {
    (void)state;
    static const pes_int_list one = {.count = 1, .value = {40}};
    static const pes_int_list three = {.count = 3, .value = {7, 3, 5}};
    check("mlp", &one);
    check("mlp", &three);
    check("factored", &one);
}

// A rate of exp(200) is no float: "inff" would be no C, and "inf" no Python. (Seen to fail.)
static void a_rate_beyond_floats_has_a_literal(void **state) {
    (void)state;
    float *theta;
    const pes_lopt_shape shape = course_optimizer("adam", NULL, &theta);
    theta[0] = 200.0f;
    char *c = pes_lopt_write_c(&shape, theta, "made for a test");
    assert_non_null(strstr(c, "learning_rate = 3.40282347e+38f;"));
    theta[0] = 800.0f; // beyond doubles
    char *python = pes_lopt_write_pytorch(&shape, theta, "made for a test");
    assert_non_null(strstr(python, "lr=lr * 3.40282347e+38,"));
    free(c), free(python), free(theta);
}

int main(void) {
    if (system("cc --version >/dev/null 2>&1") != 0) {
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_takes_its_steps_in_c),
        cmocka_unit_test(so_do_networks_of_other_widths),
        cmocka_unit_test(a_rate_beyond_floats_has_a_literal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
