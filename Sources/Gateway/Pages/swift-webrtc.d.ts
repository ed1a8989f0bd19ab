/** What a page needs to talk to the server, and through it to others. */

import type { TokenSource } from "./webrtc-session.js";

export { createSession } from "./webrtc-session.js";
export type { Session, SessionError, SessionOptions, SessionState, TokenSource } from "./webrtc-session.js";

/** Ends what it was returned for. */
export type Unsubscribe = () => void;

// MARK: Connections

/** An answer of the server's that is an error. */
export class HTTPError extends Error {
    constructor(status: number, body?: unknown, retryAfter?: number | null);
    readonly status: number;
    readonly code: string | null;
    /** In seconds; null where the server did not say. */
    readonly retryAfter: number | null;
}

export interface TURNCredentials {
    username: string;
    password: string;
    /** In seconds. */
    ttl: number;
    uris: string[];
}

export interface AccessOptions {
    token?: TokenSource;
    /** Gives another token when one is refused. */
    refreshToken?: () => Promise<string>;
    fetch?: typeof fetch;
}

export const turnApi: {
    /** Throws an `HTTPError`. A 401 has the token refreshed once. */
    getCredentials(options?: AccessOptions & { url?: string; signal?: AbortSignal }): Promise<TURNCredentials>;
};

/** What an `RTCPeerConnection` takes. */
export function iceServers(credentials: TURNCredentials | null): RTCIceServer[];

export interface ConnectionOptions {
    onTrack?: (event: RTCTrackEvent) => void;
    onDataChannel?: (channel: RTCDataChannel) => void;
    onIceConnectionStateChange?: (state: RTCIceConnectionState) => void;
    onConnectionStateChange?: (state: RTCPeerConnectionState) => void;
    /** What went wrong, and was gone on from. */
    onProblem?: (error: Error) => void;
    rtcConfiguration?: RTCConfiguration;
    RTCPeerConnection?: typeof RTCPeerConnection;
    /** How long an interrupted connection may come back by itself before ICE is restarted, in ms; 3,000 unless given. */
    restartAfter?: number;
    /** How long it may take after that before the connection is over, in ms; 20,000 unless given. */
    lostAfter?: number;
}

/** A peer connection with perfect negotiation (W3C WebRTC §10.7). */
export class PeerConnectionManager {
    constructor(options: ConnectionOptions & {
        isPolite: boolean;
        out: {
            description(description: RTCSessionDescription): void;
            candidate(candidate: RTCIceCandidate): void;
        };
    });
    /** Null before `initialize`. */
    readonly connection: RTCPeerConnection | null;
    readonly isPolite: boolean;
    readonly isClosed: boolean;
    initialize(iceServers?: RTCIceServer[]): RTCPeerConnection;
    /** Sends the stream's tracks. Returns the new senders. */
    addLocalStream(stream: MediaStream): RTCRtpSender[];
    handleRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>;
    handleIceCandidate(candidate: RTCIceCandidateInit | null): Promise<void>;
    restartIce(): void;
    /** Says again what the other end may not have heard. */
    repeat(): void;
    /** Resolves when all is taken that came before. */
    settled(): Promise<void>;
    getStats(selector?: MediaStreamTrack | null): Promise<RTCStatsReport>;
    on(name: "end", listener: () => void): Unsubscribe;
    on(name: "problem", listener: (error: Error) => void): Unsubscribe;
    close(): void;
}

/** A message of the call dialect. */
export interface CallMessage {
    type: string;
    recipientId: string;
    callId: string;
    sdp?: string;
    candidate?: RTCIceCandidateInit;
    negotiation?: Record<string, string>;
}

export interface PeerConnectionOptions extends ConnectionOptions, AccessOptions {
    isPolite: boolean;
    signaling: { send(message: CallMessage): void };
    callId: string;
    remoteUserId: string;
    /** Where no credentials are to be fetched. */
    iceServers?: RTCIceServer[];
    turnUrl?: string;
}

/** A connection to a user in a call, initialized with the server's TURN servers. */
export function createPeerConnection(options: PeerConnectionOptions): Promise<PeerConnectionManager>;

