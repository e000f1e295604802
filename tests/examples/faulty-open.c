/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Makes open() fail for files with certain names; loaded into a program with LD_PRELOAD.
 *
 *   fault-ERRNO-TIMES...   the first TIMES calls fail with the number ERRNO
 *   hang...                the call never returns, as with a server that is gone
 *   slow...                the call takes 50 ms
 */

/* On 64-bit systems, open() is an alias of open64(). Here, they are two functions. */
#undef _FILE_OFFSET_BITS

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_PATHS 64

typedef int (*OpenFunc) (const char *path, int flags, ...);

int open (const char *path, int flags, ...);
int open64 (const char *path, int flags, ...);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  char path[256];
  int calls;
} seen[MAX_PATHS];

static int
count_call (const char *path)
{
  int calls = 0;

  pthread_mutex_lock (&lock);
  for (int i = 0; i < MAX_PATHS && calls == 0; i++)
    {
      if (seen[i].calls == 0)
        strncpy (seen[i].path, path, sizeof seen[i].path - 1);
      if (strcmp (seen[i].path, path) == 0)
        calls = ++seen[i].calls;
    }
  pthread_mutex_unlock (&lock);
  return calls;
}

/* Returns 0 or the errno to fail with. */
static int
misbehave (const char *path)
{
  const char *slash = strrchr (path, '/');
  const char *name = slash != NULL ? slash + 1 : path;
  int code, times;

  if (strncmp (name, "slow", 4) == 0)
    usleep (50 * 1000);
  while (strncmp (name, "hang", 4) == 0)
    pause ();
  if (sscanf (name, "fault-%d-%d", &code, &times) == 2 && count_call (path) <= times)
    return code;
  return 0;
}

static int
open_with (const char *symbol, const char *path, int flags, int mode)
{
  OpenFunc next = (OpenFunc) dlsym (RTLD_NEXT, symbol);
  int code = misbehave (path);

  if (code == 0)
    return next (path, flags, mode);
  errno = code;
  return -1;
}

int
open (const char *path, int flags, ...)
{
  va_list args;
  int mode;

  va_start (args, flags);
  mode = flags & (O_CREAT | O_TMPFILE) ? va_arg (args, int) : 0;
  va_end (args);
  return open_with ("open", path, flags, mode);
}

int
open64 (const char *path, int flags, ...)
{
  va_list args;
  int mode;

  va_start (args, flags);
  mode = flags & (O_CREAT | O_TMPFILE) ? va_arg (args, int) : 0;
  va_end (args);
  return open_with ("open64", path, flags, mode);
}
