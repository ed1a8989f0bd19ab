#!/usr/bin/env python3
"""Fifty watch one stream in two pages. One page stands still, then it is killed: the watchers of the other one miss nothing, and
the keys that only the killed ones held are released within a second.

    crowd.py http://127.0.0.1:3010 --stream NAME --input FILE
"""
import json
import signal
import time

from browser import main, step
from page import check

EACH = 25
# What has come to each watcher; whether a page has the time to show it is not looked at.
SEEN = """
    const all = await Promise.all(window.watchers.map((watcher) => watcher.getStats()));
    return all.map((stats) => {
        const video = [...(stats?.values() ?? [])].find(({ type, kind }) => type === "inbound-rtp" && kind === "video") ?? {};
        return { frames: video.framesReceived ?? 0, lost: video.packetsLost ?? 0 };
    });
    """


def pressed(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def body(driver, options):
    near, far = driver.browser(), driver.browser(alone=True)

    def seen(browser):
        return browser.run_async(SEEN)

    def wait_frames(browser, count, within=40):
        end = time.monotonic() + within
        while min(watcher["frames"] for watcher in seen(browser)) < count:
            check(time.monotonic() < end, "all see pictures", seen(browser))
            time.sleep(0.2)

    def undisturbed(what, seconds, before):
        time.sleep(max(0, seconds - (time.monotonic() - before[0])))
        took = time.monotonic() - before[0]
        for former, now in zip(before[1], seen(near)):
            check(now["lost"] == former["lost"], f"{what}: nobody loses a packet", (former, now))
            check(now["frames"] - former["frames"] >= 0.8 * 15 * took - 3, f"{what}: the pictures go on", (took, former, now))

    step(f"{EACH} watch in each of two pages")
    for browser in (near, far):
        browser.open(options.base + "/streams.html?lang=en")
        browser.run_async("""
            const { watchStream } = await import("./swift-webrtc.js");
            window.watchers = Array.from({ length: args[0] }, () => watchStream(args[1]));
            """, EACH, options.stream)
    for browser in (near, far):
        wait_frames(browser, 15)

    step("each page holds keys")
    for browser, watcher, code in ((far, 0, "KeyA"), (far, 1, "KeyB"), (near, 0, "KeyB"), (far, 2, "KeyC"), (far, 3, "KeyC")):
        end = time.monotonic() + 10
        while not browser.run("return window.watchers[arguments[0]].key(arguments[1], true)", watcher, code):
            check(time.monotonic() < end, "a key can be pressed", code)
            time.sleep(0.05)
    end = time.monotonic() + 5
    while len([event for event in pressed(options.input) if event["down"]]) < 3:
        check(time.monotonic() < end, "three keys are down", pressed(options.input))
        time.sleep(0.05)
    check(all(event["down"] for event in pressed(options.input)), "nothing is released", pressed(options.input))

    step("one page stands still")
    before = (time.monotonic(), seen(near))
    far.send(signal.SIGSTOP)
    undisturbed("beside a page that stands still", 5, before)
    far.send(signal.SIGCONT)

    step("it is killed")
    before = (time.monotonic(), seen(near))
    killed = time.time()
    far.send(signal.SIGKILL)
    far.kill()
    end = time.monotonic() + 5
    while len([event for event in pressed(options.input) if not event["down"]]) < 2:
        check(time.monotonic() < end, "keys are released", pressed(options.input))
        time.sleep(0.02)
    up = [event for event in pressed(options.input) if not event["down"]]
    check(sorted(event["code"] for event in up) == ["KeyA", "KeyC"], "what others hold stays", up)
    late = max(event["at"] for event in up) - killed
    check(late < 1, "the keys of the killed are released within a second", late)
    step(f"    its keys are up after {late * 1000:.0f} ms")
    undisturbed("beside a page that is killed", 4, before)
    stream = near.run_async("const { createStreams } = await import('./swift-webrtc.js'); const all = createStreams();"
                            "const stream = await all.get(args[0]); all.close(); return stream", options.stream)
    check(stream["connected_peers"] == EACH, "the killed are not counted", stream["connected_peers"])


if __name__ == "__main__":
    main(__doc__, {"--stream": "its name", "--input": "the file where the server writes what is pressed"}, body)
