/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Runs a fuzz target without libFuzzer: on each file of the folders that it is given, and on many
 * random changes of them. Prints TAP. The input that ends the process is left in the file that
 * --artifact names, after eight bytes with its length.
 *
 *     fuzz-id --runs 1000000 --seed 5 --artifact bad tests/fuzz/corpus/id
 */

#include "fuzz.h"

#include <gio/gio.h>

#include <string.h>
#include <sys/mman.h>

#define DEFAULT_RUNS 50000
#define MAX_CHANGES 6
#define MAX_SIZE 4096

static int option_runs = DEFAULT_RUNS;
static int option_seed = 1;
static char *option_artifact;
static char **option_folders;

static const GOptionEntry options[] = {
  { "runs", 0, 0, G_OPTION_ARG_INT, &option_runs, "How many changed inputs to try", "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT, &option_seed, "Of the changes", "N" },
  { "artifact", 0, 0, G_OPTION_ARG_FILENAME, &option_artifact, "Where to keep the input", "FILE" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &option_folders, NULL, "FOLDER" },
  { NULL },
};

/* The input is in a mapped file, so that it is available whatever happens to the process. */
typedef struct {
  gsize *size;
  guint8 *bytes;
} Artifact;

static Artifact
artifact_open (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *empty = g_malloc0 (sizeof (gsize) + MAX_SIZE);
  g_autoptr (GMappedFile) file = NULL;
  Artifact artifact = { 0 };

  g_file_set_contents (path, empty, sizeof (gsize) + MAX_SIZE, &error);
  g_assert_no_error (error);
  file = g_mapped_file_new (path, TRUE, &error);
  g_assert_no_error (error);
  artifact.size = (gsize *) (void *) g_mapped_file_get_contents (file);
  artifact.bytes = (guint8 *) (artifact.size + 1);
  g_mapped_file_ref (file);
  return artifact;
}

static void
try_input (GByteArray *input)
{
  /* A copy of exactly this size, so that reads beyond it are detected. */
  g_autofree guint8 *copy = g_memdup2 (input->data, input->len);

  LLVMFuzzerTestOneInput (copy, input->len);
}

static void
read_corpus (const char *folder, GPtrArray *corpus)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      char *contents;
      gsize length;

      g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
      g_ptr_array_add (corpus, g_byte_array_new_take ((guint8 *) contents, length));
    }
}

static void
change_once (GByteArray *input, GPtrArray *corpus, GRand *dice)
{
  guint place = input->len > 0 ? (guint) g_rand_int_range (dice, 0, (gint32) input->len) : 0;
  guint8 byte = (guint8) g_rand_int_range (dice, 0, 256);
  guint8 bit = (guint8) (1 << (byte % 8));
  GByteArray *other;

  switch (g_rand_int_range (dice, 0, 5))
    {
    case 0:
      g_byte_array_append (input, &byte, 1);
      break;
    case 1:
      if (input->len > 0)
        g_byte_array_remove_index (input, place);
      break;
    case 2:
      if (input->len > 0)
        g_byte_array_set_size (input, place);
      break;
    case 3:
      other = g_ptr_array_index (corpus, g_rand_int_range (dice, 0, (gint32) corpus->len));
      g_byte_array_append (input, other->data, other->len);
      break;
    default:
      if (input->len > 0)
        input->data[place] = g_rand_boolean (dice) ? byte : input->data[place] ^ bit;
      break;
    }
}

static void
try_changed (GPtrArray *corpus, GRand *dice, Artifact *artifact)
{
  GByteArray *seed
      = g_ptr_array_index (corpus, g_rand_int_range (dice, 0, (gint32) corpus->len));
  g_autoptr (GByteArray) input = g_byte_array_new ();
  int n = g_rand_int_range (dice, 1, MAX_CHANGES + 1);

  g_byte_array_append (input, seed->data, seed->len);
  for (int i = 0; i < n; i++)
    change_once (input, corpus, dice);
  if (input->len > MAX_SIZE)
    g_byte_array_set_size (input, MAX_SIZE);
  if (artifact->size != NULL)
    {
      *artifact->size = input->len;
      memcpy (artifact->bytes, input->data, input->len);
    }
  try_input (input);
}

static void
parse_options (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_parse (context, &argc, &argv, &error);
  g_assert_no_error (error);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GPtrArray) corpus
      = g_ptr_array_new_with_free_func ((GDestroyNotify)g_byte_array_unref);
  g_autoptr (GRand) dice = NULL;
  Artifact artifact = { 0 };

  parse_options (argc, argv);
  for (guint i = 0; option_folders != NULL && option_folders[i] != NULL; i++)
    read_corpus (option_folders[i], corpus);
  g_assert_cmpuint (corpus->len, >, 0);
  g_print ("1..2\n# seed %d\n", option_seed);
  if (option_artifact != NULL)
    artifact = artifact_open (option_artifact);
  for (guint i = 0; i < corpus->len; i++)
    try_input (g_ptr_array_index (corpus, i));
  g_print ("ok 1 - %u inputs of the corpus\n", corpus->len);
  dice = g_rand_new_with_seed ((guint32) option_seed);
  for (int i = 0; i < option_runs; i++)
    try_changed (corpus, dice, &artifact);
  g_print ("ok 2 - %d changed inputs\n", option_runs);
  return 0;
}
