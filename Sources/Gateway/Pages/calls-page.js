import { beginPage, find, keep, keepToken, make, option, play, say, show, showState, takeToken } from "./page.js";
import { createCalls } from "./swift-webrtc.js";
import { text } from "./texts.js";

beginPage({ comesBack: () => calls && signIn(takeToken()) });
const MOST_PAST = 50;
const streams = new Map();
let calls = null;
let mediaError = null;

find("token").value = takeToken();
find("sign-in").onsubmit = (event) => {
    event.preventDefault();
    signIn(find("token").value.trim());
};
find("dial").onsubmit = async (event) => {
    event.preventDefault();
    const recipient = find("recipient").value.trim();
    if (recipient) await dial(recipient);
};
find("disconnect").onclick = () => signOut();
addEventListener("pagehide", () => calls?.close());
if (find("token").value) signIn(find("token").value);

function signIn(token) {
    keepToken(token);
    calls?.close();
    say(find("error"), null);
    const ringing = Number(option("ringing")) || undefined;
    calls = createCalls({
        token,
        url: option("server") ?? undefined,
        ringingTime: ringing ?? 30_000,
        isBusy: () => find("busy").checked,
    });
    const here = calls;
    calls.subscribe(() => here === calls && draw());
    calls.on("incoming", (call) => show(find("news"), text("incomingFrom", call.user)));
    calls.on("ended", (call) => ended(call));
    calls.on("problem", (error) => console.warn(error.message));
    draw();
}

function signOut() {
    const leaving = calls;
    calls = null;
    leaving?.close();
    keepToken("");
    find("token").value = "";
    show(find("news"), "");
    draw();
    find("token").focus();
}

/** Camera and microphone as they are wanted; a call goes on without them. */
async function openMedia() {
    const [audio, video] = [find("audio").checked, find("video").checked];
    mediaError = null;
    if (!audio && !video) return null;
    try {
        if (!navigator.mediaDevices) throw new Error("https:");
        return await navigator.mediaDevices.getUserMedia({ audio, video });
    } catch (error) {
        mediaError = text("mediaFailed", error.message);
        return null;
    } finally {
        draw();
    }
}

async function dial(recipient) {
    show(find("news"), "");
    const stream = await openMedia();
    const call = calls?.call(recipient, { stream });
    if (call) keepStream(call, stream);
}

async function accept(call) {
    show(find("news"), "");
    const stream = await openMedia();
    if (call.state !== "ringing") return closeStream(stream);
    call.accept({ stream });
    keepStream(call, stream);
}

function keepStream(call, stream) {
    if (call.localStream === stream && stream) streams.set(call.id, stream);
    else closeStream(stream);
}

function closeStream(stream) {
    for (const track of stream?.getTracks() ?? []) track.stop();
}

function ended(call) {
    const stream = streams.get(call.id);
    streams.delete(call.id);
    // The call that stands in the place of this one goes on with its camera.
    if (call.successor && stream) streams.set(call.successor.id, stream);
    else closeStream(stream);
    if (find("news").textContent === text("incomingFrom", call.user)) show(find("news"), "");
    find("no-past").hidden = true;
    // Whoever called and is gone before it was taken has been missed, whatever became of him.
    const reason = !call.isOutgoing && call.reason === "offline" ? "missed" : call.reason;
    const line = make("span", {}, make("b", {}, call.user), ` – ${text(`reason.${reason}`)}`);
    find("past").prepend(make("li", {}, line, make("time", {}, new Date().toLocaleTimeString(document.documentElement.lang))));
    while (find("past").children.length > MOST_PAST) find("past").lastElementChild.remove();
}

function draw() {
    const { connectionState, error, userId, calls: now } = calls?.getSnapshot()
        ?? { connectionState: "disconnected", error: null, userId: null, calls: [] };
    const isIn = calls !== null && connectionState !== "error";
    find("sign-in").hidden = isIn;
    find("signed-in").hidden = find("dial").hidden = !isIn;
    showState(find("connection"), connectionState);
    show(find("my-id"), userId ?? "…");
    find("call").disabled = connectionState !== "connected";
    say(find("error"), error ? text("noServer", error) : mediaError);
    find("no-calls").hidden = now.length > 0;
    keep(find("calls"), now, ({ id }) => id, makeCall, drawCall);
    const pictures = now.filter(({ state, remoteStream, localStream }) => state === "accepted" && (remoteStream || localStream));
    const own = [...streams.values()][0];
    const items = [...(own && now.length ? [{ id: "own", own }] : []), ...pictures.filter(({ remoteStream }) => remoteStream)];
    find("pictures").hidden = items.length === 0;
    keep(find("videos"), items, ({ id }) => id, makePicture, (item, { own, remoteStream }) => {
        play(item.querySelector("video"), own ?? remoteStream);
    });
}

function makeCall(call) {
    const button = (action, className, does) => {
        const label = text(`${action}Whom`, call.user);
        const made = make("button", { type: "button", className, "aria-label": label }, text(action));
        made.dataset.action = action;
        made.onclick = does;
        return made;
    };
    return make("li", { "aria-label": text("callWith", call.user) },
        make("b", {}, call.user), make("span", {}),
        make("span", { className: "buttons" },
            button("accept", "", () => accept(call)), button("reject", "stop", () => call.reject()),
            button("hangUp", "stop", () => call.hangUp())));
}

function drawCall(item, { state, mediaState }) {
    const badge = item.querySelector("b + span");
    const isConnected = state === "accepted" && mediaState === "connected";
    badge.className = `badge ${isConnected ? "green" : "orange"}`;
    show(badge, text(isConnected ? "state.connected" : `call.${state}`));
    for (const button of item.querySelectorAll("button")) {
        button.hidden = (button.dataset.action === "hangUp") === (state === "ringing");
    }
}

function makePicture({ id, own, user }) {
    const label = own ? text("ownVideo") : text("videoOf", user);
    const video = make("video", { autoplay: true, playsInline: true, muted: Boolean(own), "aria-label": label });
    return make("li", { className: own ? "own" : "" }, make("figure", {}, video, make("figcaption", {}, own ? label : user)));
}
