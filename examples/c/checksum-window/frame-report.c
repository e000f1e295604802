/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Reports missed frames. With --report-frames, the program computes the checksums of the folder
 * immediately, while it keeps the frame clock running. The clock's timings show which frames were
 * missed: first for a while in which nothing happens, as a reference, and then during the run. The
 * program prints the result and exits.
 *
 * A frame is missed if the main loop is busy, or if its thread has to wait: for other threads and
 * programs, or because the host of a virtual machine withholds its processors. A program can't do
 * anything about the latter. The kernel counts it as stolen time, so the report also contains the
 * result without it. */

#include "config.h"

#include "checksum-window.h"

#include <stdio.h>
#include <unistd.h>

#define IDLE_USEC (2 * G_USEC_PER_SEC)

/* A line of /proc/stat for one processor; the eighth number is the stolen time. */
#define STOLEN_TICKS "cpu%*u %*u %*u %*u %*u %*u %*u %*u %" G_GINT64_FORMAT

typedef struct {
  const char *name;
  guint n_frames;
  guint n_missed;
  guint n_gaps[3]; /* of one missed frame, of two in a row, and of more */
  guint worst_gap;
  guint
      worst_gap_but_stolen; /* a lower bound: without the time stolen from any thread */
  gint64 stolen;
  gint64 started, ended; /* of the frame clock */
} Phase;

typedef struct {
  ChecksumWindow *window;
  gint64 last;          /* time of the last frame, 0 for none */
  GArray *stolen_ticks; /* of gint64: for each processor, since the machine started */
  Phase idle, run;
} Report;

/* The time for which a processor was withheld since the last call, in microseconds: the maximum of
 * all processors, with the kernel's resolution of 10 ms. 0 if the system does not provide it.
 *
 * Source: proc_stat(5). */
static gint64
take_stolen_time (GArray *ticks_before)
{
  g_autofree char *stat = NULL;
  g_auto (GStrv) lines = NULL;
  gint64 ticks, longest = 0;
  guint n_lines;

  if (!g_file_get_contents ("/proc/stat", &stat, NULL, NULL))
    return 0;
  lines = g_strsplit (stat, "\n", -1);
  n_lines = g_strv_length (lines);
  /* The first line is their sum. */
  for (guint i = 1; i < n_lines && sscanf (lines[i], STOLEN_TICKS, &ticks) == 1; i++)
    {
      if (i > ticks_before->len)
        g_array_append_val (ticks_before, ticks);
      longest = MAX (longest, ticks - g_array_index (ticks_before, gint64, i - 1));
      g_array_index (ticks_before, gint64, i - 1) = ticks;
    }
  return longest * G_USEC_PER_SEC / sysconf (_SC_CLK_TCK);
}

/* The number of frames that should have come within a time. */
static guint
count_missed (GdkFrameTimings *timings, gint64 time)
{
  gint64 interval = gdk_frame_timings_get_refresh_interval (timings);

  if (interval == 0)
    interval = G_USEC_PER_SEC / 60;
  return MAX ((time + interval / 2) / interval - 1, 0);
}

/* Counts a frame, and those that should have come before it. */
static void
count_frame (Phase *self, gint64 time, guint missed)
{
  if (self->started == 0)
    self->started = time;
  self->ended = time;
  self->n_frames++;
  self->n_missed += missed;
  if (missed > 0)
    self->n_gaps[MIN (missed, G_N_ELEMENTS (self->n_gaps)) - 1]++;
  self->worst_gap = MAX (self->worst_gap, missed);
}

static void
look_at_frame (Report *self, Phase *phase, GdkFrameTimings *timings)
{
  gint64 time = gdk_frame_timings_get_frame_time (timings);
  gint64 gap = self->last != 0 ? time - self->last : 0;
  gint64 stolen = take_stolen_time (self->stolen_ticks);

  count_frame (phase, time, count_missed (timings, gap));
  phase->stolen += stolen;
  phase->worst_gap_but_stolen
      = MAX (phase->worst_gap_but_stolen, count_missed (timings, gap - stolen));
  self->last = time;
}

static void
print_seconds (const char *name, gint64 usec)
{
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (seconds, sizeof seconds, "%.3f", (double) usec / G_USEC_PER_SEC);
  g_print ("\"%s\": %s, ", name, seconds);
}

static void
print_phase (const Phase *self, const char *end)
{
  g_print ("  \"%s\": {", self->name);
  print_seconds ("seconds", self->ended - self->started);
  print_seconds ("stolen", self->stolen);
  g_print ("\"frames\": %u, \"missed\": %u, \"missed-one\": %u, \"missed-two-in-a-row\": %u, "
           "\"missed-more-in-a-row\": %u, \"worst-in-a-row\": %u, "
           "\"worst-in-a-row-but-stolen\": %u}%s\n",
           self->n_frames, self->n_missed, self->n_gaps[0], self->n_gaps[1], self->n_gaps[2],
           self->worst_gap, self->worst_gap_but_stolen, end);
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

static void
report_free (gpointer data)
{
  Report *self = data;

  g_array_unref (self->stolen_ticks);
  g_free (self);
}

void
report_frames (ChecksumWindow *window)
{
  Report *self = g_new0 (Report, 1);

  self->window = window;
  self->stolen_ticks = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->idle.name = "idle";
  self->run.name = "run";
  gtk_widget_add_tick_callback (GTK_WIDGET (window), on_frame, self, report_free);
}
