// An optimizer's bits: the same on every machine and in every build, and after a resumption.

#include <stdio.h>

#include "base/crc32c.h"
#include "pes/optimizer.h"
#include "support/check.h"

enum { N = 33, UPDATES = 200 };

static void set_gradient(int64_t t, float *grad) {
    uint32_t x = (uint32_t)t * 2654435761u + 12345u;
    for (int i = 0; i < N; i++) {
        x = x * 1664525u + 1013904223u;
        grad[i] = (float)((int32_t)(x >> 8) - (1 << 23)) * 0x1p-22f;
    }
}

static void advance(pes_optimizer *optimizer, float *theta, int64_t updates) {
    float grad[N];
    for (int64_t i = 0; i < updates; i++) {
        set_gradient(pes_optimizer_updates(optimizer), grad);
        CHECK_OK(pes_optimizer_apply(optimizer, grad, theta));
    }
}

static pes_optimizer_options every_setting(const char *name, const char *schedule) {
    pes_optimizer_options options = pes_optimizer_options_default();
    options.name = name;
    options.schedule = schedule;
    options.weight_decay = 0.01;
    options.clip_norm = 3.0;
    options.clip_value = 0.9;
    options.warmup = 30;
    options.decay_updates = 70;
    options.decay_factor = 0.3;
    return options;
}

// One number for each optimizer and schedule, for all processors, compilers and optimization
// levels. A change here means that runs of before are not repeated bit for bit: say so in the
// change log.
static void golden_bits(void **state) {
    (void)state;
    static const struct {
        const char *name, *schedule;
        uint32_t crc; // of theta and the memory after all updates
    } golden[] = {
        {"sgd", "constant", 0xb886e104u},    {"momentum", "step", 0xf16d1979u},
        {"nesterov", "cosine", 0xb93e923fu}, {"adam", "exponential", 0xf01d0577u},
        {"adamw", "cosine", 0xf5e5240au},    {"rmsprop", "step", 0x14615cfau},
    };
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        const pes_optimizer_options options = every_setting(golden[i].name, golden[i].schedule);
        pes_optimizer *optimizer;
        CHECK_OK(pes_optimizer_create(&optimizer, &options, N));
        float theta[N] = {0};
        advance(optimizer, theta, UPDATES);
        int64_t count;
        const float *memory = pes_optimizer_memory(optimizer, &count);
        uint32_t crc = pes_crc32c(0, theta, sizeof theta);
        crc = pes_crc32c(crc, memory, (size_t)count * sizeof *memory);
        if (crc != golden[i].crc) {
            print_error("%s with %s: 0x%08xu\n", golden[i].name, golden[i].schedule,
                        (unsigned)crc);
        }
        pes_optimizer_destroy(optimizer);
        assert_int_equal(crc, golden[i].crc);
    }
}

static void a_restored_memory_continues_bit_for_bit(void **state) {
    (void)state;
    for (int64_t i = 0; pes_optimizer_name(i) != NULL; i++) {
        const pes_optimizer_options options =
            every_setting(pes_optimizer_name(i), "exponential");
        pes_optimizer *whole, *resumed;
        CHECK_OK(pes_optimizer_create(&whole, &options, N));
        CHECK_OK(pes_optimizer_create(&resumed, &options, N));
        float theta[N] = {0}, theta_resumed[N];
        advance(whole, theta, UPDATES / 2);

        int64_t count;
        const float *from = pes_optimizer_memory(whole, &count);
        float *to = pes_optimizer_memory(resumed, &count);
        if (count > 0) {
            memcpy(to, from, (size_t)count * sizeof *to);
        }
        memcpy(theta_resumed, theta, sizeof theta);
        pes_optimizer_set_updates(resumed, pes_optimizer_updates(whole));

        advance(whole, theta, UPDATES / 2);
        advance(resumed, theta_resumed, UPDATES / 2);
        CHECK_SAME(theta_resumed, theta, N);
        pes_optimizer_destroy(whole);
        pes_optimizer_destroy(resumed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_bits),
        cmocka_unit_test(a_restored_memory_continues_bit_for_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
