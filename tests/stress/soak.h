/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The parts of the soak test: soak-job.c contains what a task does and what must be true of it;
 * soak-actor.c contains what a thread does with tasks and managers; soak.c runs threads in rounds,
 * and checks what is left between them. */

#pragma once

#include "stress-support.h"

#include <pthread.h>

G_BEGIN_DECLS

#define SOAK_SLOTS 16
#define SOAK_MAX_ATTEMPTS 4
#define SOAK_LIMITERS 3

typedef enum {
  SOAK_SUBMITTED,
  SOAK_DONE,
  SOAK_FAILED,
  SOAK_CANCELLED,
  SOAK_UNHEARD, /* refused, or its context was destroyed first */
  SOAK_RETRIES,
  SOAK_VALUES,
  SOAK_N_COUNTS,
} SoakCount;

typedef struct {
  guint64 seed;
  AsyncLitRetryPolicy *retry;
  AsyncLitLimiter *limiters[SOAK_LIMITERS];
  AsyncLitTaskManager *helpers; /* of the functions that settle elsewhere */
  /* Set before the threads of a round start. */
  guint round;
  AsyncLitTaskManager *steady;   /* no actor closes it, so nothing excuses a task */
  AsyncLitTaskManager *closable; /* closed and opened again by any actor */

  gint stopping; /* atomic: the round is over */
  gint actors;   /* atomic: active threads */
  gint jobs;     /* atomic: live jobs; each is freed with its task */
  gint64 counts[SOAK_N_COUNTS]; /* atomic */
  gint64 serial;                /* atomic: of the last job */

  pthread_mutex_t lock; /* guards slots and living */
  GQueue living;        /* the live jobs, for messages */
  AsyncLitTask *slots[SOAK_SLOTS]; /* where actors leave tasks for each other */
} Soak;

void soak_count (Soak *soak, SoakCount count);
gint64 soak_get_count (Soak *soak, SoakCount count);

/* A number below @n, from a state that belongs to the caller (xorshift64*, Vigna 2014). */
guint soak_pick (guint64 *dice, guint n);
/* True in @percent of the cases. */
gboolean soak_chance (guint64 *dice, guint percent);

/* Exists as long as a main context. */
typedef struct {
  Soak *soak;
  gint ref_count; /* atomic, as are the following */
  gint unheard;   /* tasks whose end has not been delivered */
  gint abandoned; /* the context is destroyed before all are delivered */
} SoakSession;

SoakSession *soak_session_new (Soak *soak);
SoakSession *soak_session_ref (SoakSession *session);
void soak_session_unref (SoakSession *session);

/* Submits a task of any kind, and follows it. @own: the caller's manager, if it has one; @session:
 * NULL if the caller's context is the global default one. */
AsyncLitTask *soak_submit (Soak *soak, SoakSession *session, AsyncLitTaskManager *own, guint depth,
                           guint64 *dice);

gboolean soak_cancel (AsyncLitTask *task);

/* Lets a task that is not submitted depend on one that somebody has left in a slot, however that
 * one ends. */
void soak_depend (Soak *soak, AsyncLitTask *task, guint64 *dice);

/* Prints what is known about some live jobs. */
void soak_describe_living (Soak *soak);

/* Whether the task's function has to run in a main context. */
gboolean soak_runs_in_context (AsyncLitTask *task);

/* A thread that acts until the round is over. */
void soak_act (guint index, gpointer soak);

G_END_DECLS
