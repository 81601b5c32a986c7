// From measurements to a suggestion. A change has to be worth it beyond two standard errors:
// settings that are about as good stay as they are.

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/advise.h"

static const double sure = 2.0;        // standard errors
static const double worth = 1.25;      // times less noise, for another method
static const double worth_fewer = 2.0; // .. where updates become four times as rare
static const double worth_sigma = 1.5; // times the signal-to-noise ratio
static const double alike = 0.5;       // change of the gradient that another sigma may bring
static const double too_few = 4.0;     // times fewer particles than noise equal to signal needs
static const double enough = 4.0;      // times more: what is left where there are far too many,
static const double too_many = 16.0; // .. that is, so many more: signals shrink near an optimum
static const double most_particles = 1e6;

// ---- numbers with their errors --------------------------------------------------------

static double square(double x) {
    return x * x;
}

variance_value advise_quotient(variance_value a, variance_value b) {
    const double value = a.value / b.value;
    return (variance_value){
        .value = value,
        .error = hypot(a.error / b.value, value * b.error / b.value),
    };
}

static bool is_visible(variance_value signal) {
    return signal.value > sure * signal.error && signal.value > 0.0;
}

// A distance between gradients as a share of one gradient's length: most likely, and at most.
typedef struct change {
    double likely;
    double most;
} change;

enum { CHANGE_TEXT = 48 };

// "12 %, at most 30 %"; "at most 30 %" where no difference was seen.
static const char *show_change(change c, char room[CHANGE_TEXT]) {
    const double percent = 100.0;
    const int used =
        c.likely > 0.0 ? snprintf(room, CHANGE_TEXT, "%.2g %%, ", percent * c.likely) : 0;
    snprintf(room + used, CHANGE_TEXT - (size_t)used, "at most %.2g %%", percent * c.most);
    return room;
}

static change change_of(variance_value distance, variance_value signal) {
    return (change){
        .likely = sqrt(fmax(distance.value, 0.0) / signal.value),
        .most = sqrt(fmax(distance.value + sure * distance.error, 0.0) / signal.value),
    };
}

variance_value advise_signal(const advise_study *study, double sigma) {
    double sum = 0.0, precision = 0.0;
    for (int64_t i = 0; i < study->count; i++) {
        const advise_candidate *c = &study->candidate[i];
        if (c->refused || !c->unbiased || c->estimator.sigma != sigma) {
            continue;
        }
        if (!(c->signal.error > 0.0)) {
            return c->signal; // nothing varies
        }
        sum += c->signal.value / square(c->signal.error);
        precision += 1.0 / square(c->signal.error);
    }
    return (variance_value){sum / precision, 1.0 / sqrt(precision)};
}

static double units_of(const advise_study *study) {
    return (double)(study->setup->estimator.particles / advise_signs(study));
}

// V of the run as it is: where it shares randomness, n times its variance with its own n.
static variance_value noise_sharing(const advise_study *study) {
    const variance_value own = study->candidate[0].noise, shared = study->shared_noise;
    const double others = units_of(study) - 1.0;
    return (variance_value){own.value + others * shared.value,
                            hypot(own.error, others * shared.error)};
}

variance_value advise_ratio(const advise_study *study, const advise_candidate *candidate,
                            variance_value noise) {
    const double cost = (double)(study->steps * advise_signs(study));
    const variance_value signal = candidate->unbiased
                                      ? advise_signal(study, candidate->estimator.sigma)
                                      : candidate->signal;
    const variance_value ratio = advise_quotient(signal, noise);
    return (variance_value){1e6 / cost * ratio.value, 1e6 / cost * ratio.error};
}

static void __attribute__((format(printf, 2, 3)))
say(advise_suggestion *s, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (s->reasons < ADVISE_REASONS) {
        vsnprintf(s->reason[s->reasons++], ADVISE_SENTENCE, format, arguments);
    }
    va_end(arguments);
}

// ---- method and truncation ------------------------------------------------------------

