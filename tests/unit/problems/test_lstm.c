// The LSTM: what it reads, how many parameters it has and how they begin, and losses as the
// textbook computes them, in double precision.

#include <math.h>
#include <stdlib.h>

#include "problems/nn/lstm/lstm.h"
#include "support/check.h"
#include "support/problem.h"

// ---- what is read ---------------------------------------------------------------------------

enum { MOST = 40 };

typedef struct reading {
    uint8_t input[MOST], target[MOST];
} reading;

// Steps 0..count - 1, in pieces of `piece`.
static reading read(const char *settings, pes_stream stream, int64_t count, int64_t piece) {
    pes_lstm_options *options = test_options("lstm", settings);
    pes_lstm_sequence sequence;
    CHECK_OK(pes_lstm_options_check(options));
    CHECK_OK(pes_lstm_sequence_open(&sequence, options, NULL));
    reading out;
    for (int64_t t = 0; t < count; t += piece) {
        const int64_t here = count - t < piece ? count - t : piece;
        pes_lstm_sequence_read(&sequence, &stream, t, here, out.input + t, out.target + t);
    }
    pes_lstm_sequence_release(&sequence);
    free(options);
    return out;
}

static void texts_ask_for_the_next_character(void **unused) {
    (void)unused;
    static const char *const tasks[] = {"task=random symbols=7", "task=repeated symbols=7"};
    for (int i = 0; i < 2; i++) {
        for (int64_t piece = 1; piece <= MOST; piece += 13) {
            const reading whole = read(tasks[i], (pes_stream){.seed = 5}, MOST, MOST);
            const reading parts = read(tasks[i], (pes_stream){.seed = 5}, MOST, piece);
            assert_memory_equal(&whole, &parts, sizeof whole);
            assert_memory_equal(whole.input + 1, whole.target, MOST - 1);
            for (int t = 0; t < MOST; t++) {
                assert_true(whole.target[t] < 7);
            }
        }
    }
}

// Does the reading depend on the particle?
static bool differs(const char *settings) {
    const reading one = read(settings, (pes_stream){.seed = 5, .particle = 1}, MOST, MOST);
    const reading two = read(settings, (pes_stream){.seed = 5, .particle = 2}, MOST, MOST);
    return memcmp(&one, &two, sizeof one) != 0;
}

static void fresh_sequences_differ_and_common_ones_do_not(void **unused) {
    (void)unused;
    assert_true(differs("task=random"));
    assert_true(differs("task=repeated"));
    assert_true(differs("task=copy"));
    assert_false(differs("task=random fresh=false"));
    assert_false(differs("task=repeated fresh=false"));
    assert_false(differs("task=copy fresh=false"));
    const reading one = read("task=random fresh=false", (pes_stream){.seed = 5}, MOST, MOST);
    const reading two =
        read("task=random fresh=false text_seed=2", (pes_stream){.seed = 5}, MOST, MOST);
    assert_memory_not_equal(&one, &two, sizeof one);
}

// Chi-squared of 4000 random characters of an alphabet of 8; 40 is passed by chance in about 1
// of 10^6 seeds.
static void random_characters_are_uniform(void **unused) {
    (void)unused;
    double count[8] = {0}, chi_squared = 0.0;
    for (uint32_t p = 0; p < 100; p++) {
        const reading text =
            read("task=random symbols=8", (pes_stream){.seed = 3, .particle = p}, MOST, MOST);
        for (int t = 0; t < MOST; t++) {
            count[text.input[t]] += 1.0;
        }
    }
    for (int c = 0; c < 8; c++) {
        chi_squared += (count[c] - 500.0) * (count[c] - 500.0) / 500.0;
    }
    assert_true(chi_squared < 40.0);
}

static void strings_are_read_and_then_recalled(void **unused) {
    (void)unused;
    enum {
        L = 6,
        D = 3,
        PERIOD = 2 * L + D,
        BLANK = 9,
        SIGNAL = 10,
        NONE = PES_LSTM_NO_TARGET
    };
    const char *const settings = "task=copy symbols=9 copy_length=6 copy_delay=3";
    const reading text = read(settings, (pes_stream){.seed = 1}, 2 * PERIOD, 2 * PERIOD);
    const reading parts = read(settings, (pes_stream){.seed = 1}, 2 * PERIOD, 4);
    assert_memory_equal(text.input, parts.input, 2 * PERIOD);
    assert_memory_equal(text.target, parts.target, 2 * PERIOD);
    for (int s = 0; s < 2; s++) {
        const uint8_t *input = text.input + s * PERIOD, *target = text.target + s * PERIOD;
        for (int t = 0; t < PERIOD; t++) {
            assert_true(t < L ? input[t] < 9 : input[t] == (t == L + D ? SIGNAL : BLANK));
            assert_int_equal(target[t], t < L + D ? NONE : input[t - L - D]);
        }
    }
    assert_memory_not_equal(text.input, text.input + PERIOD, L);
}

