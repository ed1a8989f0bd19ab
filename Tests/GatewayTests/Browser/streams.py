#!/usr/bin/env python3
"""The page of streams: a camera is published, two watch it, one of them pauses, and its end is everybody's.

    streams.py http://127.0.0.1:3010
"""
from browser import main, step
from page import Pictures, check

PLAYS = """
    const video = document.querySelector("#video");
    const key = "last" + arguments[0];
    const moved = window[key] !== undefined && video.currentTime > window[key];
    window[key] ??= video.currentTime;
    return video.videoWidth > 0 && moved;
    """


def body(driver, options):
    pictures = Pictures(options.screenshots)
    first, second = driver.browser(camera="allowed"), driver.browser(camera="allowed")

    def row(browser):
        return "const row = [...document.querySelectorAll('#list > li')].find((e) => e.innerText.includes('camera'));"

    def watch(browser):
        browser.wait("the stream is listed as live", row(browser) + "return row?.innerText.includes('Live')")
        browser.run(row(browser) + "row.querySelector('button').click()")
        browser.wait("the picture moves", PLAYS, "Begin")

    step("a camera is published")
    for browser in (first, second):
        browser.open(options.base + "/streams.html?lang=en")
        browser.wait_text("#nothing", "No streams")
    first.type("#name", "camera")
    first.click("#make button")

    step("two watch it")
    for browser in (first, second):
        watch(browser)
        browser.wait_text("#status", "Live")
        browser.wait_text("#hint", "Tab")
    first.wait("both are counted", row(first) + "return row?.innerText.includes('Watchers: 2')")
    pictures.take(second, "streams")
    for browser in (first, second):
        browser.check_accessible()

    step("keys go to the source while the picture has the focus")
    sent = second.run_async("""
        const { watchStream } = await import("./swift-webrtc.js");
        const stream = watchStream("camera");
        while (!stream.hasInput) await new Promise((resolve) => stream.subscribe(resolve));
        const all = [stream.key("KeyA", true), stream.mouse({ x: 0.5, y: 0.5 }), stream.gamepad({ index: 0, axes: [0], buttons: [{ value: 1 }] })];
        const stats = await stream.getStats();
        stream.close();
        return { all, state: stream.state, closed: stream.key("KeyA", false), stats: stats.size > 0 };
        """)
    check(sent == {"all": [True] * 3, "state": "closed", "closed": False, "stats": True}, "the input", sent)

    if driver.name == "chromium":  # Firefox does not count the pictures of a connection
        step("one pauses, and goes on")
        second.click("#paused")
        second.wait("the picture stands still", """
            const video = document.querySelector("#video");
            const now = video.getVideoPlaybackQuality().totalVideoFrames;
            const [frames, since] = window.still ?? [-1, 0];
            if (frames !== now) window.still = [now, performance.now()];
            return frames === now && performance.now() - since > 1000;
            """)
        second.click("#paused")
        second.wait("the picture moves again", "return document.querySelector('#video').getVideoPlaybackQuality().totalVideoFrames > window.still[0] + 5")

    step("its end is everybody's")
    second.run(row(second) + "row.querySelector('button.stop').click()")
    for browser in (first, second):
        browser.wait_text("#status", "It is over")
        browser.wait("the list says so", row(browser) + "return row?.innerText.includes('Ended') || row?.innerText.includes('Stopped')")
        browser.check_policy()

    step("what cannot be is said")
    second.type("#name", "film")
    second.run("const s = document.querySelector('#source'); s.value = 'file'; s.onchange()")
    second.type("#which", "none.webm")
    second.click("#make button")
    second.wait_text("#error", "folder of files")
    second.open(options.base + "/streams.html?lang=de")
    second.wait_text("h1", "Streams")
    second.check_accessible()


if __name__ == "__main__":
    main(__doc__, {}, body)
