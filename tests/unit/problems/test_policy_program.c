// The programs that carry a policy away answer as the policy does, over an episode of 40
// observations: the C file, compiled with all warnings, with the same bits where there is no
// tanh, else to 1e-6; the Python file, the JSON and the safetensors file to 1e-6. Without a
// compiler or python3 the test is skipped.
//
// Seen to fail: the memory updated before the recurrent product, the statistics of the
// beginning instead of those learned, bounds left out, weights read as outputs x inputs.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "problems/control/program.h"
#include "problems/problem.h"
#include "support/check.h"
#include "support/problem.h"
#include "support/scratch.h"

enum { STEPS = 40, MOST = 600 };

static const char driver[] =
    "#include <stdio.h>\n"
    "#include \"policy.c\"\n"
    "int main(void) {\n"
    "    double observation[POLICY_OBSERVED], action[POLICY_ACTIONS], expected;\n"
    "    float memory[POLICY_MEMORY + 1] = {0};\n"
    "    double off = 0;\n"
    "    for (;;) {\n"
    "        for (int i = 0; i < POLICY_OBSERVED; i++)\n"
    "            if (scanf(\"%la\", &observation[i]) != 1) {\n"
    "                printf(\"%.17g\\n\", off);\n"
    "                return 0;\n"
    "            }\n"
    "        policy_act(observation, memory, action);\n"
    "        for (int i = 0; i < POLICY_ACTIONS; i++) {\n"
    "            if (scanf(\"%la\", &expected) != 1) return 1;\n"
    "            off = fmax(off, fabs(action[i] - expected));\n"
    "        }\n"
    "    }\n"
    "}\n";

// The JSON and the tensors say the same as the Python file, whose answers are looked at.
static const char judge[] =
    "import json, math, struct, sys\n"
    "import policy\n"
    "rows = [[float.fromhex(x) for x in line.split()] for line in open('course.txt')]\n"
    "plain = json.load(open('policy.json'))\n"
    "n = len(plain['observation'])\n"
    "actor, off = policy.Policy(), 0.0\n"
    "for row in rows:\n"
    "    for a, b in zip(actor(row[:n]), row[n:], strict=True):\n"
    "        off = max(off, abs(a - b))\n"
    "flat = lambda m: [x for r in m for x in (r if isinstance(r, list) else [r])]\n"
    "raw = open('policy.safetensors', 'rb').read()\n"
    "size = struct.unpack('<Q', raw[:8])[0]\n"
    "head = json.loads(raw[8:8 + size])\n"
    "def tensor(name):\n"
    "    at = head[name]\n"
    "    kind = {'F32': 'f', 'F64': 'd'}[at['dtype']]\n"
    "    part = raw[8 + size + at['data_offsets'][0]:8 + size + at['data_offsets'][1]]\n"
    "    return list(struct.unpack(f'<{len(part) // struct.calcsize(kind)}{kind}', part))\n"
    "for layer, own in zip(plain['layers'], policy.LAYERS, strict=True):\n"
    "    for part in 'weight', 'recurrent', 'bias':\n"
    "        assert (part in layer) == (part in own)\n"
    "        if part in layer:\n"
    "            name = layer['name'] + '.' + part\n"
    "            assert flat(layer[part]) == own[part], name\n"
    "            short = [float(f'{x:.9g}') for x in tensor(name)]\n"
    "            assert short == own[part] and head[name]['shape'][0] == len(layer[part])\n"
    "assert head['__metadata__']['action_bounds'] == plain['action_bounds'] == policy.BOUNDS\n"
    "if plain['normalize']:\n"
    "    assert plain['normalize']['mean'] == policy.MEAN == tensor('observation.mean')\n"
    "    assert plain['normalize']['scale'] == policy.SCALE == tensor('observation.scale')\n"
    "assert plain['low'] == policy.LOW == tensor('action.low')\n"
    "print(off)\n";

static void save(const scratch *folder, const char *name, const char *text) {
    scratch_write(scratch_path(folder, name), text, strlen(text));
}

static double run(const scratch *folder, const char *command) {
    char line[1200];
    double off = (double)NAN;
    (void)snprintf(line, sizeof line, "cd %s && %s", folder->path, command);
    FILE *out = popen(line, "r");
    assert_non_null(out);
    if (fscanf(out, "%lf", &off) != 1) {
        off = (double)NAN;
    }
    assert_int_equal(0, pclose(out));
    return off;
}

