/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-pool-thread-private.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A thread that is asleep uses less than this part of the time. */
#define NOTHING_OF 100

static gint64
timespec_to_usec (const struct timespec *time)
{
  return (gint64) time->tv_sec * G_USEC_PER_SEC + time->tv_nsec / 1000;
}

static gint64
get_cpu_usec (const AsyncLitPoolThread *thread)
{
  struct timespec time;

  return clock_gettime (thread->clock, &time) == 0 ? timespec_to_usec (&time) : -1;
}

/* In the file, the state follows the name of the thread, which is in parentheses and may contain
 * parentheses. If the state is unknown, only processor time counts. */
static gboolean
sleeps (const AsyncLitPoolThread *thread)
{
  char path[64], text[128];
  const char *state;
  ssize_t length;
  int fd;

  g_snprintf (path, sizeof path, "/proc/self/task/%d/stat", (int) thread->id);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return TRUE;
  length = read (fd, text, sizeof text - 1);
  close (fd);
  text[MAX (length, 0)] = '\0';
  state = strrchr (text, ')');
  return state == NULL || strncmp (state, ") R", 3) != 0;
}

const AsyncLitPoolSampler asynclit_pool_sampler = { get_cpu_usec, sleeps };

AsyncLitPoolThread *
asynclit_pool_thread_new (gpointer pool)
{
  AsyncLitPoolThread *self = g_new0 (AsyncLitPoolThread, 1);

  g_assert (pool != NULL);
  self->pool = pool;
  self->id = gettid ();
  self->link.data = self;
  if (pthread_getcpuclockid (pthread_self (), &self->clock) != 0)
    self->clock = (clockid_t) -1;
  return self;
}

void
asynclit_pool_thread_begin (const AsyncLitPoolSampler *sampler, AsyncLitPoolThread *self,
                            gint64 now)
{
  self->blocks = FALSE;
  self->looked_at = now;
  self->cpu_usec = sampler->get_cpu_usec (self);
}

/* Whether @used is less than one @part-th of the time. */
static gboolean
is_below (gint64 used, gint64 wall, int part)
{
  return used * part < wall;
}

gboolean
asynclit_pool_thread_look (const AsyncLitPoolSampler *sampler, AsyncLitPoolThread *self, gint64 now)
{
  gint64 wall = now - self->looked_at;
  gint64 used;

  if (wall < (self->blocks ? MIN_NEXT_LOOK_USEC : MIN_LOOK_USEC))
    return self->blocks;
  used = -self->cpu_usec;
  self->looked_at = now;
  self->cpu_usec = sampler->get_cpu_usec (self);
  used += self->cpu_usec;
  if (!is_below (used, wall, 2))
    return FALSE;
  /* Getting the state takes longer. */
  if (self->blocks && self->cpu_usec >= 0 && is_below (used, wall, NOTHING_OF))
    return TRUE;
  return sampler->sleeps (self);
}
