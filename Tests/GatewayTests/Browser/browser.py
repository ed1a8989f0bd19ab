"""What the scripts beside it share: each takes the base URL of a server, looks at a page of it in Chromium or in Firefox, and
ends with 0, or with 1 and what was wrong."""
import argparse
import signal
import sys

from chromium import Chromium
from firefox import Firefox
from page import Failure

PROGRAMS = {"chromium": Chromium, "firefox": Firefox}


class Driver:
    """Makes windows. The browsers end with the block that it is made in."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.program = PROGRAMS[self.name]()
        return self

    def __exit__(self, *_):
        self.program.close()

    def browser(self, size=(1100, 900), **more):
        """A window of a browser.

        `camera` is "asked", "allowed" or "refused"; `language` what the reader prefers; `dark` whether he likes it dark;
        `alone` for a window that is killed; `extension` a folder, for Chromium.
        """
        window = self.program.window(**more)
        window.resize(*size)
        return window


def step(words):
    print(words, flush=True)


def arguments(description, *more):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("base", help="the base URL of the server, such as http://127.0.0.1:3010")
    parser.add_argument("--browser", choices=PROGRAMS, default="chromium")
    parser.add_argument("--screenshots", help="a folder for pictures of the page")
    for name, words in more:
        parser.add_argument(name, help=words)
    options = parser.parse_args()
    options.base = options.base.rstrip("/")
    return options


def main(body, options):
    """Runs `body(driver, options)`, and ends the program with 0, or with 1 and what was wrong."""
    # Who ends this ends the browsers, too; and they can be ended, though whoever started this may block signals.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
    try:
        with Driver(options.browser) as driver:
            body(driver, options)
    except Failure as failure:
        print(f"failed: {failure}", flush=True)
        sys.exit(1)
    print("passed", flush=True)
