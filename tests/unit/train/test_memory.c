// Everything is allocated by create, nothing after it; as much as was predicted; and when an
// allocation fails, create says so, leaves nothing behind and hands out NULL.
//
// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc,--wrap=free
//
// Seen to fail: a malloc in the step, an array left out of the prediction, a worker that is not
// closed, a create that forgets to take apart what it had built.

#include "pes/estimator.h"
#include "pes/evaluator.h"
#include "pes/trainer.h"
#include "support/alloc.h"
#include "support/check.h"
#include "support/scratch.h"
#include "support/systems.h"

// Everything that the tests build, of one shape.
typedef struct parts {
    test_recipe recipe;
    pes_system system;
    pes_estimator_options estimator;
    pes_evaluator_options evaluator;
    pes_optimizer_options optimizer;
    pes_trainer_options trainer;
    float theta[6];
    scratch folder;
} parts;

static void make(parts *p, const char *method) {
    memset(p, 0, sizeof *p);
    p->recipe = test_recipe_default(TEST_HISTORY, 6);
    p->recipe.noise = 0.1;
    p->recipe.with_worker = true;
    p->recipe.end_drawn = 9;
    p->recipe.bad_modulus = 11;
    p->system = test_system(&p->recipe);
    p->estimator = pes_estimator_options_default();
    p->estimator.method = method;
    p->estimator.particles = 300;
    p->estimator.truncation = strcmp(method, "full_es") == 0 ? 8 : 3;
    p->estimator.horizon = 8;
    p->estimator.threads = 3;
    p->evaluator = pes_evaluator_options_default();
    p->evaluator.episodes = 5;
    p->evaluator.steps = 8;
    p->evaluator.threads = 3;
    p->optimizer = pes_optimizer_options_default();
    p->trainer = pes_trainer_options_default();
    p->trainer.updates = 20;
    p->trainer.evaluate_every = 7;
    p->trainer.checkpoint_every = 5;
    p->trainer.threads = 3;
    scratch_open(&p->folder);
}

static void unmake(parts *p) {
    scratch_close(&p->folder);
    assert_int_equal(p->recipe.workers, 0); // every worker was closed
}

static pes_trainer_parts trainer_parts(const parts *p) {
    return (pes_trainer_parts){
        .system = &p->system,
        .theta = p->theta,
        .estimator = &p->estimator,
        .optimizer = &p->optimizer,
        .options = &p->trainer,
        .directory = p->folder.path,
        .fingerprint = "memory",
    };
}

static const char *const methods[] = {"pes", "nres", "truncated_es", "full_es"};

// Everything that may be chosen and wants memory or work of its own.
static void choose_everything(parts *p) {
    p->estimator.lengths = "log_uniform";
    p->estimator.shortest = 4;
    p->estimator.sigma_schedule = "cosine";
    p->estimator.shaping = "centred_rank";
    p->optimizer.average = "exponential";
    if (strcmp(p->estimator.method, "pes") == 0) {
        p->estimator.starts = "staggered";
    }
}

static void a_step_allocates_nothing(void **state) {
    (void)state;
    for (int m = 0; m < 4; m++) {
        parts p;
        make(&p, methods[m]);
        choose_everything(&p);
        pes_estimator *estimator = NULL;
        float grad[6];
        CHECK_OK(pes_estimator_create(&estimator, &p.system, &p.estimator));
        alloc_reset();
        for (int u = 0; u < 10; u++) {
            CHECK_OK(pes_estimator_step(estimator, p.theta, grad, NULL));
        }
        assert_int_equal(alloc_read().calls, 0);
        pes_estimator_destroy(estimator);
        unmake(&p);
    }
}

static void only_the_first_ask_allocates(void **state) {
    (void)state;
    enum { ROWS = 301, K = 3 };
    static double loss[ROWS * K];
    parts p;
    make(&p, "truncated_es");
    pes_estimator *estimator = NULL;
    float grad[6];
    pes_ask ask;
    CHECK_OK(pes_estimator_create(&estimator, &p.system, &p.estimator));
    CHECK_OK(pes_estimator_ask(estimator, p.theta, &ask));
    alloc_reset();
    for (int u = 0; u < 5; u++) {
        CHECK_OK(pes_estimator_tell(estimator, loss, NULL, grad, NULL));
        CHECK_OK(pes_estimator_ask(estimator, p.theta, &ask));
    }
    assert_int_equal(alloc_read().calls, 0);
    pes_estimator_destroy(estimator);
    unmake(&p);
}

static void an_evaluation_allocates_nothing(void **state) {
    (void)state;
    parts p;
    make(&p, "pes");
    pes_evaluator *evaluator = NULL;
    double objective[5];
    CHECK_OK(pes_evaluator_create(&evaluator, &p.system, &p.evaluator));
    alloc_reset();
    CHECK_OK(pes_evaluator_run(evaluator, p.theta, objective, NULL));
    assert_int_equal(alloc_read().calls, 0);
    pes_evaluator_destroy(evaluator);
    unmake(&p);
}

// With rows, evaluations and checkpoints in it.
static void a_trainers_step_allocates_nothing(void **state) {
    (void)state;
    parts p;
    make(&p, "pes");
    choose_everything(&p);
    const pes_trainer_parts given = trainer_parts(&p);
    pes_trainer *trainer = NULL;
    CHECK_OK(pes_trainer_create(&trainer, &given));
    CHECK_OK(pes_trainer_step(trainer));
    alloc_reset();
    for (int u = 0; u < 19; u++) {
        CHECK_OK(pes_trainer_step(trainer));
    }
    assert_int_equal(alloc_read().calls, 0);
    pes_trainer_destroy(trainer);
    unmake(&p);
}

