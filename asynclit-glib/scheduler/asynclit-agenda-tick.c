/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What happens when the clock rings. */

#include "config.h"

#include "asynclit-agenda-private.h"

#include <sys/stat.h>

/* A clock that is adjusted drifts; one that is set jumps. */
#define JUMP_USEC G_USEC_PER_SEC

/* How many jobs to see to before others may have the lock. */
#define BATCH_SIZE 64

#define LOCALTIME_PATH "/etc/localtime"

/* Tells one local time zone from another. It may be given by the environment, by a link to a file,
 * or by a copy of one. */
static char *
identify_zone (void)
{
  g_autofree char *target = g_file_read_link (LOCALTIME_PATH, NULL);
  struct stat file = { 0 };

  stat (LOCALTIME_PATH, &file);
  return g_strdup_printf ("%s|%s|%" G_GUINT64_FORMAT "|%" G_GINT64_FORMAT, g_getenv ("TZ"), target,
                          (guint64) file.st_ino, (gint64) file.st_mtime);
}

/* Whether the local time is another than the last time this was asked. */
static gboolean
agenda_note_time_locked (AsyncLitAgenda *self, const AsyncLitClockTime *now, const char *zone)
{
  gint64 offset = now->wall - now->monotonic;
  gboolean has_jumped = ABS (offset - self->wall_offset) > JUMP_USEC;
  gboolean has_moved = g_strcmp0 (zone, self->zone) != 0;

  self->wall_offset = offset;
  if (has_moved)
    {
      g_free (self->zone);
      self->zone = g_strdup (zone);
    }
  return has_jumped || has_moved;
}

static void
agenda_recompute_locked (AsyncLitAgenda *self, const AsyncLitClockTime *now,
                         AsyncLitErrands *errands)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      AsyncLitScheduledTask *job = value;
      gint64 before = job->due;

      asynclit_job_recompute_locked (job, now);
      if (job->due == before)
        continue;
      asynclit_agenda_place_locked (self, job);
      asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_TIMES);
    }
}

void
asynclit_agenda_look_at_clock (AsyncLitAgenda *self, gboolean recompute)
{
  g_autofree char *zone = identify_zone ();
  AsyncLitErrands errands = { 0 };
  AsyncLitClockTime now;

  asynclit_clock_get_time (self->clock, &now);
  asynclit_lock (&asynclit_schedule_lock);
  if (agenda_note_time_locked (self, &now, zone) && recompute)
    agenda_recompute_locked (self, &now, &errands);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_errands_run (&errands, self);
}

static void
agenda_note_missed_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job, guint64 n, gint64 due,
                           AsyncLitErrands *errands)
{
  if (n == 0)
    return;
  job->counts.n_missed += n;
  asynclit_agenda_note_event_locked (
      self,
      (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_MISSED, .job = job, .n = n, .due = due });
  asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_COUNTS);
}

static gboolean
job_may_run_again_locked (AsyncLitScheduledTask *job)
{
  return job->max_runs == 0 || job->counts.n_runs + job->waiting.length < job->max_runs;
}

static void
agenda_see_to_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job,
                      const AsyncLitClockTime *now, AsyncLitErrands *errands)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 last_missed;
  guint64 n_missed = asynclit_job_take_due_locked (job, now, times, &last_missed);

  agenda_note_missed_locked (self, job, n_missed,
                             asynclit_job_to_wall_locked (job, last_missed, now), errands);
  for (guint i = 0; i < times->len && job_may_run_again_locked (job); i++)
    asynclit_agenda_fire_locked (
        self, job, asynclit_job_to_wall_locked (job, g_array_index (times, gint64, i), now), now,
        errands);
  asynclit_job_proceed_locked (job, now);
  asynclit_agenda_place_locked (self, job);
  asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_TIMES);
  asynclit_agenda_retire_locked (self, job, errands);
}

static AsyncLitScheduledTask *
agenda_peek_due_locked (AsyncLitAgenda *self, const AsyncLitClockTime *now)
{
  AsyncLitDueEntry *entry = NULL;

  if (asynclit_due_heap_get_due (&self->monotonic) <= now->monotonic)
    entry = asynclit_due_heap_peek (&self->monotonic);
  else if (asynclit_due_heap_get_due (&self->wall) <= now->wall)
    entry = asynclit_due_heap_peek (&self->wall);
  return entry != NULL
             ? (AsyncLitScheduledTask *) ((char *) entry
                                          - G_STRUCT_OFFSET (AsyncLitScheduledTask, entry))
             : NULL;
}

/* TRUE if there may be more. */
static gboolean
agenda_see_to_some (AsyncLitAgenda *self, const AsyncLitClockTime *now)
{
  AsyncLitErrands errands = { 0 };
  AsyncLitScheduledTask *job = NULL;
  guint n = 0;

  asynclit_lock (&asynclit_schedule_lock);
  while (self->running && n++ < BATCH_SIZE && (job = agenda_peek_due_locked (self, now)) != NULL)
    agenda_see_to_locked (self, job, now, &errands);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_errands_run (&errands, self);
  return n > BATCH_SIZE;
}

void
asynclit_agenda_tick (AsyncLitAgenda *self)
{
  AsyncLitClockTime now;

  asynclit_agenda_look_at_clock (self, TRUE);
  asynclit_clock_get_time (self->clock, &now);
  while (agenda_see_to_some (self, &now))
    ;
}
