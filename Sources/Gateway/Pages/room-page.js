import { beginPage, find, keep, make, option, play, say, show, showState, takeToken } from "./page.js";
import { createRoom } from "./swift-webrtc.js";
import { text } from "./texts.js";

const rows = {
    available: ["gray", "available", "call"], calling: ["orange", "calling", "cancel"], connected: ["green", "connected", "hangUp"],
};

beginPage();
const own = find("own");
own.muted = true;
const token = takeToken();
find("again").onclick = () => join();
await join();

/** Asks for the camera, and joins with it; without it nobody joins. */
async function join() {
    say(find("error"), null);
    find("again").hidden = true;
    show(find("news"), text("askingCamera"));
    let stream;
    try {
        if (!navigator.mediaDevices) throw Object.assign(new Error(), { name: "InsecureError" });
        stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    } catch (error) {
        say(find("error"), refusal(error));
        find("again").hidden = false;
        return;
    }
    show(find("news"), "");
    play(own, stream);
    enter(stream);
}

function refusal({ name, message }) {
    if (name === "NotAllowedError" || name === "SecurityError") return text("cameraRefused");
    if (name === "NotFoundError" || name === "OverconstrainedError") return text("cameraMissing");
    if (name === "InsecureError") return text("cameraInsecure");
    return text("cameraFailed", message);
}

function enter(localStream) {
    const room = createRoom({
        localStream, token,
        id: option("id") ?? undefined,
        room: option("room") ?? undefined,
        url: option("server") ?? undefined,
    });
    for (const id of ["me", "others", "pictures"]) find(id).hidden = false;
    show(find("my-id"), room.id);
    show(find("room"), room.room);
    room.subscribe(() => draw(room));
    room.on("ended", (id, reason) => show(find("news"), text(`ended.${reason}`, id)));
    room.on("problem", (error) => console.warn(error.message));
    draw(room);
    addEventListener("pagehide", () => room.leave(), { once: true });
}

function draw(room) {
    const { connectionState, error, peers } = room.getSnapshot();
    showState(find("connection"), connectionState);
    say(find("error"), error && text("noServer", error));
    show(find("peers-title"), text("peersInRoom", peers.length));
    find("nobody").hidden = peers.length > 0;
    find("peers").hidden = peers.length === 0;
    keep(find("peers").tBodies[0], peers, ({ id }) => id, (peer) => makeRow(room, peer), drawRow);
    const pictures = [{ id: null }, ...peers.filter(({ stream }) => stream)];
    keep(find("videos"), pictures, ({ id }) => (id === null ? "own" : `peer-${id}`), makePicture, (item, { stream }) => {
        if (stream) play(item.querySelector("video"), stream);
    });
}

function makeRow(room, { id }) {
    const button = make("button", { type: "button" });
    button.onclick = () => {
        show(find("news"), "");
        if (button.dataset.action === "call") room.call(id);
        else room.hangUp(id);
    };
    return make("tr", {}, make("th", { scope: "row", className: "id" }, id), make("td", {}, make("span", {})), make("td", {}, button));
}

function drawRow(row, { id, state }) {
    const [color, status, action] = rows[state];
    const badge = row.querySelector("span");
    badge.className = `badge ${color}`;
    show(badge, text(status));
    const button = row.querySelector("button");
    button.dataset.action = action;
    button.className = action === "call" ? "" : "stop";
    button.setAttribute("aria-label", text(`${action}Whom`, id));
    show(button, text(action));
}

function makePicture({ id }) {
    const caption = make("figcaption", {}, id);
    const video = make("video", { autoplay: true, playsInline: true, "aria-label": text("videoOf", id) });
    return make("li", {}, make("figure", {}, video, caption));
}
