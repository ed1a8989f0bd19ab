// The mesh as a hook: const { peers, isLeader, startPeer, sendMessage } = useWebRTC(mesh);
import { useSyncExternalStore } from "react";

/** @param mesh what `createMesh()` of swift-webrtc.js gives: one for the whole page, made outside of components */
export function useWebRTC(mesh) {
    const state = useSyncExternalStore(mesh.subscribe, mesh.getSnapshot, mesh.getSnapshot);
    return { ...state, startPeer: mesh.startPeer, sendMessage: mesh.sendMessage };
}
