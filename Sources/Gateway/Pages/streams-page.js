import { beginPage, find, keep, make, play, say, show, takeToken } from "./page.js";
import { createStreams, publishStream, watchStream } from "./swift-webrtc.js";
import { text } from "./texts.js";

beginPage();
const token = takeToken();
const streams = createStreams({ token });
/** Those of this page's cameras, by name. */
const published = new Map();
let watched = null;
let problem = null;

streams.subscribe(draw);
addEventListener("pagehide", () => {
    streams.close();
    watched?.stream.close();
    for (const { close } of published.values()) close();
});
draw();

// MARK: The list

function draw() {
    const { streams: all, error } = streams.getSnapshot();
    say(find("error"), problem ?? error);
    find("nothing").hidden = all.length > 0;
    keep(find("list"), all, ({ streamer_id: id }) => id, create, update);
    if (watched) drawPlayer();
}

function create({ streamer_id: name }) {
    const watch = make("button", { type: "button", onclick: () => begin(name) }, text("watch"));
    watch.setAttribute("aria-label", text("watchWhat", name));
    const stop = make("button", { type: "button", className: "stop", onclick: () => end(name) }, text("stopStream"));
    stop.setAttribute("aria-label", text("stopWhat", name));
    return make("li", {}, make("div", {}, make("b", {}, name), make("p", { className: "facts" })),
        make("div", { className: "buttons" }, watch, stop));
}

function update(row, stream) {
    for (const button of row.querySelectorAll("button")) button.disabled = stream.is_over;
    show(row.querySelector(".facts"), facts(stream));
}

function facts({ status, reason, width, height, fps, connected_peers: peers, recording }) {
    return [
        text(`stream.${status}`), reason, width && height && `${width} × ${height}`, fps && text("framesPerSecond", fps),
        text("watchers", peers), recording && text("recorded"),
    ].filter(Boolean).join(" · ");
}

async function end(name) {
    await attempt(async () => {
        await published.get(name)?.close();
        published.delete(name);
        await streams.stop(name).catch((error) => {
            if (error.status !== 404) throw error;
        });
    });
}

async function attempt(body) {
    problem = null;
    try {
        await body();
    } catch (error) {
        problem = error.message;
    }
    draw();
}

// MARK: The player

function begin(name) {
    leave();
    const stream = watchStream(name, { token });
    watched = { name, stream, ends: stream.subscribe(drawPlayer) };
    find("player").hidden = false;
    show(find("player-title"), name);
    find("screen").setAttribute("aria-label", text("screenOf", name));
    find("video").setAttribute("aria-label", name);
    select();
    drawPlayer();
    find("screen").focus();
}

function leave() {
    watched?.ends();
    watched?.stream.close();
    watched = null;
    find("player").hidden = true;
    find("video").srcObject = null;
}

function drawPlayer() {
    const { state, status, reason, stream, hasInput, error } = watched.stream.getSnapshot();
    play(find("video"), stream);
    const words = state === "connected" || state === "waiting" ? text(`stream.${status ?? "starting"}`) : text(`watching.${state}`);
    show(find("status"), [words, reason, state === "connecting" && error].filter(Boolean).join(" · "));
    find("hint").hidden = !hasInput;
    const isRecorded = streams.streams.some(({ streamer_id: id, recording }) => id === watched.name && recording);
    show(find("record"), text(isRecorded ? "endRecording" : "record"));
}

function select() {
    const size = Number(find("size").value) || null;
    watched?.stream.select({ ...(size && { width: size }), paused: find("paused").checked });
}

find("size").onchange = find("paused").onchange = select;
find("sound").onchange = () => { find("video").muted = !find("sound").checked; };
find("leave").onclick = leave;
find("wishes").onsubmit = (event) => event.preventDefault();
find("record").onclick = () => attempt(() => {
    const isRecorded = streams.streams.some(({ streamer_id: id, recording }) => id === watched.name && recording);
    return streams.record(watched.name, !isRecorded);
});
const video = find("video");
const drawSize = () => show(find("picture"), video.videoWidth ? `${video.videoWidth} × ${video.videoHeight}` : text("none"));
video.onresize = video.onloadedmetadata = video.onemptied = drawSize;
drawSize();

// MARK: Input

const screen = find("screen");
const held = new Set();

screen.onkeydown = (event) => {
    // The way out for who has no mouse.
    if (event.code === "Tab" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (event.repeat || held.has(event.code)) return;
    held.add(event.code);
    watched?.stream.key(event.code, true);
};
screen.onkeyup = (event) => {
    if (held.delete(event.code)) watched?.stream.key(event.code, false);
};
screen.onblur = () => {
    for (const code of held) watched?.stream.key(code, false);
    held.clear();
};
screen.onpointermove = screen.onpointerdown = screen.onpointerup = (event) => mouse(event);
screen.oncontextmenu = (event) => event.preventDefault();
screen.addEventListener("wheel", (event) => {
    if (document.activeElement !== screen) return;
    event.preventDefault();
    mouse(event, event.deltaY);
}, { passive: false });

/** Places are parts of the picture, 0 to 1, whatever size it is shown in. */
function mouse(event, wheel = 0) {
    const { left, top, width, height } = video.getBoundingClientRect();
    if (!width || !height) return;
    const part = (value) => Math.min(1, Math.max(0, value));
    watched?.stream.mouse({
        x: part((event.clientX - left) / width), y: part((event.clientY - top) / height), buttons: event.buttons, wheel,
    });
}

let lastPads = "";
function pads() {
    if (watched) {
        const all = [...(navigator.getGamepads?.() ?? [])].filter(Boolean);
        const now = JSON.stringify(all.map(({ index, axes, buttons }) => [index, axes, buttons.map(({ value }) => value)]));
        if (now !== lastPads) for (const pad of all) watched.stream.gamepad(pad);
        lastPads = now;
    }
    requestAnimationFrame(pads);
}
requestAnimationFrame(pads);

// MARK: A new one

find("source").onchange = () => {
    find("which-label").hidden = ["camera", "test"].includes(find("source").value);
    find("which").required = !find("which-label").hidden;
};
find("make").onsubmit = async (event) => {
    event.preventDefault();
    const [name, source] = [find("name").value.trim(), find("source").value];
    const button = find("make").querySelector("button");
    button.disabled = true;
    await attempt(async () => {
        if (source === "camera") {
            const camera = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
            const stop = () => camera.getTracks().forEach((track) => track.stop());
            const onConnectionStateChange = (state) => {
                // Somebody has ended it: the camera is not needed any more.
                if (state !== "failed" && state !== "closed") return;
                stop();
                published.delete(name);
            };
            const publication = await publishStream(name, camera, { token, onConnectionStateChange }).catch((error) => {
                stop();
                throw error;
            });
            published.set(name, {
                close() {
                    stop();
                    return publication.close();
                },
            });
        } else {
            const which = find("which").value.trim();
            await streams.create(name, { source: source === "test" ? "test" : { type: source, name: which } });
        }
    });
    button.disabled = false;
};