/** What makes a WebSocket; that of the page unless given. */
export interface SocketOptions {
    url?: string;
    /** The waits before attempts, in ms. */
    backoff?: { first?: number; longest?: number };
    WebSocket?: typeof WebSocket;
}

// MARK: Mesh

export interface MeshPeer {
    readonly id: string;
    readonly peerType: "controller" | "display";
    readonly displayName: string;
    readonly isConnected: boolean;
    readonly isLeader: boolean;
}

export interface LeaderStatus {
    readonly leaderId: string | null;
    readonly amILeader: boolean;
    /** This node included. */
    readonly peerCount: number;
}

export interface MeshMessage {
    readonly from: string;
    readonly text: string;
}

export interface MeshSnapshot {
    /** This node included. */
    readonly peers: readonly MeshPeer[];
    readonly leaderStatus: LeaderStatus;
    readonly isConnected: boolean;
    readonly myPeerId: string | null;
    readonly isLeader: boolean;
    readonly connectionState: "disconnected" | "discovering" | "connected" | "error";
    readonly error: string | null;
    /** The newest 500, oldest first. */
    readonly messages: readonly MeshMessage[];
}

export interface Mesh extends MeshSnapshot {
    getSnapshot(): MeshSnapshot;
    subscribe(listener: (snapshot: MeshSnapshot) => void): Unsubscribe;
    on(name: "message", listener: (message: MeshMessage) => void): Unsubscribe;
    startPeer(peerType: "controller" | "display", displayName: string): Promise<string>;
    /** To all where `targetPeerId` is null. What is no string is sent as JSON. Resolves to how many nodes it was handed to. */
    sendMessage(targetPeerId: string | null, message: unknown): Promise<number>;
    close(): void;
}

export function createMesh(options?: AccessOptions & {
    url?: string;
    EventSource?: typeof EventSource;
    backoff?: { first?: number; longest?: number };
}): Mesh;

// MARK: Groups

/** A description or another message of the mesh dialect. */
export interface MeshDialectMessage {
    type: string;
    from_peer_id?: string;
    to_peer_id?: string;
    sdp?: string;
    proof?: string;
    number?: number;
    [member: string]: unknown;
}

/** Proves the descriptions of links that a page makes, and looks at those that it gets. */
export interface LinkProofs {
    seal(message: MeshDialectMessage): Promise<MeshDialectMessage>;
    accepts(message: MeshDialectMessage): Promise<boolean>;
}

/** The key of a mesh group; Docs/Mesh-Security.md. */
export interface GroupKey {
    /** As twelve words; secret. */
    words(): Promise<string>;
    /** As the text of a QR code; secret. */
    text(): Promise<string>;
    /** What the group's announcements carry. */
    advertisement(): Promise<string>;
    /** The challenge before a `register` with this id, on a socket that is open and on which nothing has been said. */
    enter(socket: WebSocket, options: { peerId: string; serverId?: string | null }): Promise<void>;
    links(peerId: string): LinkProofs;
}

export interface MeshPeerSnapshot {
    /** The others that are registered; connected by a data channel of the page's own. */
    readonly peers: readonly MeshPeer[];
    readonly isRegistered: boolean;
    /** The newest 500, oldest first. */
    readonly messages: readonly (MeshMessage & { readonly isDirect: boolean })[];
    readonly error: string | null;
}

/** A page as a member of a mesh. */
export interface MeshPeerConnection extends MeshPeerSnapshot {
    readonly id: string;
    getSnapshot(): MeshPeerSnapshot;
    subscribe(listener: (snapshot: MeshPeerSnapshot) => void): Unsubscribe;
    on(name: "message", listener: (message: MeshMessage & { readonly isDirect: boolean }) => void): Unsubscribe;
    /** A description that was not believed. */
    on(name: "refused", listener: (refusal: { from: string; reason: string }) => void): Unsubscribe;
    /** To all where `to` is null. How many nodes it was handed to. */
    send(text: string, to?: string | null): number;
    close(): void;
}

