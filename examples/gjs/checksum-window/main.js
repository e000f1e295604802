#!/usr/bin/env -S gjs -m
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// checksum-window: the SHA-256 of every file below a folder, each computed by a task, in a window.
//
//   checksum-window/main.js [FOLDER...]
//
// The same as the program of this name in examples/c, in JavaScript. It has the same window, whose
// templates are in examples/data/checksum-window.
//
//   main.js          the application: keys and style
//   window.js        a window: submits the tasks, and shows the overall progress
//   row.js           a row of the list, which shows one task
//   work.js          the functions of the tasks: listing a folder, computing a checksum
//   texts.js         amounts and times as text
//   colorScheme.js   follows the desktop's dark or light style

import 'gi://AsyncLit?version=1';
import Gdk from 'gi://Gdk?version=4.0';
import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk?version=4.0';
import System from 'system';

import {followColorScheme} from './colorScheme.js';
import {DATA, _} from './texts.js';
import {ChecksumWindow} from './window.js';

const SHORTCUTS = {
    'win.open': '<Control>o',
    'win.compute': '<Control>Return',
    'win.cancel': 'Escape',
    'win.show-help-overlay': '<Control>question',
    'window.close': '<Control>w',
    'app.new-window': '<Control>n',
    'app.quit': '<Control>q',
};

const ChecksumApplication = GObject.registerClass(
class ChecksumApplication extends Gtk.Application {
    constructor() {
        super({
            application_id: 'org.example.ChecksumWindow.Gjs',
            flags: Gio.ApplicationFlags.HANDLES_OPEN,
        });
        this.set_option_context_parameter_string(_('[FOLDER…]'));
    }

    vfunc_startup() {
        super.vfunc_startup();
        this._addAction('new-window', () => this.activate());
        this._addAction('quit', () => this.quit());
        for (const [action, key] of Object.entries(SHORTCUTS))
            this.set_accels_for_action(action, [key]);
        this._setStyle();
        followColorScheme();
    }

    vfunc_activate() {
        new ChecksumWindow({application: this}).present();
    }

    vfunc_open(folders) {
        for (const folder of folders) {
            const window = new ChecksumWindow({application: this});
            window.open(folder);
            window.present();
        }
    }

    _addAction(name, method) {
        const action = new Gio.SimpleAction({name});
        action.connect('activate', method);
        this.add_action(action);
    }

    _setStyle() {
        const provider = new Gtk.CssProvider();
        provider.load_from_file(DATA.get_child('style.css'));
        Gtk.StyleContext.add_provider_for_display(Gdk.Display.get_default(), provider,
            Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION);
    }
});

// GJS 1.76 and later would warn that run() blocks promises that this module waits for.
const application = new ChecksumApplication();
const args = [System.programInvocationName, ...ARGV];
System.exit(application.runAsync ? await application.runAsync(args) : application.run(args));
