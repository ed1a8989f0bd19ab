"""What the scripts beside it share: each takes the base URL of a server, looks at a page of it in Chromium or in Firefox, and
ends with 0, or with 1 and what was wrong."""
import argparse
import signal
import sys
import time

from chromium import Chromium
from firefox import Firefox
from page import Failure

PROGRAMS = {"chromium": Chromium, "firefox": Firefox}


class Driver:
    """Makes windows. The browsers end with the block that it is made in."""

    def __init__(self, name):
        self.name = name
        self.windows = []

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
        self.windows.append(window)
        window.resize(*size)
        return window

    def close_windows(self):
        """Closes all that are open still; the browsers go on."""
        for window in self.windows:
            window.close()
        self.windows = []


BEGAN = time.monotonic()


def step(words):
    print(f"{time.monotonic() - BEGAN:5.1f} s: {words}", flush=True)


def main(description, options, *bodies):
    """Runs each `body(driver, options)`, and ends the program with 0, or with 1 and what was wrong.

    `options` are those of the program beside the usual ones, each with what it is.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("base", help="the base URL of the server, such as http://127.0.0.1:3010")
    parser.add_argument("--browser", choices=PROGRAMS, default="chromium")
    parser.add_argument("--screenshots", help="a folder for pictures of the page")
    for name, words in options.items():
        parser.add_argument(name, help=words)
    given = parser.parse_args()
    given.base = given.base.rstrip("/")
    # Who ends this ends the browsers, too; and they can be ended, though whoever started this may block signals.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
    try:
        with Driver(given.browser) as driver:
            for body in bodies:
                body(driver, given)
                driver.close_windows()
    except Failure as failure:
        print(f"failed: {failure}", flush=True)
        sys.exit(1)
    print("passed", flush=True)