/** Joins a mesh at the server of its leader; with a key, of a group. */
export function joinMesh(options: {
    url: string;
    key?: GroupKey | null;
    serverId?: string | null;
    peerId?: string;
    peerType?: "controller" | "display";
    displayName?: string;
    configuration?: RTCConfiguration;
    WebSocket?: typeof WebSocket;
}): Promise<MeshPeerConnection>;

/** Reads twelve words, the text of a QR code, or an address with such a text behind its `#`. */
export function readGroupKey(text: string): Promise<GroupKey>;

// MARK: Rooms

export interface RoomPeer {
    readonly id: string;
    readonly state: "available" | "calling" | "connected";
    /** Only while connected. */
    readonly stream: MediaStream | null;
}

export interface RoomSnapshot {
    readonly connectionState: "connecting" | "connected" | "error" | "disconnected";
    readonly error: string | null;
    readonly peers: readonly RoomPeer[];
}

export interface Room extends RoomSnapshot {
    readonly id: string;
    readonly room: string;
    getSnapshot(): RoomSnapshot;
    subscribe(listener: (snapshot: RoomSnapshot) => void): Unsubscribe;
    on(name: "ended", listener: (id: string, reason: "hung-up-there" | "left" | "unanswered") => void): Unsubscribe;
    on(name: "problem", listener: (error: Error, id: string | null) => void): Unsubscribe;
    on(name: "channel", listener: (channel: RTCDataChannel, id: string) => void): Unsubscribe;
    call(id: string): void;
    hangUp(id: string): void;
    connection(id: string): RTCPeerConnection | null;
    leave(): void;
}

export function createRoom(options?: SocketOptions & {
    /** `default` unless given. */
    room?: string;
    id?: string;
    localStream?: MediaStream | null;
    token?: TokenSource;
    iceServers?: RTCIceServer[];
    rtcConfiguration?: RTCConfiguration;
    RTCPeerConnection?: typeof RTCPeerConnection;
    /** In ms; 30,000 unless given. */
    callTime?: number;
    /** In ms; 5,000 unless given. */
    awayTime?: number;
}): Room;

// MARK: Calls

export type CallEnd = "rejected" | "busy" | "missed" | "hung-up" | "answered-elsewhere" | "offline" | "glare" | "refused";

export interface Call {
    readonly id: string;
    readonly user: string;
    readonly isOutgoing: boolean;
    readonly isPolite: boolean;
    readonly state: "calling" | "ringing" | "accepted" | "ended";
    readonly reason: CallEnd | null;
    /** The call that stands where this one has ended as `glare`. */
    readonly successor: Call | null;
    readonly localStream: MediaStream | null;
    readonly remoteStream: MediaStream | null;
    readonly mediaState: RTCPeerConnectionState;
    /** Null until the connection is made. */
    readonly manager: PeerConnectionManager | null;
    accept(options?: { stream?: MediaStream | null }): void;
    reject(reason?: "busy" | null): void;
    hangUp(): void;
    restartIce(): void;
}

export interface CallsSnapshot {
    readonly connectionState: "connecting" | "connected" | "error" | "disconnected";
    readonly error: string | null;
    readonly userId: string | null;
    readonly calls: readonly Call[];
}

export interface Calls extends CallsSnapshot {
    getSnapshot(): CallsSnapshot;
    subscribe(listener: (snapshot: CallsSnapshot) => void): Unsubscribe;
    on(name: "incoming" | "ended", listener: (call: Call) => void): Unsubscribe;
    on(name: "message", listener: (message: { type: string; senderId: string; [member: string]: unknown }) => void): Unsubscribe;
    on(name: "problem", listener: (error: Error & { code?: string }, call: Call | null) => void): Unsubscribe;
    call(user: string, options?: { stream?: MediaStream | null }): Call;
    /** False without a connection to the server. */
    send(type: "message" | "typing" | "read", recipientId: string, members?: Record<string, unknown>): boolean;
    refreshToken(): Promise<string>;
    close(): void;
}

