/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-program-private.h"

G_BEGIN_DECLS

/* A process, from its start until it is reaped. Used by one thread only, which iterates its
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

/* The ends of non-blocking pipes; -1 if there is no pipe. */
typedef struct {
  int input;
  int output;
  int errors;
} AsyncLitProcessPipes;

gboolean asynclit_process_start (AsyncLitProcess *self, const AsyncLitProgramSettings *settings,
                                 AsyncLitProcessPipes *pipes, GError **error);

/* Calls @ended when the process has ended. It has not been reaped by then, so no other process or
 * group can have its number. */
void asynclit_process_watch (AsyncLitProcess *self, AsyncLitProcessFunc ended, gpointer user_data);

/* Sends the signal to the process's own group, if it has one. */
void asynclit_process_send_signal (AsyncLitProcess *self, int number);

/* To be called after the process has ended: gets its status, as waitpid() does. FALSE if another
 * part of the program has reaped it. */
gboolean asynclit_process_reap (AsyncLitProcess *self, int *status);

/* To be called after the process was reaped: whether its group contains other processes. They may
 * all be zombies, which exist until their parent, or the process that adopts orphans, reaps
 * them. */
gboolean asynclit_process_has_descendants (const AsyncLitProcess *self);

/* If there are any: whether at least one of them is not a zombie. Reads all of /proc. */
gboolean asynclit_process_has_live_descendants (const AsyncLitProcess *self);

G_END_DECLS
