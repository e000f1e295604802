// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The command line: options, URLs, and the names of their files.

import GLib from 'gi://GLib';

import {SUMS_NAME} from './download.js';

export const USAGE = `Usage: main.js [OPTION...] [URL...]

Downloads many URLs into a folder.

  -i, --input FILE        Read URLs from FILE, one a line; "-" is the standard input; lines that
                          begin with "#" are comments
  -o, --output FOLDER     Where the files go (.)
  -j, --jobs N            How many downloads run at a time (4)
  -r, --rate N            How many downloads start in a second, at most (0: no limit)
  -t, --timeout SECONDS   The longest time that an attempt may take (30; 0: no limit)
  -a, --attempts N        How often a download is tried (5)
  -d, --delay SECONDS     How long to wait before the second attempt (1); doubles with each attempt
  -q, --quiet             Print nothing but failures
  -h, --help              Show this text and exit`;

function number(least, most = Number.MAX_VALUE, isRight = Number.isFinite) {
    return (name, text) => {
        const value = text ? Number(text) : NaN;
        if (!(isRight(value) && value >= least && value <= most))
            throw new Error(`${name} must be a number from ${least} to ${most}, not ${text}`);
        return value;
    };
}

function text(name, value) {
    if (value === undefined)
        throw new Error(`${name} needs a value`);
    return value;
}

const OPTIONS = {
    input: text,
    output: text,
    jobs: number(1, 1024, Number.isInteger),
    rate: number(0),
    timeout: number(0),
    attempts: number(1, GLib.MAXINT32, Number.isInteger),
    delay: number(0),
    quiet: null,
};

// Takes the options out of the arguments; the URLs remain.
function takeOptions(args) {
    const options = {input: null, output: '.', jobs: 4, rate: 0, timeout: 30, attempts: 5,
        delay: 1, quiet: false, urls: []};
    while (args.length > 0) {
        const [arg, value] = args.shift().split(/(?<=^--\w+)=(.*)/s);
        const name = Object.keys(OPTIONS).find(key => [`--${key}`, `-${key[0]}`].includes(arg));
        if (!name && arg.startsWith('-'))
            throw new Error(`unknown option ${arg}; see --help`);
        if (!name)
            options.urls.push(value === undefined ? arg : `${arg}=${value}`);
        else
            options[name] = OPTIONS[name]?.(arg, value ?? args.shift()) ?? true;
    }
    return options;
}

function readList(path) {
    const [, bytes] = GLib.file_get_contents(path === '-' ? '/dev/stdin' : path);
    return new TextDecoder().decode(bytes).split('\n').map(line => line.trim())
        .filter(line => line && !line.startsWith('#'));
}

// The last part of the path, which must not lead out of the folder.
function nameOf(url) {
    const [, path] = /^https?:\/\/[^/?#]+([^?#]*)/i.exec(url) ?? [];
    if (path === undefined)
        throw new Error(`“${url}” is not a URL of the Web`);
    const last = path.slice(path.lastIndexOf('/') + 1);
    const name = (GLib.uri_unescape_string(last, null) ?? last).replace(/^\.+/, '');
    return name.replace(/[\x00-\x1f\x7f/\\]/g, '_') || 'index.html';
}

// Each URL once, with a name of its own.
function nameUrls(urls) {
    const names = new Set([SUMS_NAME]);
    return [...new Set(urls)].map(url => {
        const first = nameOf(url);
        let name = first;
        for (let i = 1; names.has(name); i++)
            name = `${first}.${i}`;
        names.add(name);
        return {url, name};
    });
}

export function parseArguments(args) {
    const options = takeOptions(args);
    if (options.input !== null)
        options.urls.push(...readList(options.input));
    if (options.urls.length === 0)
        throw new Error('at least one URL is needed; see --help');
    options.downloads = nameUrls(options.urls);
    if (GLib.mkdir_with_parents(options.output, 0o777) !== 0)
        throw new Error(`${options.output} is not a folder, and can't become one`);
    return options;
}