export function createCalls(options: SocketOptions & AccessOptions & {
    token: TokenSource;
    /** In ms; 30,000 unless given. */
    ringingTime?: number;
    /** 32 unless given. */
    incomingLimit?: number;
    isBusy?: (user: string) => boolean;
    iceServers?: RTCIceServer[];
    turnUrl?: string;
    rtcConfiguration?: RTCConfiguration;
    RTCPeerConnection?: typeof RTCPeerConnection;
}): Calls;

// MARK: Streams

/** A stream as the server lists it. */
export interface StreamInfo {
    readonly streamer_id: string;
    readonly status: "starting" | "live" | "failed" | "stopped";
    readonly reason?: string;
    readonly moonlight_connected: boolean;
    readonly connected_peers: number;
    readonly width: number | null;
    readonly height: number | null;
    readonly fps: number | null;
    readonly recording: boolean;
    /** Whether nothing comes any more. */
    readonly is_over: boolean;
    readonly kinds: readonly ("audio" | "video")[];
}

export interface StreamsSnapshot {
    readonly streams: readonly StreamInfo[];
    readonly connectionState: "connecting" | "connected" | "error";
    readonly error: string | null;
}

/** What a streamer is to show. */
export interface StreamerSettings {
    source: string | { type: string; name?: string; loop?: boolean; sdp?: string };
    width?: number;
    height?: number;
    fps?: number;
    bitrate?: number;
    codec?: "vp8" | "vp9" | "h264" | "h265" | "av1";
}

export interface Streams extends StreamsSnapshot {
    getSnapshot(): StreamsSnapshot;
    subscribe(listener: (snapshot: StreamsSnapshot) => void): Unsubscribe;
    /** Resolves when the first packet of the source is there. */
    create(name: string, settings: StreamerSettings, members?: Record<string, unknown>): Promise<StreamInfo>;
    stop(name: string): Promise<void>;
    get(name: string): Promise<StreamInfo & { peers: readonly Record<string, unknown>[] }>;
    kick(name: string, peerId: string): Promise<void>;
    record(name: string, isOn?: boolean): Promise<{ name: string; status: "recording" | "ended"; frames: number }>;
    close(): void;
}

export function createStreams(options?: AccessOptions & { url?: string; EventSource?: typeof EventSource }): Streams;

export interface WatchedStreamSnapshot {
    readonly state: "connecting" | "waiting" | "connected" | "ended" | "closed";
    readonly status: StreamInfo["status"] | null;
    readonly reason: string | null;
    readonly stream: MediaStream | null;
    readonly peerId: string | null;
    readonly hasInput: boolean;
    readonly error: string | null;
}

export interface WatchedStream extends WatchedStreamSnapshot {
    getSnapshot(): WatchedStreamSnapshot;
    subscribe(listener: (snapshot: WatchedStreamSnapshot) => void): Unsubscribe;
    select(wishes: { width?: number; height?: number; paused?: boolean }): void;
    /** False where it does not reach the source; so are the others. */
    key(code: string, down: boolean): boolean;
    mouse(event: { x: number; y: number; buttons?: number; wheel?: number }): boolean;
    gamepad(pad: { index: number; axes: readonly number[]; buttons: readonly (number | { readonly value: number })[] }): boolean;
    getStats(): Promise<RTCStatsReport | null>;
    close(): void;
}

export function watchStream(name: string, options?: {
    /** Where sockets of streamers begin, `wss://host/api/streamers`; of the page's server unless given. */
    url?: string;
    token?: TokenSource;
    WebSocket?: typeof WebSocket;
    RTCPeerConnection?: typeof RTCPeerConnection;
    rtcConfiguration?: RTCConfiguration;
}): WatchedStream;

/** Publishes by WHIP. Throws an `HTTPError` where the server does not take it. */
export function publishStream(name: string, stream: MediaStream, options?: AccessOptions & {
    url?: string;
    RTCPeerConnection?: typeof RTCPeerConnection;
    rtcConfiguration?: RTCConfiguration;
    onConnectionStateChange?: (state: RTCPeerConnectionState) => void;
}): Promise<{ connection: RTCPeerConnection; close(): Promise<void> }>;
