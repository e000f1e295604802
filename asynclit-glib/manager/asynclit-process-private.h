/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-program-private.h"

G_BEGIN_DECLS

/* A process, from its start until it was reaped. Used by one thread only, which iterates its
 * thread-default main context. */

typedef void (*AsyncLitProcessFunc) (gpointer user_data);

typedef struct {
  GPid pid;
  gboolean has_own_group;
  gboolean has_ended;
  GSource *watch;
  AsyncLitProcessFunc ended;
  gpointer user_data;
} AsyncLitProcess;

/* Ends of pipes; -1 where there is none. They don't block. */
typedef struct {
  int input;
  int output;
  int errors;
} AsyncLitProcessPipes;

gboolean asynclit_process_start (AsyncLitProcess *self, const AsyncLitProgramSettings *settings,
                                 AsyncLitProcessPipes *pipes, GError **error);

/* Has @ended called when the process has ended. It is not reaped then, and so its number, which is
 * that of its group, still belongs to it. */
void asynclit_process_watch (AsyncLitProcess *self, AsyncLitProcessFunc ended, gpointer user_data);

/* To its group, if it has one of its own. */
void asynclit_process_send_signal (AsyncLitProcess *self, int number);

/* After its end: the status, as of waitpid(). FALSE if somebody else has taken it. */
gboolean asynclit_process_reap (AsyncLitProcess *self, int *status);

/* Whether there is somebody else in its group, after it was reaped; perhaps only zombies, which are
 * there until their parent, or the parent of orphans, asks what became of them. */
gboolean asynclit_process_has_descendants (const AsyncLitProcess *self);

/* If so: whether one of them is no zombie. Looks through /proc. */
gboolean asynclit_process_has_live_descendants (const AsyncLitProcess *self);

G_END_DECLS
