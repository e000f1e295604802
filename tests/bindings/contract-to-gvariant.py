#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes contract.json as text for g_variant_parse(), for languages without a JSON parser."""

import json
import sys


def to_text(value):
    """A value in a variant; null is an empty maybe."""
    if value is None:
        return '<@mv nothing>'
    if isinstance(value, bool):
        return '<true>' if value else '<false>'
    if isinstance(value, int):
        return f'<int64 {value}>'
    if isinstance(value, list):
        return '<@av [' + ', '.join(map(to_text, value)) + ']>'
    if isinstance(value, dict):
        return '<' + to_dictionary(value) + '>'
    return f'<{json.dumps(value, ensure_ascii=False)}>'


def to_dictionary(value):
    return '@a{sv} {' + ', '.join(f'{json.dumps(k)}: {to_text(v)}' for k, v in value.items()) + '}'


source, target = sys.argv[1:]
with open(source, encoding='utf-8') as file:
    cases = json.load(file)['cases']
with open(target, 'w', encoding='utf-8') as file:
    file.write('@aa{sv} [' + ',\n'.join(map(to_dictionary, cases)) + ']\n')