static void the_treebank_begins_where_it_should(void **unused) {
    (void)unused;
    const pes_data_folders data = {.count = 1, .folder = {getenv("PES_DATA")}};
    char path[PES_TEXT_SIZE];
    if (data.folder[0] == NULL || pes_dataset_locate("ptb", &data, path) != PES_OK) {
        skip();
    }
    pes_lstm_options *options = test_options("lstm", "task=ptb fresh=false offset=4");
    pes_lstm_sequence sequence;
    const pes_stream stream = {.seed = 1};
    CHECK_OK(pes_lstm_sequence_open(&sequence, options, &data));
    uint8_t input[20], target[20];
    pes_lstm_sequence_read(&sequence, &stream, 0, 20, input, target);
    for (int i = 0; i < 20; i++) { // the file begins with " aer banknote berlitz "
        assert_int_equal(pes_characters_alphabet[target[i]],
                         "banknote berlitz calloway"[i + 1]);
    }
    pes_lstm_sequence_read(&sequence, &stream, sequence.text.count - 4, 1, input, target);
    assert_int_equal(pes_characters_alphabet[input[0]], 'a'); // around the end
    pes_lstm_sequence_release(&sequence);
    free(options);
}

// ---- parameters -----------------------------------------------------------------------------

static double deviation(const float *x, int64_t count) {
    double squares = 0.0;
    for (int64_t i = 0; i < count; i++) {
        squares += (double)x[i] * (double)x[i];
    }
    return sqrt(squares / (double)count);
}

static void parameters_are_those_of_the_published_network(void **unused) {
    (void)unused;
    pes_problem *problem = test_problem("lstm", "forget_bias=1.5", NULL);
    const float *theta = pes_problem_theta(problem);
    assert_int_equal(pes_problem_system(problem)->num_params, 790);
    assert_int_equal(pes_problem_horizon(problem), 1000);
    assert_int_equal(pes_problem_system(problem)->state_bytes, 40);
    for (int i = 0; i < 250; i++) {
        assert_true(fabsf(theta[i]) < 0.1f);
    }
    CHECK_NEAR(0.1 / sqrt(3.0), deviation(theta, 250), 0.01);
    CHECK_NEAR(0.32, deviation(theta + 250, 200), 0.06);
    CHECK_NEAR(0.32, deviation(theta + 490, 250), 0.06);
    for (int i = 450; i < 490; i++) {
        assert_true(theta[i] == (i >= 455 && i < 460 ? 1.5f : 0.0f));
    }
    assert_true(deviation(theta + 740, 50) == 0.0);
    pes_problem_close(problem);
    problem = test_problem("lstm", "bias_deviation=0.5", NULL);
    theta = pes_problem_theta(problem);
    CHECK_NEAR(0.5, deviation(theta + 450, 40), 0.2);
    CHECK_NEAR(0.32, deviation(theta + 490, 250), 0.06);
    CHECK_NEAR(0.5, deviation(theta + 740, 50), 0.2);
    pes_problem_close(problem);
}

