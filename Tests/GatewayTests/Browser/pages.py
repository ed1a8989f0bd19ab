#!/usr/bin/env python3
"""All pages, one after the other in the same browsers.

    pages.py http://127.0.0.1:3010 [--browser firefox] [--only room,calls] [OPTIONS OF THE SCRIPTS BESIDE IT]
"""
import importlib

from browser import main, step

# What every browser is asked for, and what only Chromium is, because the other one has no such thing or it says nothing new.
EVERYWHERE = ("sessions", "room", "calls", "streams")
CHROMIUM = ("index", "mesh", "extension")
SCRIPTS = {name: importlib.import_module(name) for name in CHROMIUM + EVERYWHERE}


def body(driver, options):
    names = options.only.split(",") if options.only else EVERYWHERE + (CHROMIUM if driver.name == "chromium" else ())
    for name in names:
        step(f"-- {name}")
        SCRIPTS[name].body(driver, options)
        driver.close_windows()


if __name__ == "__main__":
    given = {"--only": "names of scripts, with commas"}
    for script in SCRIPTS.values():
        given |= getattr(script, "OPTIONS", {})
    main(__doc__, given, body)
