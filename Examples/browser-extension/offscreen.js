// Holds the session, which connects again by itself, and goes over HTTP meanwhile.

import { createSession } from "./webrtc-session.js";

let session = null;
let place = null;
let token = null;

chrome.runtime.onMessage.addListener((message, sender, reply) => {
    if (message.to !== "offscreen" || sender.id !== chrome.runtime.id) return false;
    token = message.token;
    if (message.url !== place) {
        session?.close();
        place = message.url;
        session = createSession({ url: `${place}/v1`, token: () => token });
    }
    session.request(message.action, message.members).then(
        (result) => reply({ result, state: session.state }),
        (error) => reply({ error: { code: error.code, message: error.message }, state: session.state }));
    return true;
});
