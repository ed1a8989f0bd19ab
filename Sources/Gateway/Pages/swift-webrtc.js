// What a page needs to talk to the server and through it to others. No build step: `import` it as it is.

export { HTTPError, PeerConnectionManager, createPeerConnection, iceServers, turnApi } from "./peer-connection.js";
export { createCalls } from "./calls.js";
export { readGroupKey } from "./group-key.js";
export { joinMesh } from "./mesh-peer.js";
export { createMesh } from "./mesh.js";
export { createRoom } from "./room.js";
export { createStreams, publishStream, watchStream } from "./streams.js";
export { createSession } from "./webrtc-session.js";
