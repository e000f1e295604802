/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The places of a limiter, and who waits for them (tests/model/admission.pml).
 *
 * A *seeker* needs one place of each of several limiters, and takes all of them at once or none.
 * A seeker that waits is *parked* at one limiter, which has no place free. When that has one
 * again, the seeker that comes first looks at all of its limiters: it takes its places, or is
 * parked at another one that has none. So nobody holds a place while it waits for another.
 *
 * One lock guards all limiters and all seekers. Nothing here calls anybody: what follows from a
 * change is put into a list of seekers, for the caller to act on without the lock.
 */

#pragma once

#include "asynclit-due-heap-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-timer-queue-private.h"

G_BEGIN_DECLS

typedef struct _AsyncLitPlaces AsyncLitPlaces;
typedef struct _AsyncLitSeeker AsyncLitSeeker;

/* When the rate of a limiter lets the next one start: somebody has to kick it then. */
typedef struct {
  AsyncLitTimer timer;
  AsyncLitPlaces *places;
  GObject *owner; /* with a reference */
  gint64 due;
  int ref_count; /* atomic: of its timer, and of a thread that stops it */
} AsyncLitTick;

/* What a change has led to; all zero is nothing. */
typedef struct {
  AsyncLitSeeker *first; /* those that got their places */
  AsyncLitSeeker *last;
  GSList *ticks; /* AsyncLitTick, to be started */
} AsyncLitGot;

/* All of it is guarded by the lock. */
struct _AsyncLitPlaces {
  GObject *owner;    /* what it is part of; set at construction */
  guint generation;  /* of the process */
  guint max_running; /* 0: no limit */
  guint max_waiting; /* 0: no limit */
  gboolean paused;
  gboolean drops_oldest; /* if too many wait; else the newest is refused */
  double rate;           /* starts a second; 0: no limit */
  guint burst;
  double tokens;      /* how many may start right now because of the rate */
  gint64 refilled;    /* of asynclit_clock_now(): when `tokens` was true */
  AsyncLitTick *tick; /* NULL: nobody comes */
  guint n_running;
  GQueue waiting;         /* of AsyncLitSeeker, by arrival: all that need a place here */
  AsyncLitDueHeap parked; /* of AsyncLitSeeker: those of them that look here first */
};

typedef struct {
  AsyncLitPlaces *places;
  GList link; /* in places->waiting */
} AsyncLitSeekerPlace;

struct _AsyncLitSeeker {
  AsyncLitDueEntry entry;      /* in parked_at->parked */
  AsyncLitPlaces *parked_at;   /* NULL: it does not wait */
  AsyncLitSeeker *next;        /* in a list of those that have got their places */
  AsyncLitSeekerPlace *needed; /* set before it seeks for the first time, then read-only */
  guint n_needed;
  gboolean has_places;
};

/* What a tick calls, on the worker. Set once. */
void asynclit_places_set_tick (AsyncLitTimerFunc tick);

void asynclit_places_lock (void);
void asynclit_places_unlock (void);

/* Without the lock. */
void asynclit_places_init (AsyncLitPlaces *self, GObject *owner);
void asynclit_places_clear (AsyncLitPlaces *self);

/* Before anything else is done with it. In the child of a fork its users are gone. */
void asynclit_places_check_generation_locked (AsyncLitPlaces *self);

/* More may have become free. */
void asynclit_places_kick_locked (AsyncLitPlaces *self, AsyncLitGot *got);
/* Returns a tick that is of no use any more, with a reference, or NULL. */
AsyncLitTick *asynclit_places_set_rate_locked (AsyncLitPlaces *self, double rate, guint burst);
/* Its time has come. */
void asynclit_tick_kick_locked (AsyncLitTick *self, AsyncLitGot *got);
/* Without the lock. */
void asynclit_tick_unref (AsyncLitTick *self);
/* Whether one more would be too many. */
gboolean asynclit_places_is_full_locked (AsyncLitPlaces *self);

/* Begins to seek. A lower priority comes first. */
void asynclit_seeker_begin_locked (AsyncLitSeeker *self, int priority, AsyncLitGot *got);
/* Waits no longer. */
void asynclit_seeker_stop_locked (AsyncLitSeeker *self);
/* Gives its places back, if it has them. */
void asynclit_seeker_release_locked (AsyncLitSeeker *self, AsyncLitGot *got);
/* Takes them at once, free or not: it had lent them. */
void asynclit_seeker_take_back_locked (AsyncLitSeeker *self);
/* How many of those that are parked where it is come before it. */
guint asynclit_seeker_count_before_locked (AsyncLitSeeker *self);

G_END_DECLS
