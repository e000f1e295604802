/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The system clock, and the main context in which its alarms wait: the worker's, if a scheduler
 * uses it.
 *
 * An alarm is a source in the worker's context with two timer file descriptors. The one for the
 * monotonic time uses CLOCK_BOOTTIME, so it includes the time for which the system is suspended,
 * and is due as soon as the system resumes. The one for the wall time is an absolute CLOCK_REALTIME
 * timer, which the kernel cancels, and thereby makes ready, when the clock is set. Nothing
 * polls. Once an alarm waits for a wall time, inotify reports changes of /etc/localtime. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-init-private.h"
#include "asynclit-local-zone-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-system-clock.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Without timer file descriptors, a change of the clock may go unnoticed for this long. */
#define FALLBACK_USEC (60 * G_USEC_PER_SEC)

/* The two clocks can't be read at the same moment, but nearly so. */
#define MAX_READINGS 10
#define MAX_READING_USEC 5

typedef struct {
  GSource source;
  AsyncLitAlarm *alarm; /* with a reference */
  guint generation;     /* of the process */
  int attached;         /* atomic: attached to the worker's context, or about to be */
  int monotonic_fd;     /* -1: none was left, and the source has a ready time instead */
  int wall_fd;
} AlarmSource;

#define ASYNCLIT_TYPE_SYSTEM_CLOCK (asynclit_system_clock_get_type ())
_ASYNCLIT_DECLARE_INTERNAL_TYPE (AsyncLitSystemClock, asynclit_system_clock, ASYNCLIT, SYSTEM_CLOCK,
                                 AsyncLitClock)

typedef AsyncLitClockClass AsyncLitSystemClockClass;

struct _AsyncLitSystemClock {
  AsyncLitClock parent_instance;

  AsyncLitLock lock;  /* guards the fields below, and the alarms */
  GPtrArray *sources; /* of AlarmSource, with a reference; NULL: there has been none yet */
  GSource *watch;     /* of the time zone; NULL before the first wait for a wall time */
};

G_DEFINE_FINAL_TYPE (AsyncLitSystemClock, asynclit_system_clock, ASYNCLIT_TYPE_CLOCK)

static AsyncLitSystemClock *system_clock; /* created once, by the first thread that needs it */
static gpointer context_func;             /* atomic; see asynclit_system_clock_set_context() */

