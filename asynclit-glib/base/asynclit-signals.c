/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-signals-private.h"

#include <pthread.h>

/* Signals that report a thread's own fault: crash handlers need them, and while they are blocked
 * the kernel ends the process without calling the handler. A profiler sends SIGPROF to each
 * thread. */
static const int left_open[]
    = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF };

/* Of the calling thread. */
static __thread gboolean is_inside;
static __thread gboolean child_keeps;

static void
unblock_in_child (void)
{
  sigset_t none;

  if (!is_inside || child_keeps)
    return;
  is_inside = FALSE;
  sigemptyset (&none);
  pthread_sigmask (SIG_SETMASK, &none, NULL);
}

void
asynclit_signals_hold (sigset_t *before)
{
  sigset_t blocked;

  sigfillset (&blocked);
  for (guint i = 0; i < G_N_ELEMENTS (left_open); i++)
    sigdelset (&blocked, left_open[i]);
  pthread_sigmask (SIG_BLOCK, &blocked, before);
}

void
asynclit_signals_release (const sigset_t *before)
{
  pthread_sigmask (SIG_SETMASK, before, NULL);
}

void
asynclit_signals_enter_thread (void)
{
  static gsize registered = 0;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (unblock_in_child);
      asynclit_once_leave (&registered, 1);
    }
  is_inside = TRUE;
  asynclit_signals_hold (NULL); /* GLib may have provided the thread */
}

void
asynclit_signals_reset_child (void)
{
  struct sigaction plain = { .sa_handler = SIG_DFL };
  sigset_t none;

  for (int number = 1; number < NSIG; number++)
    sigaction (number, &plain, NULL); /* fails for SIGKILL, for example */
  sigemptyset (&none);
  pthread_sigmask (SIG_SETMASK, &none, NULL);
}

void
asynclit_signals_keep_in_child (gboolean keep)
{
  child_keeps = keep;
}
