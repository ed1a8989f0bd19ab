#!/usr/bin/env python3
"""Plays the steps of inventory_steps.json with the pages' module, over the data channel and over HTTP, and compares the
replies with what is expected and with each other.

    inventory.py http://127.0.0.1:8124

The program is Examples/inventory.
"""
import json
import os

from browser import main, step
from page import check

STEPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Resources/inventory_steps.json")

PLAY = """
    const [steps, options] = args;
    const { createSession } = await import("./webrtc-session.js");
    const session = createSession(options);
    const begun = new Map();
    const told = [];

    // What becomes of a request: a result or parts, or an error in the place of the end.
    async function replies(action, members, began) {
        const parts = [];
        try {
            if (!isStreamed(action)) return { result: await session.request(action, members) };
            for await (const part of session.stream(action, members)) {
                parts.push(part);
                began();
            }
            return { parts };
        } catch (error) {
            began();
            return { ...(parts.length && { parts }), error: error.code };
        }
    }

    function isStreamed(action) {
        return ["stock.history", "report.rows", "report.audit", "stocktake.watch"].includes(action);
    }

    for (const step of steps) {
        if (step.end) {
            told.push(await begun.get(step.end));
        } else if (step.begin) {
            // Of those that come in parts the first says that it has begun.
            await new Promise((resolve) => {
                begun.set(step.begin, replies(step.action, step.members, resolve));
                if (!isStreamed(step.action)) resolve();
            });
        } else {
            told.push(await replies(step.action, step.members, () => {}));
        }
    }
    const { state } = session;
    await session.close();
    return { state, told };
    """


def body(driver, options):
    with open(STEPS, encoding="utf-8") as file:
        steps = json.load(file)
    browser = driver.browser()
    browser.open(options.base + "/index.html")
    played = {}
    for state, session in (("connected", {}), ("http", {"RTCPeerConnection": None})):
        step(f"{len(steps)} steps, {state}")
        result = browser.run_async(PLAY, steps, session)
        check(result["state"] == state, "the way", result["state"])
        played[state] = result["told"]
        for asked, told in zip([step for step in steps if "begin" not in step], result["told"]):
            wanted = {name: asked[name] for name in ("result", "parts", "error") if name in asked}
            check(wanted.items() <= told.items() and told.get("error") == asked.get("error"), "a reply", asked, told)
            if "count" in asked:
                check(len(told.get("result", told.get("parts"))) == asked["count"], "a reply's length", asked)
    check(played["connected"] == played["http"], "the replies over HTTP are others")


if __name__ == "__main__":
    main(__doc__, {}, body)
