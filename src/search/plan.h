// How many points begin, how far they go, and how many of them go on: numbers only.
//
// A cohort of points is advanced through rungs. In bracket s there are s + 1 of them; rung i
// ends after floor(T / eta^(s - i)) inner steps, the last one with the whole episode, and one
// of eta points goes on after each but the last. Random search and the grid have the bracket 0
// only; successive halving has the largest s for which the first rung is at least min_steps
// long (Jamieson and Talwalkar 2016); Hyperband has all of them, that one first, with
//
//     n = floor((s_max + 1) / (s + 1)) eta^s
//
// points (Li et al. 2018: T = 81 and eta = 3 give brackets of 81, 27, 9, 6 and 5 points), again
// and again while the budget allows.

#ifndef PES_SEARCH_PLAN_H
#define PES_SEARCH_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum { PES_SEARCH_MOST_POINTS = 1000000 }; // in flight, and of a grid

typedef struct pes_search_plan {
    int64_t horizon;    // T, inner steps of an episode
    int64_t episodes;   // of a point
    int64_t eta;        // one of so many goes on
    int64_t largest;    // s of the first bracket
    int64_t smallest;   // s of the last one; after it comes the first again
    int64_t cohort;     // points of every bracket; 0: Hyperband's numbers
    bool divisible;     // a cohort may be smaller, where fewer points are left or affordable
    int64_t total;      // points in all; 0: as many as the budget allows
    int64_t most_steps; // the budget, inner steps; 0: none
} pes_search_plan;

// The largest s with floor(T / eta^s) >= min_steps >= 1.
int64_t pes_search_halvings(int64_t horizon, int64_t eta, int64_t min_steps);

// Inner steps of an episode at the end of rung `rung` of bracket `s`.
int64_t pes_search_rung_end(const pes_search_plan *plan, int64_t s, int64_t rung);

// Points that begin in bracket `s`, and inner steps that they take at most, all together.
int64_t pes_search_bracket_points(const pes_search_plan *plan, int64_t s);
int64_t pes_search_bracket_steps(const pes_search_plan *plan, int64_t s);

// Of `points` in a rung, those that go on.
int64_t pes_search_survivors(const pes_search_plan *plan, int64_t points);

// Points of the next cohort, of bracket `s`, when so many have begun and so many inner steps
// are spent; 0: the search is done. No cohort begins that the budget could not bring to its
// end.
int64_t pes_search_next_cohort(const pes_search_plan *plan, int64_t s, int64_t begun,
                               int64_t spent);

// Inner steps of the whole search, at most.
int64_t pes_search_most_steps(const pes_search_plan *plan);

// Points of one pass over all brackets, and of the largest bracket.
int64_t pes_search_pass_points(const pes_search_plan *plan);
int64_t pes_search_most_in_flight(const pes_search_plan *plan);

#endif // PES_SEARCH_PLAN_H
