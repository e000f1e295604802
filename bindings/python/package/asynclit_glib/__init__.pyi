# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later

from gi.repository import AsyncLit as AsyncLit
from gi.repository.AsyncLit import *
