#!/usr/bin/env python3
"""The page of sessions: requests on the data channel and over HTTP, what the server knows, and what it does not.

    sessions.py http://127.0.0.1:3010 [--streamed ACTION] [--members JSON]

With --streamed an action is asked for whose reply comes in parts.
"""
from browser import main, step
from page import Pictures, check

OPTIONS = {"--streamed": "an action whose reply comes in parts", "--members": "what its request has beside the action, as JSON"}


def body(driver, options):
    pictures = Pictures(options.screenshots)
    browser = driver.browser()

    def ask(action, streamed=False, members=""):
        browser.run("document.querySelector('#replies').replaceChildren()")
        browser.type("#action", action)
        browser.type("#members", members)
        browser.run("document.querySelector('#streamed').checked = arguments[0]", streamed)
        browser.click("#request button")

    step("connected by a data channel")
    browser.open(options.base + "/sessions.html")
    browser.wait_text("#state", "Connected")
    check(len(browser.text("#session-id")) == 36, "no session id", browser.text("#session-id"))

    for way in ("the data channel", "HTTP"):
        step(f"requests over {way}")
        ask("system_info")
        browser.wait_text("#replies", "system_info: {")
        ask("no-such-action")
        browser.wait_text("#replies", '"error"')
        check("timed-out" not in browser.text("#replies"), "an unknown action has no reply", browser.text("#replies"))
        ask("system_info", members="{")
        browser.wait_text("#error", "JSON")
        if options.streamed:
            ask(options.streamed, streamed=True, members=options.members or "")
            browser.wait("several parts", "return document.querySelectorAll('#replies li').length > 1")
        if way == "HTTP":
            break
        step("what the server knows")
        browser.click("#refresh")
        browser.wait_text("#info", '"state": "connected"')
        check(browser.text("#diagnosis") not in ("", "null"), "no diagnosis")
        check('"active"' in browser.text("#stats"), "no statistics", browser.text("#stats"))
        browser.check_accessible()
        pictures.take(browser, "sessions")
        browser.open(options.base + "/sessions.html?http")
        browser.wait_text("#state", "Over HTTP")
    browser.check_policy()

    step("a connection that breaks is made again, and meanwhile it is HTTP")
    browser.open(options.base + "/index.html")
    result = browser.run_async("""
        const { createSession } = await import("./webrtc-session.js");
        const connections = [];
        class Kept extends RTCPeerConnection { constructor(...all) { super(...all); connections.push(this); } }
        const session = createSession({ RTCPeerConnection: Kept });
        const states = [];
        session.subscribe(({ state }) => states.at(-1) !== state && states.push(state));
        await session.request("system_info");
        const first = session.sessionId;
        connections[0].close();
        // The server closes too, and the channel's end is what the session sees.
        await fetch(`/v1/webrtc/session/${first}`, { method: "DELETE" });
        connections[0].onconnectionstatechange?.();
        const between = await session.request("system_info");
        while (session.state !== "connected") await new Promise((resolve) => setTimeout(resolve, 50));
        const second = session.sessionId;
        await session.request("system_info");
        await session.close();
        const gone = (await fetch(`/v1/webrtc/session/${second}`)).status;
        return { states, differs: first !== second, between: Boolean(between), gone };
        """)
    check(result["states"] == ["connecting", "connected", "http", "connected", "closed"], "the states", result)
    check(result["differs"] and result["between"] and result["gone"] == 404, "the sessions", result)


if __name__ == "__main__":
    main(__doc__, OPTIONS, body)
