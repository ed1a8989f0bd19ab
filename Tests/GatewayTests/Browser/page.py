"""What the scripts beside it share: what a page shows, whatever the browser."""
import os
import time

PATIENCE = 20  # seconds


class Failure(Exception):
    """Something is not as it should be."""


def check(holds, what, *details):
    if not holds:
        raise Failure(" ".join([what, *(f"{detail!r}" for detail in details)]))


class Page:
    """A window of a browser. Its kind brings `open`, `close`, `run`, `run_async`, `click`, `type`, `press`, `log` and
    `screenshot`."""

    def text(self, selector):
        """What an element shows, or None."""
        return self.run("const e = document.querySelector(arguments[0]); return e && e.checkVisibility() ? e.innerText : null", selector)

    def wait(self, what, script, *arguments, within=PATIENCE):
        """Waits until a script returns something true, and returns it."""
        start = time.monotonic()
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            if time.monotonic() - start > within:
                raise Failure(f"not within {within} s: {what}. The page shows:\n{self.run('return document.body.innerText')}\n{self.log()}")
            time.sleep(0.02)

    def wait_text(self, selector, words, within=PATIENCE):
        script = "const e = document.querySelector(arguments[0]); return e && e.checkVisibility() && e.innerText.includes(arguments[1])"
        return self.wait(f"{selector} shows {words!r}", script, selector, words, within=within)

    def check_policy(self):
        """Nothing on the page was refused by its content security policy."""
        refused = [line for line in self.log() if "Content Security Policy" in line]
        check(not refused, "the content security policy refused something", refused)

    def check_accessible(self):
        """All that can be operated or looked at has a name, and ids are there once."""
        wrong = self.run("""
            const named = (e) => e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.innerText?.trim()
                || [...(e.labels ?? [])].some((label) => label.innerText.trim());
            const visible = [...document.querySelectorAll("button, a, input, select, textarea, video, [role=log]")]
                .filter((e) => e.checkVisibility());
            const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
            return [...visible.filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 120)),
                ...ids.filter((id, at) => ids.indexOf(id) !== at),
                ...(document.documentElement.lang ? [] : ["no language"]),
                ...(document.documentElement.scrollWidth > innerWidth ? [`${document.documentElement.scrollWidth} wide in ${innerWidth}`] : [])]
            """)
        check(not wrong, "not accessible", wrong)


class Pictures:
    """Keeps pictures of a page where a folder for them is given."""

    def __init__(self, folder):
        self.folder = folder
        if folder:
            os.makedirs(folder, exist_ok=True)

    def take(self, page, name):
        if self.folder:
            page.screenshot(os.path.join(self.folder, name + ".png"))