// What the layer between policy and environment does, observation by observation.
static void write_course(const scratch *folder, const pes_control *control,
                         const float *theta) {
    const pes_policy *policy = &control->policy;
    float memory[64] = {0}, room[64], seen[8], z[8], answer[2];
    FILE *out = fopen(scratch_path(folder, "course.txt"), "w");
    assert_non_null(out);
    for (uint32_t t = 0; t < STEPS; t++) {
        double observation[8], gathered[17] = {0}, action[2];
        pes_noise_normal(&(pes_stream){.seed = 9}, 1, t, policy->num_observed, z);
        for (int64_t i = 0; i < policy->num_observed; i++) {
            observation[i] = 0.7 * (double)z[i];
            seen[i] = (float)observation[i];
            fprintf(out, "%a ", observation[i]);
        }
        if (control->normalize.numbers > 0) {
            pes_normalize_see(&control->normalize, control->common, gathered, observation,
                              seen);
        }
        pes_policy_act(policy, theta, seen, memory, room, answer);
        action[0] = (double)answer[0];
        control->bound(&control->environment, 1, action);
        fprintf(out, "%a\n", action[0]);
    }
    assert_int_equal(0, fclose(out));
}

static void write_programs(const scratch *folder, const pes_problem *problem,
                           const float *theta) {
    for (int64_t i = 0; pes_control_program(i) != NULL; i++) {
        const pes_problem_program *program = pes_control_program(i);
        size_t size = 0;
        char *text = program->write(problem, theta, 500, "made for a test", &size);
        assert_non_null(text);
        if (strcmp(program->format, "safetensors") != 0) {
            assert_int_equal(strlen(text), size);
            assert_non_null(strstr(text, "made for a test"));
        }
        scratch_write(scratch_path(folder, program->file), text, size);
        free(text);
    }
}

static void check(const char *settings, double in_c) {
    scratch folder;
    float theta[MOST];
    pes_problem *problem = test_problem("cart_pole", settings, NULL);
    const int64_t n = pes_problem_system(problem)->num_params;
    assert_true(n <= MOST);
    pes_noise_normal(&(pes_stream){.seed = 4}, 0, 0, n, theta);
    if (pes_problem_system(problem)->common_bytes > 0) { // count, mean, squares, 1 / deviation
        const double learned[13] = {9, 0.5, -1, 0.25, 2, 1, 1, 1, 1, 3, 0.5, 2, 1};
        CHECK_OK(pes_problem_set_common(problem, learned, sizeof learned));
        CHECK_FAILS(PES_E_FORMAT, "need 104", pes_problem_set_common(problem, learned, 96));
    }
    scratch_open(&folder);
    write_course(&folder, problem->user, theta);
    write_programs(&folder, problem, theta);
    save(&folder, "driver.c", driver);
    save(&folder, "judge.py", judge);
    const double c = run(&folder,
                         "cc -std=c99 -O2 -Wall -Wextra -Wpedantic -Wshadow -Werror "
                         "driver.c -lm -o driver && ./driver <course.txt");
    const double python = run(&folder, "python3 judge.py");
    print_message("%s: off by %.3g in C, by %.3g in Python\n", settings, c, python);
    CHECK_NEAR(0.0, c, in_c);
    CHECK_NEAR(0.0, python, 1e-5); // of actions up to 10
    scratch_close(&folder);
    pes_problem_close(problem);
}

static void policies_without_tanh_have_the_same_bits(void **unused) {
    (void)unused;
    check("action_bounds=none", 0.0);
    check("bias=true", 0.0);
    check("normalize=true normalize_clip=1 force=0.5", 0.0);
}

static void others_agree(void **unused) {
    (void)unused;
    check("policy=mlp hidden=16,7", 1e-5);
    check("policy=mlp hidden=3 normalize=true action_bounds=tanh", 1e-5);
    check("policy=recurrent hidden=9 action_bounds=none", 1e-5);
    check("policy=recurrent hidden=1 normalize=true normalize_clip=0", 1e-5);
}

int main(void) {
    if (system("cc --version >/dev/null 2>&1 && python3 --version >/dev/null 2>&1") != 0) {
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_without_tanh_have_the_same_bits),
        cmocka_unit_test(others_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