bool advise_is_better(const advise_candidate *c, const advise_candidate *than) {
    const bool fewer = c->estimator.truncation > than->estimator.truncation;
    const double times = than->noise.value / c->noise.value;
    const double apart = than->noise.value - c->noise.value;
    return times > (fewer ? worth_fewer : worth) &&
           apart > sure * hypot(than->noise.error, c->noise.error);
}

bool advise_is_free(const advise_study *study, const advise_candidate *c) {
    const int64_t params = pes_problem_system(study->problem)->num_params;
    return strcmp(c->estimator.method, "nres") != 0 || study->steps == c->estimator.horizon ||
           units_of(study) >= (double)params;
}

static bool may_be_chosen(const advise_candidate *c, double sigma) {
    return !c->refused && c->unbiased && c->noise.value > 0.0 && c->estimator.sigma == sigma;
}

const advise_candidate *advise_best(const advise_study *study) {
    const advise_candidate *own = &study->candidate[0], *best = NULL;
    for (int64_t i = 0; i < study->count; i++) {
        const advise_candidate *c = &study->candidate[i];
        const bool allowed =
            may_be_chosen(c, own->estimator.sigma) && (c == own || advise_is_free(study, c));
        if (allowed && (best == NULL || advise_is_better(c, best))) {
            best = c;
        }
    }
    return best != NULL ? best : own;
}

static void say_bias(const advise_study *study, const advise_candidate *best,
                     advise_suggestion *s) {
    const advise_candidate *own = &study->candidate[0];
    const variance_value signal = advise_signal(study, best->estimator.sigma);
    if (!is_visible(signal)) {
        say(s, "%s is biased, %s is not; by how much was not seen in this many inner steps",
            own->estimator.method, best->estimator.method);
        return;
    }
    const change bias = change_of(own->distance, signal);
    char room[CHANGE_TEXT];
    say(s, "%s is biased: its mean is off by %s, of the gradient; %s is not",
        own->estimator.method, show_change(bias, room), best->estimator.method);
}

// NRES would be less noisy, but its perturbations would never change.
static void say_what_is_not_free(const advise_study *study, const advise_candidate *best,
                                 advise_suggestion *s) {
    for (int64_t i = 0; i < study->count; i++) {
        const advise_candidate *c = &study->candidate[i];
        if (may_be_chosen(c, best->estimator.sigma) && !advise_is_free(study, c) &&
            advise_is_better(c, best)) {
            say(s,
                "%s is less noisy, but without an end of episodes it draws no other "
                "perturbation, "
                "and %.0f of them cannot see all %lld parameters; it needs more particles",
                c->estimator.method, units_of(study),
                (long long)pes_problem_system(study->problem)->num_params);
            return;
        }
    }
}

static void choose_method(const advise_study *study, advise_suggestion *s) {
    const advise_candidate *own = &study->candidate[0], *best = study->best;
    say_what_is_not_free(study, best, s);
    if (best == own) {
        say(s, "%s with K = %lld: no other method or truncation is clearly less noisy",
            own->estimator.method, (long long)own->estimator.truncation);
        return;
    }
    s->estimator.method = best->estimator.method;
    s->estimator.truncation = best->estimator.truncation;
    s->estimator.noise_interval = best->estimator.noise_interval;
    s->changed = true;
    if (!own->unbiased) {
        say_bias(study, best, s);
    }
    const variance_value share = advise_quotient(best->noise, own->noise);
    say(s, "%s with K = %lld has %.3g +- %.2g times the noise of %s with K = %lld",
        best->estimator.method, (long long)best->estimator.truncation, share.value, share.error,
        own->estimator.method, (long long)own->estimator.truncation);
    if (strcmp(best->estimator.method, "nres") == 0) {
        say(s,
            "K = %lld: nres has the same noise with any; a smaller one gives more updates for "
            "the same inner steps",
            (long long)best->estimator.truncation);
    }
}

