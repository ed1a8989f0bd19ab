// The worker has no WebRTC: a document that nobody sees holds the session, for as long as the browser keeps it. Where
// that document cannot be made, requests go over HTTP from here.

import { createSession } from "./webrtc-session.js";
import { serverURL, tokenOf } from "./settings.js";

let making = null;
let plain = null;

async function offscreen() {
    if (await chrome.offscreen.hasDocument()) return;
    making ??= chrome.offscreen.createDocument({
        url: "offscreen.html", reasons: ["WEB_RTC"], justification: "A data channel to the server.",
    }).finally(() => { making = null; });
    await making;
}

async function ask({ action, members }) {
    try {
        await offscreen();
    } catch {
        plain ??= createSession({ url: `${await serverURL()}/v1`, token: tokenOf, RTCPeerConnection: null });
        return { result: await plain.request(action, members), state: plain.state };
    }
    return chrome.runtime.sendMessage({ to: "offscreen", action, members, url: await serverURL(), token: await tokenOf() });
}

chrome.runtime.onMessage.addListener((message, sender, reply) => {
    if (message.to !== "background" || sender.id !== chrome.runtime.id) return false;
    ask(message).then(reply, (error) => reply({ error: { code: error.code ?? "error", message: error.message } }));
    return true;
});
