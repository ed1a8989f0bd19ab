import { beginPage, find, keep, make, say, show, showState, takeToken } from "./page.js";
import { createMesh } from "./swift-webrtc.js";
import { text } from "./texts.js";

beginPage();
const MOST_LINES = 500;
const mesh = createMesh({ token: takeToken() });
find("start").onsubmit = async (event) => {
    event.preventDefault();
    await mesh.startPeer(find("peer-type").value, find("display-name").value.trim()).catch(() => {});
    find("message").focus();
};
find("write").onsubmit = async (event) => {
    event.preventDefault();
    const field = find("message");
    const words = field.value;
    const target = find("target").value || null;
    // Before an answer to it can be there.
    const line = add(target ? text("toWhom", nameOf(target)) : text("me"), words, true);
    field.value = "";
    field.focus();
    try {
        if (await mesh.sendMessage(target, words) === 0) line.append(" ", make("i", {}, text("nobodyThere")));
    } catch {
        // Why is in the line for errors, and the words are there to be sent again.
        line.remove();
        field.value ||= words;
    }
};
mesh.on("message", ({ from, text: words }) => add(nameOf(from), words, false));
mesh.subscribe(draw);
draw();

function nameOf(id) {
    return mesh.peers.find((peer) => peer.id === id)?.displayName ?? String(id ?? "?").slice(0, 8);
}

function add(name, words, isMine) {
    const log = find("messages");
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    const line = make("li", {}, make("b", {}, `${name}: `), words);
    log.append(line);
    while (log.children.length > MOST_LINES) log.firstElementChild.remove();
    find("silence").hidden = true;
    if (isAtEnd || isMine) log.scrollTop = log.scrollHeight;
    return line;
}

function draw() {
    const { peers, myPeerId, connectionState, error } = mesh.getSnapshot();
    const others = peers.filter(({ id, isConnected }) => id !== myPeerId && isConnected);
    showState(find("state"), connectionState);
    show(find("peers"), others.map(({ displayName }) => displayName).join(", ") || text("noPeers"));
    say(find("error"), error);
    find("start").hidden = myPeerId !== null;
    find("write").hidden = myPeerId === null;
    const targets = [{ id: "", displayName: text("everybody") }, ...others];
    keep(find("target"), targets, ({ id }) => id, ({ id }) => make("option", { value: id }), (option, { displayName }) => {
        show(option, displayName);
    });
}