// `noise`, V of the run, becomes that of its own N where sharing is seen to cost something.
static void choose_sharing(const advise_study *study, variance_value *noise,
                           advise_suggestion *s) {
    if (!study->shared) {
        return;
    }
    const variance_value sharing = noise_sharing(study);
    const variance_value times = advise_quotient(sharing, *noise);
    const bool costs = times.value > worth &&
                       sharing.value - noise->value > sure * hypot(sharing.error, noise->error);
    say(s,
        costs ? "sharing = \"all\" makes %.3g +- %.2g times the noise that N = %lld have with "
                "randomness of their own"
              : "sharing = \"all\" makes %.3g +- %.2g times the noise that N = %lld have with "
                "randomness of their own, which is not clearly more",
        times.value, times.error, (long long)study->setup->estimator.particles);
    if (costs) {
        s->estimator.sharing = "pair";
        s->changed = true;
        *noise = sharing;
    }
}

// ---- sigma ----------------------------------------------------------------------------

static bool is_stronger(variance_value ratio, variance_value now) {
    const double apart = ratio.value - fmax(now.value, 0.0);
    return ratio.value > worth_sigma * now.value &&
           apart > sure * hypot(ratio.error, now.error);
}

// Another sigma has another smoothed objective. It is of use while the gradient stays what it
// is: a wider one may hide what the objective is about, and a narrower one may find walls and
// holes that the smoothing was there to hide.
static bool keeps_gradient(const advise_study *study, const advise_candidate *c,
                           advise_suggestion *s) {
    const double before = study->best->estimator.sigma;
    const variance_value signal = advise_signal(study, before);
    if (!is_visible(signal)) {
        say(s,
            "sigma = %.3g has a stronger signal, but that of sigma = %.3g was not seen, so "
            "that nothing tells whether both have the same gradient",
            c->estimator.sigma, before);
        return false;
    }
    const change moved = change_of(c->distance, signal);
    char room[CHANGE_TEXT];
    if (moved.most > alike) {
        say(s,
            "sigma = %.3g has a higher signal-to-noise ratio, but its gradient differs from "
            "that of sigma = %.3g by %s, of the latter's length: it smooths to another "
            "objective",
            c->estimator.sigma, before, show_change(moved, room));
        return false;
    }
    return true;
}

static const advise_candidate *choose_sigma(const advise_study *study, advise_suggestion *s) {
    const advise_candidate *best = study->best, *chosen = best;
    const variance_value now = advise_ratio(study, best, best->noise);
    const int64_t said = s->reasons;
    variance_value highest = now;
    for (int64_t i = 0; i < study->count; i++) {
        const advise_candidate *c = &study->candidate[i];
        if (c->refused || !c->unbiased || c->estimator.sigma == best->estimator.sigma ||
            !is_visible(c->signal)) {
            continue;
        }
        const variance_value ratio = advise_ratio(study, c, c->noise);
        if (is_stronger(ratio, now) && keeps_gradient(study, c, s) &&
            ratio.value > highest.value) {
            chosen = c;
            highest = ratio;
        }
    }
    if (chosen != best) {
        char room[CHANGE_TEXT];
        const change moved =
            change_of(chosen->distance, advise_signal(study, best->estimator.sigma));
        s->estimator.sigma = chosen->estimator.sigma;
        s->changed = true;
        say(s,
            "sigma = %.3g has %.2g times the signal-to-noise ratio of sigma = %.3g, and its "
            "gradient differs by %s, of the length",
            chosen->estimator.sigma, highest.value / now.value, best->estimator.sigma,
            show_change(moved, room));
    } else if (s->reasons == said) {
        say(s, "sigma = %.3g: no other has a clearly higher signal-to-noise ratio",
            best->estimator.sigma);
    }
    return chosen;
}

// ---- particles ------------------------------------------------------------------------

// Two digits, and even.
static int64_t round_particles(double particles) {
    const double limited = fmin(fmax(particles, 2.0), most_particles);
    const double unit = pow(10.0, floor(log10(limited)) - 1.0);
    const int64_t whole = (int64_t)(unit > 1.0 ? round(limited / unit) * unit : limited);
    return (whole + 1) / 2 * 2;
}

