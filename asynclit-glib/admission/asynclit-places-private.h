/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The places of a limiter, and the tasks that wait for them. See tests/model/admission.pml for the
 * protocol.
 *
 * A *seeker* needs one place of each of several limiters, and takes all of them at once or none. A
 * waiting seeker is *parked* at one limiter that has no free place. When that limiter has a free
 * place again, its first parked seeker checks all of its limiters: it takes its places, or is
 * parked at another limiter without a free place. No seeker therefore holds a place while it waits
 * for another.
 *
 * A seeker of several limiters that has waited for a long time *reserves* one place of each:
 * seekers that come after it leave the last free place of these limiters alone.
 *
 * One lock guards all limiters and all seekers. These functions call no code outside this module.
 * They list the seekers that got their places, and the caller acts on the list without the lock.
 */

#pragma once

#include "asynclit-circuit-private.h"
#include "asynclit-due-heap-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-timer-queue-private.h"

#define ASYNCLIT_DEFAULT_BREAK_DURATION 60.0

G_BEGIN_DECLS

typedef struct _AsyncLitPlaces AsyncLitPlaces;
typedef struct _AsyncLitSeeker AsyncLitSeeker;

/* A timer for the moment at which the rate of a limiter allows the next start. */
typedef struct {
  AsyncLitTimer timer;
  AsyncLitPlaces *places;
  GObject *owner; /* of the places; holds a reference */
  gint64 due;
  int ref_count; /* atomic: held by the timer, and by a thread that stops it */
} AsyncLitTick;

/* The consequences of a change. All zero means none. */
typedef struct {
  AsyncLitSeeker *first; /* seekers that got their places, or were refused */
  AsyncLitSeeker *last;
  GSList *ticks; /* AsyncLitTick, to be started */
  GSList *kicks; /* AsyncLitPlaces whose reservation has ended; empty when the lock is released */
} AsyncLitGot;

/* All fields are guarded by the lock. */
struct _AsyncLitPlaces {
  GObject *owner;    /* the object that contains it; set at construction */
  guint generation;  /* of the process */
  guint max_running; /* 0: no limit */
  guint max_waiting; /* 0: no limit */
  gboolean paused;
  gboolean drops_oldest; /* when the queue is full; else the newest is refused */
  double rate;           /* starts per second; 0: no limit */
  guint burst;
  double tokens;                /* the number of starts that the rate allows right now */
  gint64 refilled;              /* the time of `tokens`, on asynclit_clock_now() */
  AsyncLitTick *tick;           /* NULL: none is running */
  AsyncLitSeeker *reserved_for; /* NULL: no place is reserved */
  AsyncLitCircuitBreaker circuit;
  guint n_running;
  GQueue waiting;         /* of AsyncLitSeeker, in order of arrival: all that need a place here */
  AsyncLitDueHeap parked; /* of AsyncLitSeeker: those of them that are parked here */
};

typedef struct {
  AsyncLitPlaces *places;
  GList link; /* in places->waiting */
} AsyncLitSeekerPlace;

struct _AsyncLitSeeker {
  AsyncLitDueEntry entry;      /* in parked_at->parked */
  AsyncLitPlaces *parked_at;   /* NULL: the seeker is not waiting */
  AsyncLitSeeker *next;        /* in AsyncLitGot */
  AsyncLitSeekerPlace *needed; /* set before the first call of _begin_locked(), then read-only */
  guint n_needed;
  gboolean has_places;
  gboolean has_reserved; /* it may be in `reserved_for` of its limiters */
  gboolean is_inside;         /* of an attempt, with its places or without those that it has lent */
  AsyncLitPlaces *refused_by; /* instead of getting its places, since the circuit is open; NULL */
};

/* Sets the function that ticks call on the worker. Called once. */
void asynclit_places_set_tick (AsyncLitTimerFunc tick);

void asynclit_places_lock (void);
void asynclit_places_unlock (void);

/* Asserts that the calling thread holds the lock. Costs nothing without -Dlock_checks=true. */
#ifdef ASYNCLIT_LOCK_CHECKS
void asynclit_places_check_lock (const char *function);
#define asynclit_places_assert_locked() asynclit_places_check_lock (G_STRFUNC)
#else
#define asynclit_places_assert_locked() ((void) 0)
#endif

/* Called without the lock. */
void asynclit_places_init (AsyncLitPlaces *self, GObject *owner);
void asynclit_places_clear (AsyncLitPlaces *self);

/* Called before any other access. In the child of a fork, it drops the seekers of the parent. */
void asynclit_places_check_generation_locked (AsyncLitPlaces *self);

/* Called when more places may be free. */
void asynclit_places_kick_locked (AsyncLitPlaces *self, AsyncLitGot *got);
void asynclit_places_set_paused_locked (AsyncLitPlaces *self, gboolean paused, AsyncLitGot *got);
/* Returns a tick that is of no use any more, with a reference, or NULL. */
AsyncLitTick *asynclit_places_set_rate_locked (AsyncLitPlaces *self, double rate, guint burst);
/* Called when the tick is due. */
void asynclit_tick_kick_locked (AsyncLitTick *self, AsyncLitGot *got);
/* Called without the lock. */
void asynclit_tick_unref (AsyncLitTick *self);
/* Whether the queue is full. */
gboolean asynclit_places_is_full_locked (AsyncLitPlaces *self);

/* Takes the places, or begins to wait for them. Lower priorities come first. */
void asynclit_seeker_begin_locked (AsyncLitSeeker *self, int priority, AsyncLitGot *got);
/* Stops waiting. */
void asynclit_seeker_stop_locked (AsyncLitSeeker *self, AsyncLitGot *got);
/* Gives the places back, if the seeker has them. */
void asynclit_seeker_release_locked (AsyncLitSeeker *self, AsyncLitGot *got);
/* The attempt is over. To be called before the places are released. */
void asynclit_seeker_leave_locked (AsyncLitSeeker *self, AsyncLitAttemptOutcome outcome);
/* Takes lent places back immediately, even if there are no free ones. */
void asynclit_seeker_take_back_locked (AsyncLitSeeker *self);
/* The number of seekers parked at the same limiter that come before this one. */
guint asynclit_seeker_count_before_locked (AsyncLitSeeker *self);
/* Whether only the rate of the limiter at which the seeker is parked keeps it from starting. */
gboolean asynclit_seeker_waits_for_rate_locked (AsyncLitSeeker *self);

G_END_DECLS
