/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Does the window miss frames? With --report-frames the checksums of the folder are computed at
 * once, the frame clock is kept going, and its own timings tell which frames it missed: first for
 * a while in which nothing happens, which shows what the machine does to it, then during the run.
 * The program prints what it found and ends.
 *
 * A frame is missed because the main loop was busy, or because its thread did not get a processor:
 * the tasks' threads, the X server and other programs want them, too. The kernel tells how much of
 * a processor's time the thread used, so the frames that it missed by itself are told apart. */

#include "config.h"

#include "checksum-window.h"

#include <time.h>

#define IDLE_USEC (2 * G_USEC_PER_SEC)

typedef struct {
  const char *name;
  guint n_frames;
  guint n_missed;
  guint n_gaps[3]; /* of one missed frame, of two in a row, of more */
  guint worst_gap;
  guint worst_own_gap;   /* of the thread's own processor time */
  gint64 started, ended; /* of the frame clock */
} Phase;

typedef struct {
  ChecksumWindow *window;
  gint64 last;       /* time of the last frame, 0 for none */
  gint64 cpu_before; /* get_cpu_time() at that time */
  Phase idle, run;
} Report;

/* The processor time of this thread, µs. */
static gint64
get_cpu_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* How many frames should have come within a time? */
static guint
count_missed (GdkFrameTimings *timings, gint64 time)
{
  gint64 interval = gdk_frame_timings_get_refresh_interval (timings);

  if (interval == 0)
    interval = G_USEC_PER_SEC / 60;
  return MAX ((time + interval / 2) / interval - 1, 0);
}

static void
count_frame (Phase *phase, gint64 time, guint missed, guint missed_by_itself)
{
  if (phase->started == 0)
    phase->started = time;
  phase->ended = time;
  phase->n_frames++;
  phase->n_missed += missed;
  if (missed > 0)
    phase->n_gaps[MIN (missed, G_N_ELEMENTS (phase->n_gaps)) - 1]++;
  phase->worst_gap = MAX (phase->worst_gap, missed);
  phase->worst_own_gap = MAX (phase->worst_own_gap, missed_by_itself);
}

/* Counts a frame, and those that should have come before it. */
static void
look_at_frame (Report *self, Phase *phase, GdkFrameTimings *timings)
{
  gint64 time = gdk_frame_timings_get_frame_time (timings);
  gint64 gap = self->last != 0 ? time - self->last : 0;
  gint64 cpu = get_cpu_time ();
  gint64 cpu_used = self->last != 0 ? cpu - self->cpu_before : 0;

  count_frame (phase, time, count_missed (timings, gap),
               count_missed (timings, cpu_used));
  self->last = time;
  self->cpu_before = cpu;
}

static void
print_phase (const Phase *phase, const char *end)
{
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (seconds, sizeof seconds, "%.3f",
                   (double) (phase->ended - phase->started) / G_USEC_PER_SEC);
  g_print ("  \"%s\": {\"seconds\": %s, \"frames\": %u, \"missed\": %u, \"missed-one\": %u, "
           "\"missed-two-in-a-row\": %u, \"missed-more-in-a-row\": %u, \"worst-in-a-row\": %u, "
           "\"worst-in-a-row-by-itself\": %u}%s\n",
           phase->name, seconds, phase->n_frames, phase->n_missed, phase->n_gaps[0],
           phase->n_gaps[1], phase->n_gaps[2], phase->worst_gap, phase->worst_own_gap, end);
}

static gboolean
on_idle_over (Report *self, gint64 time)
{
  return self->idle.started != 0 && time - self->idle.started >= IDLE_USEC;
}

static gboolean
on_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  Report *self = user_data;
  GdkFrameTimings *timings = gdk_frame_clock_get_current_timings (clock);
  gint64 time = gdk_frame_timings_get_frame_time (timings);
  gboolean runs = self->run.started != 0;

  look_at_frame (self, runs ? &self->run : &self->idle, timings);
  if (!runs && on_idle_over (self, time))
    {
      self->run.started = time;
      g_action_group_activate_action (G_ACTION_GROUP (self->window), "compute", NULL);
    }
  if (!runs || checksum_window_is_busy (self->window))
    return G_SOURCE_CONTINUE;
  g_print ("{\n");
  print_phase (&self->idle, ",");
  print_phase (&self->run, "");
  g_print ("}\n");
  gtk_window_destroy (GTK_WINDOW (self->window));
  return G_SOURCE_REMOVE;
}

void
report_frames (ChecksumWindow *window)
{
  Report *self = g_new0 (Report, 1);

  self->window = window;
  self->idle.name = "idle";
  self->run.name = "run";
  gtk_widget_add_tick_callback (GTK_WIDGET (window), on_frame, self, g_free);
}
