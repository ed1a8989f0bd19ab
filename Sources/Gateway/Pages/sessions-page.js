import { beginPage, find, make, option, say, show, showState, takeToken } from "./page.js";
import { createSession } from "./swift-webrtc.js";
import { text } from "./texts.js";

beginPage();
const MOST_REPLIES = 100;
const session = createSession({
    token: takeToken(),
    // For a look at what happens without WebRTC.
    ...(option("http") !== null && { RTCPeerConnection: null }),
});
find("request").onsubmit = (event) => {
    event.preventDefault();
    ask();
};
find("refresh").onclick = () => look();
let shown = null;
session.subscribe(draw);
addEventListener("pagehide", () => session.close());
draw();

async function ask() {
    const action = find("action").value.trim();
    let members;
    try {
        members = find("members").value.trim() ? JSON.parse(find("members").value) : undefined;
        say(find("error"), null);
    } catch (error) {
        return say(find("error"), text("notJSON", error.message));
    }
    try {
        if (find("streamed").checked) for await (const part of session.stream(action, members)) add(action, part);
        else add(action, await session.request(action, members));
    } catch (error) {
        if (error instanceof TypeError) return say(find("error"), error.message);
        add(action, { error: { code: error.code, message: error.message } }, true);
    }
}

function add(action, value, isError = false) {
    const log = find("replies");
    find("silence").hidden = true;
    log.append(make("li", {}, make("b", {}, `${action}: `), make("span", { className: isError ? "id error" : "id" }, JSON.stringify(value))));
    while (log.children.length > MOST_REPLIES) log.firstElementChild.remove();
    log.scrollTop = log.scrollHeight;
}

async function look() {
    try {
        const [info, stats] = await Promise.all([session.info(), session.serverStats()]);
        const { diagnosis = null, ...rest } = info ?? {};
        show(find("diagnosis"), info ? JSON.stringify(diagnosis, null, 2) : text("noSession"));
        show(find("info"), info ? JSON.stringify(rest, null, 2) : text("noSession"));
        show(find("stats"), JSON.stringify(stats, null, 2));
    } catch (error) {
        show(find("info"), error.message);
    }
}

function draw() {
    const { state, sessionId, error } = session.getSnapshot();
    showState(find("state"), state);
    show(find("session-id"), sessionId ?? text("none"));
    say(find("error"), state === "connected" ? null : error);
    if (state === shown) return;
    shown = state;
    if (state !== "closed" && state !== "connecting") look();
}