static gint64
read_clock (clockid_t id)
{
  struct timespec time;

  clock_gettime (id, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* Reads both clocks at the same moment. If the thread was preempted in between, it tries again. */
static void
system_clock_get_time (AsyncLitClock *clock, AsyncLitClockTime *time)
{
  gint64 before;

  for (guint i = 0; i < MAX_READINGS; i++)
    {
      before = read_clock (CLOCK_BOOTTIME);
      time->wall = read_clock (CLOCK_REALTIME);
      time->monotonic = read_clock (CLOCK_BOOTTIME);
      if (time->monotonic - before <= MAX_READING_USEC)
        return;
    }
}

/* Alarms */

/* Makes the descriptor unready. Failures don't matter: the descriptor is then ready again. */
static void
drain_timer (int fd)
{
  guint64 expirations;

  while (read (fd, &expirations, sizeof expirations) < 0 && errno == EINTR)
    ;
}

/* Runs on: worker */
static gboolean
alarm_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  AlarmSource *self = (AlarmSource *) source;

  /* In the child of a fork, the timers belong to the parent. */
  if (self->generation != asynclit_get_generation ())
    return G_SOURCE_REMOVE;
  if (self->monotonic_fd >= 0)
    {
      drain_timer (self->monotonic_fd);
      drain_timer (self->wall_fd);
    }
  g_source_set_ready_time (source, -1);
  self->alarm->funcs->ring (self->alarm);
  return G_SOURCE_CONTINUE;
}

static void
alarm_source_finalize (GSource *source)
{
  AlarmSource *self = (AlarmSource *) source;

  if (self->monotonic_fd >= 0)
    close (self->monotonic_fd);
  if (self->wall_fd >= 0)
    close (self->wall_fd);
  self->alarm->funcs->unref (self->alarm);
}

static GSourceFuncs alarm_source_funcs = {
  .dispatch = alarm_source_dispatch,
  .finalize = alarm_source_finalize,
};

static AlarmSource *
alarm_source_new (AsyncLitAlarm *alarm)
{
  GSource *source = g_source_new (&alarm_source_funcs, sizeof (AlarmSource));
  AlarmSource *self = (AlarmSource *) source;

  g_source_set_static_name (source, "[asynclit] alarm");
  alarm->funcs->ref (alarm);
  self->alarm = alarm;
  self->generation = asynclit_get_generation ();
  self->monotonic_fd = timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  self->wall_fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (self->monotonic_fd >= 0 && self->wall_fd >= 0)
    {
      g_source_add_unix_fd (source, self->monotonic_fd, G_IO_IN);
      g_source_add_unix_fd (source, self->wall_fd, G_IO_IN);
    }
  else if (self->monotonic_fd >= 0)
    {
      close (self->monotonic_fd);
      self->monotonic_fd = -1;
    }
  return self;
}

static void
set_timer (int fd, gint64 due, int flags)
{
  struct itimerspec spec = { 0 };

  /* All zero would disarm the timer. */
  if (due != ASYNCLIT_NEVER)
    {
      due = MAX (due, 1);
      spec.it_value.tv_sec = (time_t) (due / G_USEC_PER_SEC);
      spec.it_value.tv_nsec = (long) (due % G_USEC_PER_SEC) * 1000;
    }
  /* After the clock was set, the first call fails, although it sets the timer; only the second call
   * makes the timer watch for the next change. The caller has read the clock before this, and it
   * may have been set since then. The timer is absolute, so it is due at the right time
   * nevertheless. */
  if (timerfd_settime (fd, TFD_TIMER_ABSTIME | flags, &spec, NULL) < 0 && errno == ECANCELED)
    timerfd_settime (fd, TFD_TIMER_ABSTIME | flags, &spec, NULL);
}

static void
alarm_source_set_fallback (AlarmSource *self, const AsyncLitClockTime *due)
{
  gint64 left = FALLBACK_USEC;

  if (due->monotonic != ASYNCLIT_NEVER)
    left = MIN (left, asynclit_time_between (read_clock (CLOCK_BOOTTIME), due->monotonic));
  if (due->wall != ASYNCLIT_NEVER)
    left = MIN (left, asynclit_time_between (read_clock (CLOCK_REALTIME), due->wall));
  g_source_set_ready_time (&self->source,
                           asynclit_time_add (g_get_monotonic_time (), MAX (left, 0)));
}

static void
alarm_source_set (AlarmSource *self, const AsyncLitClockTime *due)
{
  if (self->monotonic_fd < 0)
    {
      alarm_source_set_fallback (self, due);
      return;
    }
  set_timer (self->monotonic_fd, due->monotonic, 0);
  set_timer (self->wall_fd, due->wall, TFD_TIMER_CANCEL_ON_SET);
}

void
asynclit_system_clock_set_context (GMainContext *(*func) (void) )
{
  g_assert (func != NULL);
  g_atomic_pointer_set (&context_func, func);
}

static GMainContext *
get_context (void)
{
  GMainContext *(*func) (void) = g_atomic_pointer_get (&context_func);

  return func ();
}

/* The worker's thread may have ended since the last time, or may not have had a context until
 * now. */
static void
alarm_source_start (AlarmSource *self)
{
  GMainContext *context = get_context ();

  if (context != NULL && g_atomic_int_compare_and_exchange (&self->attached, FALSE, TRUE))
    g_source_attach (&self->source, context);
}

/* The time zone */

static void
system_clock_ring_all (AsyncLitSystemClock *self)
{
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref);

  asynclit_lock (&self->lock);
  for (guint i = 0; i < self->sources->len; i++)
    g_ptr_array_add (sources, g_source_ref (g_ptr_array_index (self->sources, i)));
  asynclit_unlock (&self->lock);
  for (guint i = 0; i < sources->len; i++)
    {
      AlarmSource *source = g_ptr_array_index (sources, i);

      source->alarm->funcs->ring (source->alarm);
    }
}

