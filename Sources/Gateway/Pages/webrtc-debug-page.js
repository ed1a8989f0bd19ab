import { beginPage, find, keep, make, say, show, showState, takeToken } from "./page.js";
import { createMesh } from "./swift-webrtc.js";
import { text } from "./texts.js";

beginPage();
const mesh = createMesh({ token: takeToken() });
find("display-name").value = find("display-name").placeholder = text("testDevice");
find("start").onsubmit = async (event) => {
    event.preventDefault();
    const button = event.submitter ?? find("start").querySelector("button");
    button.disabled = true;
    // What goes wrong is in the line for errors.
    await mesh.startPeer(find("peer-type").value, find("display-name").value.trim()).catch(() => {});
    button.disabled = false;
};
mesh.subscribe(draw);
draw();

function draw() {
    const { peers, leaderStatus, myPeerId, connectionState, error } = mesh.getSnapshot();
    showState(find("state"), connectionState);
    say(find("error"), error);
    find("start").hidden = myPeerId !== null;
    find("status").hidden = myPeerId === null;
    show(find("my-peer-id"), myPeerId ?? "");
    show(find("is-leader"), text(leaderStatus.amILeader ? "yes" : "no"));
    show(find("leader-id"), leaderStatus.leaderId ?? text("none"));
    show(find("peer-count"), String(leaderStatus.peerCount));
    find("peers").hidden = peers.length === 0;
    // One's own row alone is nobody.
    find("nobody").hidden = peers.some(({ id }) => id !== myPeerId);
    keep(find("peers").tBodies[0], peers, ({ id }) => id, makeRow, (row, peer) => drawRow(row, peer, myPeerId));
}

function makeRow({ id }) {
    return make("tr", { title: id }, make("th", { scope: "row" }), make("td"), make("td", {}, make("span")));
}

function drawRow(row, { id, displayName, peerType, isConnected, isLeader }, myPeerId) {
    const isMine = id === myPeerId;
    row.className = isMine ? "mine" : "";
    const marks = [isLeader && text("leaderMark"), isMine && text("you")].filter(Boolean);
    show(row.cells[0], [displayName, ...marks].join(" "));
    show(row.cells[1], peerType === "controller" || peerType === "display" ? text(peerType) : peerType);
    const badge = row.querySelector("span");
    badge.className = `badge ${isConnected ? "green" : "gray"}`;
    show(badge, text(isConnected ? "status.connected" : "status.disconnected"));
}