// Workers are 86 or fewer bytes each here, which the system does not tell.
static void the_prediction_is_what_is_allocated(void **state) {
    (void)state;
    for (int m = 0; m < 8; m++) {
        parts p;
        make(&p, methods[m % 4]);
        if (m >= 4) {
            choose_everything(&p);
        }
        p.recipe.with_worker = false;
        p.system = test_system(&p.recipe);
        pes_estimator *estimator = NULL;
        alloc_reset();
        CHECK_OK(pes_estimator_create(&estimator, &p.system, &p.estimator));
        assert_int_equal(alloc_read().bytes, pes_estimator_memory(&p.system, &p.estimator));
        pes_estimator_destroy(estimator);

        pes_evaluator *evaluator = NULL;
        alloc_reset();
        CHECK_OK(pes_evaluator_create(&evaluator, &p.system, &p.evaluator));
        assert_int_equal(alloc_read().bytes, pes_evaluator_memory(&p.system, &p.evaluator));
        pes_evaluator_destroy(evaluator);

        // A trainer's is made of predictions of its parts; a few small texts are not counted.
        const pes_trainer_parts given = trainer_parts(&p);
        pes_trainer *trainer = NULL;
        alloc_reset();
        CHECK_OK(pes_trainer_create(&trainer, &given));
        CHECK_NEAR((double)alloc_read().bytes, (double)pes_trainer_memory(&given), 8192.0);
        pes_trainer_destroy(trainer);
        unmake(&p);
    }
}

static void told_worker_bytes_are_predicted(void **state) {
    (void)state;
    parts p;
    make(&p, "pes");
    const uint64_t without = pes_estimator_memory(&p.system, &p.estimator);
    p.system.worker_bytes = 1000;
    assert_int_equal(pes_estimator_memory(&p.system, &p.estimator), without + 3 * 1000);
    unmake(&p);
}

static pes_status create_estimator(parts *p, void **out) {
    return pes_estimator_create((pes_estimator **)out, &p->system, &p->estimator);
}

static pes_status create_evaluator(parts *p, void **out) {
    return pes_evaluator_create((pes_evaluator **)out, &p->system, &p->evaluator);
}

static pes_status create_trainer(parts *p, void **out) {
    const pes_trainer_parts given = trainer_parts(p);
    return pes_trainer_create((pes_trainer **)out, &given);
}

static void destroy_estimator(void *object) {
    pes_estimator_destroy(object);
}

static void destroy_evaluator(void *object) {
    pes_evaluator_destroy(object);
}

static void destroy_trainer(void *object) {
    pes_trainer_destroy(object);
}

static const struct {
    pes_status (*create)(parts *p, void **out);
    void (*destroy)(void *object);
} objects[] = {
    {create_estimator, destroy_estimator},
    {create_evaluator, destroy_evaluator},
    {create_trainer, destroy_trainer},
};

// Fail the first allocation, the second, .. until create succeeds.
static void every_failed_allocation_is_survived(void **state) {
    (void)state;
    for (int o = 0; o < 3; o++) {
        parts p;
        make(&p, "truncated_es");
        int failures = 0;
        for (int64_t n = 1;; n++) {
            void *object = &p;
            alloc_reset();
            alloc_fail_at(n);
            const pes_status status = objects[o].create(&p, &object);
            alloc_fail_at(0);
            if (status == PES_OK) {
                objects[o].destroy(object);
                assert_int_equal(alloc_read().live, 0);
                break;
            }
            failures++;
            assert_true(status == PES_E_MEMORY || status == PES_E_SYSTEM);
            assert_null(object);
            assert_int_equal(alloc_read().live, 0);
            assert_int_equal(p.recipe.workers, 0);
            assert_non_null(strstr(pes_last_error(), "memory"));
        }
        assert_true(failures >= 5); // object, arena, pool, threads, workers
        unmake(&p);
    }
}

static void a_first_ask_without_memory_is_reported(void **state) {
    (void)state;
    parts p;
    make(&p, "pes");
    pes_estimator *estimator = NULL;
    pes_ask ask;
    CHECK_OK(pes_estimator_create(&estimator, &p.system, &p.estimator));
    alloc_fail_at(1);
    CHECK_FAILS(PES_E_MEMORY, "perturbed parameters",
                pes_estimator_ask(estimator, p.theta, &ask));
    alloc_fail_at(0);
    pes_estimator_destroy(estimator);
    unmake(&p);
}

// The second of three workers cannot be opened: the first is closed, and the sentence survives.
static void a_worker_that_does_not_open_is_reported(void **state) {
    (void)state;
    for (int o = 0; o < 3; o++) {
        parts p;
        make(&p, "pes");
        p.recipe.fail_worker = 2;
        void *object = &p;
        CHECK_FAILS(PES_E_SYSTEM, "no more than 1 benches", objects[o].create(&p, &object));
        assert_null(object);
        unmake(&p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_allocates_nothing),
        cmocka_unit_test(only_the_first_ask_allocates),
        cmocka_unit_test(an_evaluation_allocates_nothing),
        cmocka_unit_test(a_trainers_step_allocates_nothing),
        cmocka_unit_test(the_prediction_is_what_is_allocated),
        cmocka_unit_test(told_worker_bytes_are_predicted),
        cmocka_unit_test(every_failed_allocation_is_survived),
        cmocka_unit_test(a_first_ask_without_memory_is_reported),
        cmocka_unit_test(a_worker_that_does_not_open_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
