// The hook under Debian's React, drawn on the server's side: node_modules is where NODE_PATH says.
import assert from "node:assert/strict";
import { createRequire, register } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const find = (name) => {
    for (const place of [name, `/usr/share/nodejs/${name}`]) {
        try {
            return require.resolve(place);
        } catch {
            // perhaps in the next one
        }
    }
    return null;
};
const [react, dom] = [find("react"), find("react-dom/server")];

test("useWebRTC has what createMesh has", { skip: react ? false : "React is not installed (node-react)" }, async () => {
    register(`data:text/javascript,${encodeURIComponent(`
        export const resolve = (name, context, next) => next(name === "react" ? ${JSON.stringify(`file://${react}`)} : name, context);`)}`);
    const { useWebRTC } = await import("../../../Examples/react-hook/useWebRTC.js");
    const { createMesh } = await import("../../../Sources/Gateway/Pages/swift-webrtc.js");
    const mesh = createMesh({ EventSource: class { addEventListener() {} close() {} } });
    const { createElement } = require(react);
    let seen;
    const Peers = () => {
        seen = useWebRTC(mesh);
        return createElement("p", null, seen.connectionState);
    };
    if (dom) assert.equal(require(dom).renderToStaticMarkup(createElement(Peers)), "<p>disconnected</p>");
    else withDispatcher(require(react), mesh, Peers);
    for (const name of ["peers", "leaderStatus", "isConnected", "myPeerId", "isLeader", "connectionState", "error", "startPeer", "sendMessage"]) {
        assert.ok(name in seen, name);
    }
    mesh.close();
});

// Without react-dom: the hook is called as React calls it, with what it keeps for the purpose.
function withDispatcher(react, mesh, component) {
    const { ReactCurrentDispatcher } = react.__SECRET_INTERNALS_DO_NOT_USE_OR_YOU_WILL_BE_FIRED;
    ReactCurrentDispatcher.current = { useSyncExternalStore: (subscribe, snapshot) => { subscribe(() => {})(); return snapshot(); } };
    component();
    ReactCurrentDispatcher.current = null;
}