static void parameters_are_named(void **unused) {
    (void)unused;
    const pes_problem_type *type = pes_problem_type_find("lstm");
    pes_lstm_options *options = test_options("lstm", "");
    char room[PES_NAME_SIZE];
    static const struct {
        int64_t index;
        const char *name;
    } known[] = {{0, "embedding"},   {249, "embedding"},   {250, "weight_ih"},
                 {350, "weight_hh"}, {450, "bias_ih"},     {470, "bias_hh"},
                 {490, "decoder"},   {789, "decoder_bias"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_string_equal(type->param_name(options, known[i].index, room), known[i].name);
    }
    assert_null(type->param_name(options, 790, room));
    assert_null(type->param_name(options, -1, room));
    free(options);
}

// ---- losses ---------------------------------------------------------------------------------

static double sigmoid(double x) {
    return 1.0 / (1.0 + exp(-x));
}

// One step of equations (see problems/nn/lstm/step.c); logits of the character to come.
static void reference_step(const pes_lstm_network *n, const float *theta, int character,
                           double *h, double *c, double *logits) {
    double gate[4 * MOST];
    for (int64_t r = 0; r < 4 * n->hidden; r++) {
        gate[r] = (double)theta[n->bias_ih + r] + (double)theta[n->bias_hh + r];
        for (int64_t e = 0; e < n->embedding; e++) {
            gate[r] += (double)theta[n->weight_ih + r * n->embedding + e] *
                       (double)theta[character * n->embedding + e];
        }
        for (int64_t j = 0; j < n->hidden; j++) {
            gate[r] += (double)theta[n->weight_hh + r * n->hidden + j] * h[j];
        }
    }
    for (int64_t j = 0; j < n->hidden; j++) {
        c[j] = sigmoid(gate[n->hidden + j]) * c[j] +
               sigmoid(gate[j]) * tanh(gate[2 * n->hidden + j]);
        h[j] = sigmoid(gate[3 * n->hidden + j]) * tanh(c[j]);
    }
    for (int64_t k = 0; k < n->characters; k++) {
        logits[k] = (double)theta[n->decoder_bias + k];
        for (int64_t j = 0; j < n->hidden; j++) {
            logits[k] += (double)theta[n->decoder + k * n->hidden + j] * h[j];
        }
    }
}

static double reference_loss(const double *logits, int64_t count, int label, bool error) {
    double sum = 0.0;
    bool right = true;
    for (int64_t k = 0; k < count; k++) {
        sum += exp(logits[k]);
        right = right && logits[k] <= logits[label];
    }
    return error ? (right ? 0.0 : 1.0) : log(sum) - logits[label];
}

static void check_losses(const char *settings, bool error) {
    enum { STEPS = 90 };
    pes_problem *problem = test_problem("lstm", settings, NULL);
    const pes_lstm *lstm = pes_problem_system(problem)->user;
    const pes_lstm_network *n = &lstm->network;
    double loss[STEPS], h[MOST] = {0}, c[MOST] = {0}, logits[256];
    float *theta = malloc((size_t)n->num_params * sizeof *theta);
    void *state = test_states(problem, 1);
    const pes_stream stream = {.seed = 8, .particle = 3, .episode = 2};
    for (int64_t i = 0; i < n->num_params; i++) { // biases, too, are something
        theta[i] = 3.0f * pes_problem_theta(problem)[i] + 0.1f * (float)(i % 7 - 3);
    }
    test_begin(problem, stream, theta, state);
    test_advance(problem, stream, theta, state, 0, 37, loss);
    test_advance(problem, stream, theta, state, 37, STEPS - 37, loss + 37);
    for (int t = 0; t < STEPS; t++) {
        uint8_t input, target;
        pes_lstm_sequence_read(&lstm->sequence, &stream, t, 1, &input, &target);
        reference_step(n, theta, input, h, c, logits);
        const double expected = target == PES_LSTM_NO_TARGET
                                    ? 0.0
                                    : reference_loss(logits, n->characters, target, error);
        CHECK_NEAR(expected, loss[t], 2e-5);
    }
    for (int64_t j = 0; j < n->hidden; j++) {
        CHECK_NEAR(h[j], (double)((float *)state)[j], 1e-5);
        CHECK_NEAR(c[j], (double)((float *)state)[n->hidden + j], 1e-5);
    }
    free(state);
    free(theta);
    pes_problem_close(problem);
}

static void losses_are_those_of_the_textbook(void **unused) {
    (void)unused;
    check_losses("task=random", false);
    check_losses("task=random embedding=1 hidden=1 symbols=2", false);
    check_losses("task=repeated embedding=9 hidden=17 symbols=33", false);
    check_losses("task=copy symbols=4 copy_length=3 copy_delay=2 embedding=3 hidden=12", false);
    check_losses("task=copy symbols=4 copy_length=3 copy_delay=2 objective=error", true);
    check_losses("task=random objective=error symbols=5", true);
}

// Ties go to the first, and what is not a number is never right.
static void errors_are_counted_as_by_an_argmax(void **unused) {
    (void)unused;
    const float logits[3 * 4] = {1, 2, 2, NAN, 5, 2, 2, 1, 3, 1, 1, 0}; // 3 characters, 4 lanes
    const uint8_t label[4] = {1, 0, 1, 0};
    double loss[4];
    pes_lstm_objective_find("error")->judge(&pes_kernels_scalar, 4, 3, logits, label, loss);
    assert_true(loss[0] == 0.0 && loss[1] == 0.0 && loss[2] == 1.0 && loss[3] == 1.0);
}

// ---- what is refused ------------------------------------------------------------------------

static void refuses(const char *settings, pes_status status, const char *words) {
    void *options = test_options("lstm", settings);
    pes_problem *problem = NULL;
    CHECK_FAILS(status, words, pes_problem_type_find("lstm")->create(&problem, options, NULL));
    assert_null(problem);
    free(options);
}

static void misused_settings_are_refused(void **unused) {
    (void)unused;
    refuses("task=ptb", PES_E_FILE, "ptb needs a data folder");
    refuses("task=ptb symbols=20", PES_E_ARGUMENT, "the text of task ptb has 50");
    refuses("task=ptb offset=3", PES_E_ARGUMENT, "offset is for task ptb with fresh = false");
    refuses("task=random fresh=false offset=3", PES_E_ARGUMENT, "offset is for task ptb");
    refuses("task=copy length=12", PES_E_ARGUMENT, "a string takes 10 steps");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_ask_for_the_next_character),
        cmocka_unit_test(fresh_sequences_differ_and_common_ones_do_not),
        cmocka_unit_test(random_characters_are_uniform),
        cmocka_unit_test(strings_are_read_and_then_recalled),
        cmocka_unit_test(the_treebank_begins_where_it_should),
        cmocka_unit_test(parameters_are_those_of_the_published_network),
        cmocka_unit_test(parameters_are_named),
        cmocka_unit_test(losses_are_those_of_the_textbook),
        cmocka_unit_test(errors_are_counted_as_by_an_argmax),
        cmocka_unit_test(misused_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