static void say_particles(const advise_candidate *chosen, variance_value signal, double signs,
                          advise_suggestion *s) {
    const variance_value units = advise_quotient(chosen->noise, signal);
    const long long given = (long long)s->estimator.particles;
    const double equal = signs * units.value;
    const long long about = (long long)round_particles(equal);
    const long long most = (long long)round_particles(equal + signs * sure * units.error);
    if ((double)given * too_few < equal) {
        s->estimator.particles = round_particles(equal);
        say(s,
            "N = %lld: an episode's gradient is mostly noise, which is equal to the signal "
            "with %lld (at most %lld); with fewer the learning rate has to average it away",
            given, about, most);
    } else if ((double)given > equal * too_many) {
        s->estimator.particles = round_particles(equal * enough);
        say(s,
            "N = %lld: noise and signal of an episode are equal with %lld (at most %lld); "
            "fewer give more updates for the same inner steps; as signals shrink near an "
            "optimum, four times as many are suggested",
            given, about, most);
    } else {
        say(s,
            "N = %lld: noise and signal of an episode are equal with about %lld (at most %lld)",
            given, about, most);
    }
    s->changed = s->changed || s->estimator.particles != (int64_t)given;
}

static void choose_particles(const advise_study *study, const advise_candidate *chosen,
                             advise_suggestion *s) {
    const variance_value signal = advise_signal(study, chosen->estimator.sigma);
    const double signs = (double)advise_signs(study);
    s->visible = is_visible(signal);
    if (!s->visible) {
        const double least = signs * chosen->noise.value / (signal.value + sure * signal.error);
        say(s,
            "N = %lld: the gradient was not seen in this many inner steps; noise and signal of "
            "an episode are equal with no less than %lld; more --inner-steps see more",
            (long long)s->estimator.particles, (long long)round_particles(least));
        return;
    }
    say_particles(chosen, signal, signs, s);
}

// ---- together -------------------------------------------------------------------------

static void say_dropped(const advise_study *study, advise_suggestion *s) {
    const advise_candidate *own = &study->candidate[0];
    if (own->dropped > 0) {
        say(s,
            "%lld particles of the run's own settings had losses that are not finite and were "
            "left out, which biases everything here; a smaller sigma may keep them",
            (long long)own->dropped);
    }
}

// Signal over noise of one episode's estimate by `particles`; NaN where it was not seen.
static double ratio_of_episode(const advise_study *study, variance_value signal,
                               variance_value noise, int64_t particles) {
    const double units = (double)(particles / advise_signs(study));
    return is_visible(signal) ? units * signal.value / noise.value : (double)NAN;
}

// `before`: V of the run at its own N.
static void judge_gain(const advise_study *study, const advise_candidate *chosen,
                       variance_value before, advise_suggestion *s) {
    const advise_candidate *own = &study->candidate[0];
    const variance_value now =
        own->unbiased ? advise_signal(study, own->estimator.sigma) : own->signal;
    s->gain = chosen->estimator.sigma == own->estimator.sigma
                  ? advise_quotient(before, chosen->noise)
                  : advise_quotient(advise_ratio(study, chosen, chosen->noise),
                                    advise_ratio(study, own, before));
    if (chosen == own && strcmp(s->estimator.sharing, study->setup->estimator.sharing) == 0) {
        s->gain.error = 0.0; // of a number over itself
    }
    s->before = ratio_of_episode(study, now, before, study->setup->estimator.particles);
    s->signal_to_noise = ratio_of_episode(study, advise_signal(study, s->estimator.sigma),
                                          chosen->noise, s->estimator.particles);
}

advise_suggestion advise_decide(const advise_study *study) {
    advise_suggestion s = {.estimator = study->setup->estimator};
    variance_value before = study->candidate[0].noise;
    say_dropped(study, &s);
    choose_method(study, &s);
    choose_sharing(study, &before, &s);
    const advise_candidate *chosen = choose_sigma(study, &s);
    choose_particles(study, chosen, &s);
    judge_gain(study, chosen, before, &s);
    return s;
}