/* Runs on: worker */
static void
zone_changed (gpointer data)
{
  system_clock_ring_all (data);
}

/* The first thread begins. The watch lives as long as the clock, which is as long as the
 * process. */
static void
system_clock_watch_zone (AsyncLitSystemClock *self)
{
  GSource *watch = NULL;

  asynclit_lock (&self->lock);
  if (self->watch == NULL)
    watch = self->watch = asynclit_zone_watch_new (zone_changed, self);
  asynclit_unlock (&self->lock);
  if (watch == NULL)
    return;
  g_source_attach (watch, get_context ());
  /* This detects earlier changes; the watch detects those from now on. */
  asynclit_local_zone_set_watched (TRUE);
}

/* The class */

static void
system_clock_attach (AsyncLitClock *clock, AsyncLitAlarm *alarm)
{
  AsyncLitSystemClock *self = ASYNCLIT_SYSTEM_CLOCK (clock);
  AlarmSource *source = alarm_source_new (alarm);

  asynclit_lock (&self->lock);
  if (self->sources == NULL)
    self->sources = g_ptr_array_new ();
  alarm->source = source;
  g_ptr_array_add (self->sources, g_source_ref (&source->source));
  asynclit_unlock (&self->lock);
  alarm_source_start (source);
  g_source_unref (&source->source);
}

static void
system_clock_set (AsyncLitClock *clock, AsyncLitAlarm *alarm, const AsyncLitClockTime *due)
{
  AsyncLitSystemClock *self = ASYNCLIT_SYSTEM_CLOCK (clock);
  g_autoptr (GSource) source = NULL;

  asynclit_lock (&self->lock);
  if (alarm->source != NULL)
    source = g_source_ref (alarm->source);
  asynclit_unlock (&self->lock);
  if (source == NULL)
    return;
  alarm_source_set ((AlarmSource *) source, due);
  if (due->wall != ASYNCLIT_NEVER)
    system_clock_watch_zone (self);
  if (due->monotonic != ASYNCLIT_NEVER || due->wall != ASYNCLIT_NEVER)
    alarm_source_start ((AlarmSource *) source);
}

static void
system_clock_detach (AsyncLitClock *clock, AsyncLitAlarm *alarm)
{
  AsyncLitSystemClock *self = ASYNCLIT_SYSTEM_CLOCK (clock);
  GSource *source;

  asynclit_lock (&self->lock);
  source = g_steal_pointer (&alarm->source);
  if (source != NULL)
    g_ptr_array_remove_fast (self->sources, source);
  asynclit_unlock (&self->lock);
  if (source == NULL)
    return;
  g_source_destroy (source);
  g_source_unref (source);
}

static void
asynclit_system_clock_class_init (AsyncLitSystemClockClass *klass)
{
  klass->get_time = system_clock_get_time;
  klass->attach = system_clock_attach;
  klass->set = system_clock_set;
  klass->detach = system_clock_detach;
}

static void
asynclit_system_clock_init (AsyncLitSystemClock *self)
{
}

/* In the child of a fork, the parent's alarms have no listeners. */
static void
forget_alarms (void)
{
  if (system_clock == NULL)
    return;
  system_clock->lock = (AsyncLitLock){ 0 };
  system_clock->sources = NULL;
  system_clock->watch = NULL;
}

/**
 * asynclit_get_system_clock:
 *
 * Gets the system clock.
 *
 * Its monotonic time is the time since the system was started, including the time for which it was
 * suspended. The clock notices when the system's time or its time zone is changed, and
 * when the system resumes after having been suspended. Schedulers that use this clock submit what
 * is due on the library's worker thread.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the clock
 * Since: 1.0
 */
AsyncLitClock *
asynclit_get_system_clock (void)
{
  static gsize initialized = 0;

  if (asynclit_once_enter (&initialized))
    {
      system_clock = g_object_new (ASYNCLIT_TYPE_SYSTEM_CLOCK, NULL);
      asynclit_on_fork (forget_alarms);
      asynclit_once_leave (&initialized, 1);
    }
  return ASYNCLIT_CLOCK (system_clock);
}
