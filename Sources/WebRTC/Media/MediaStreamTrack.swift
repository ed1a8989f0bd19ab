internal import AsyncQueues
public import JSEP
public import RTP
internal import Synchronization

/// What is sent or received by a transceiver: sound or pictures from one source. W3C
/// `MediaStreamTrack`.
///
/// A track that the application makes is fed with encoded frames by ``send(_:)``, or with RTP
/// packets; it goes to all senders that have it. A received one gives ``frames`` or
/// ``packets``. Usable from any thread.
public final class MediaStreamTrack: Sendable {
    /// W3C `MediaStreamTrackState`.
    public enum State: String, Sendable, Hashable, Codable {
        /// There may be media.
        case live
        /// There will be no more, ever.
        case ended
    }

    /// Sound or pictures.
    public let kind: MediaKind
    /// Names the track; unique unless the application chose otherwise.
    public let id: String
    package let isLocal: Bool
    /// Whether it sends on what others send, and is told of each peer that begins to get it by a
    /// wish for a key frame.
    let isForwarding: Bool
    private let values: Mutex<(isMuted: Bool, state: State, muting: TrackMuting)>
    /// The senders of a local track.
    private let outboxes: Mutex<Outboxes>
    /// What a received track has got.
    let inbox = TrackInbox()
    /// What a local track is fed with, for who sends it on.
    private let feeds = TrackFeedSource()
    private let keyFrameSource = EventSource<KeyFrameRequest>(.live, .requests)
    /// Whether the peer sends nothing.
    private let muteSource: EventSource<Bool>

    /// What it takes at most, in bit/s; nil if that is not known.
    private let wanted = Mutex<Int?>(nil)

    private struct Outboxes {
        var list: [TrackOutbox] = []
        /// What was sent since the last key frame, if the track keeps it.
        var group: GroupOfPictures?
    }

    /// Makes a track to be sent.
    ///
    /// - Parameters:
    ///   - kind: sound or pictures.
    ///   - id: its name, 1 to 64 letters, digits and other characters of a token (RFC 8830 §2);
    ///     random if there is none, or if it cannot be written in a description.
    ///   - keepsGroupOfPictures: whether a sender that becomes active, or is asked for a key frame
    ///     (RFC 4585 §6.3.1, RFC 5104 §4.3.1), first sends once more what was sent since the last
    ///     key frame. For pictures of a source that cannot make a key frame when it is asked, such
    ///     as a file: whoever comes in the middle sees something at once. Kept are up to 4096
    ///     frames or packets, and 4 MiB.
    public init(_ kind: MediaKind, id: String? = nil, keepsGroupOfPictures: Bool = false) {
        self.kind = kind
        self.id = id.flatMap { MediaStream.isToken($0) ? $0 : nil } ?? RandomID.make()
        isLocal = true
        isForwarding = false
        outboxes = Mutex(Outboxes(group: keepsGroupOfPictures && kind == .video ? GroupOfPictures() : nil))
        values = Mutex((false, .live, TrackMuting()))
        muteSource = EventSource(.state, .latest, initial: false)
    }

    /// A track for one peer that is fed with ``ForwardedPacket``s.
    package init(forwarding kind: MediaKind) {
        self.kind = kind
        id = RandomID.make()
        (isLocal, isForwarding) = (true, true)
        outboxes = Mutex(Outboxes())
        values = Mutex((false, .live, TrackMuting()))
        muteSource = EventSource(.state, .latest, initial: false)
    }

    /// The track of a receiver, which is muted until media comes.
    init(received kind: MediaKind) {
        self.kind = kind
        id = RandomID.make()
        (isLocal, isForwarding) = (false, false)
        outboxes = Mutex(Outboxes())
        values = Mutex((true, .live, TrackMuting()))
        muteSource = EventSource(.state, .latest, initial: true)
    }

    /// Whether the peer sends nothing, by the descriptions or by what it has said last (BYE). A
    /// pause alone does not mute. W3C `muted`.
    public var isMuted: Bool { values.withLock { $0.isMuted } }
    /// ``isMuted`` now, and each change of it, until the track has ended. W3C `mute`, `unmute` and
    /// `ended`.
    public var muteChanges: EventSequence<Bool> { muteSource.events() }
    /// Whether media may ever come again.
    public var readyState: State { values.withLock { $0.state } }

    /// Whether what is sent is sent as it is. While it is not, sound is silent and the picture
    /// black, and both go on: the peer sees a stream, and not that it has ended. Of a track that is
    /// fed with packets nothing is sent meanwhile. Of a received track it changes nothing. W3C
    /// `enabled`.
    public var isEnabled: Bool {
        get { values.withLock { $0.muting.isEnabled } }
        set {
            let (outcomes, isBack) = values.withLock { values in
                let (blacks, isBack) = values.muting.set(newValue, kind)
                if isBack, hasGroup {
                    values.muting.skipKeyFrames()
                    // Who sends it on has seen black pictures: what follows needs these.
                    for item in outboxes.withLock({ $0.group?.itemsAgain ?? [] }) { feeds.note(item) }
                }
                for black in blacks { feeds.note(.frame(black)) }
                return (blacks.map { enqueue(.frame($0), isNoted: false) }, isBack)
            }
            for outcome in outcomes { outcome.wake() }
            feeds.handOut()
            if isBack { replayToAll() }
            // What follows needs what was not sent.
            if isBack { requestFromEncoder() }
        }
    }

    /// On the connection's loop.
    func setMuted(_ isMuted: Bool) {
        let isChange = values.withLock { values in
            defer { values.isMuted = isMuted }
            return values.isMuted != isMuted
        }
        if isChange { muteSource.send(isMuted) }
    }

    func end() {
        values.withLock { $0.state = .ended }
        inbox.finish()
        feeds.finish()
        keyFrameSource.finish()
        muteSource.finish()
    }

    /// Ends a track that the application made: nothing more is sent of it. W3C `stop`.
    public func stop() { end() }

    // MARK: Sending

    /// The peer, or one of the peers, needs a picture that needs no other: an encoder is to make
    /// one. So it is when the track takes another's place, or goes on after a pause. Requests that
    /// nobody has read yet and a later one are one, where they are for the same size.
    public var keyFrameRequests: EventSequence<KeyFrameRequest> { keyFrameSource.events() }

    /// Sends a frame to all that the track is sent to; with nobody there, or before they are
    /// connected, it goes nowhere.
    ///
    /// A codec that a peer does not have goes nowhere there; the connection's `diagnosis` says so.
    ///
    /// - Returns: false if a sender had no room for it (256 frames or 8 MiB wait for the loop): it
    ///   was dropped there, and of video all that follow until the next key frame. The same after
    ///   ``RTPSender/replaceTrack(_:)``, or when an encoding goes on, until the first key frame.
    /// - Throws: `TypeError` for a codec of another kind than the track's, `InvalidStateError` if
    ///   the track has ended or is a received one.
    @discardableResult
    public func send(_ frame: MediaFrame) throws(WebRTCError) -> Bool {
        try check(frame.codec)
        return try put(.frame(frame))
    }

    /// Sends a packet to all that the track is sent to, such as one that was received elsewhere.
    /// Its payload type and source are replaced by those that were agreed on with each peer;
    /// sequence numbers and timestamps keep their distances. Header extensions are left out: send
    /// frames where the orientation of pictures matters.
    ///
    /// - Parameters:
    ///   - packet: up to 1,120 bytes of payload reach everybody.
    ///   - codec: what its payload is, such as `video/VP8`.
    /// - Returns: false if a sender had no room for it: it was dropped there.
    /// - Throws: `TypeError` for a codec of another kind than the track's, `InvalidStateError` if
    ///   the track has ended or is a received one.
    @discardableResult
    public func send(_ packet: RTPPacket, codec: String) throws(WebRTCError) -> Bool {
        try check(codec)
        // They stay here: each peer has its own.
        var packet = packet
        (packet.extensions, packet.csrcs) = ([], [])
        return try put(.packet(packet, codec: codec))
    }

    /// How much who feeds it could send at most, in bit/s, such as the largest of several sizes;
    /// nil if that is not known. No more than that is looked for on the way to the peer.
    package var wantedBitrate: Int? {
        get { wanted.withLock { $0 } }
        set { wanted.withLock { $0 = newValue } }
    }

    /// Whether what was sent since the last key frame is kept, as of a source that cannot make one.
    package var keepsGroupOfPictures: Bool { outboxes.withLock { $0.group != nil } }

    /// Sends a packet that was made for the one peer that the track goes to.
    ///
    /// - Returns: false if it found no room.
    @discardableResult
    package func send(_ packet: ForwardedPacket) -> Bool {
        let outcome = values.withLock { values -> Outcome? in
            guard isForwarding, values.state == .live else { return nil }
            guard values.muting.isEnabled else {
                outboxes.withLock { outboxes in for outbox in outboxes.list { outbox.skip() } }
                return nil
            }
            return enqueue(.forwarded(packet), isNoted: false)
        }
        outcome?.wake()
        return outcome?.isAdmitted ?? true
    }

    private func check(_ codec: String) throws(WebRTCError) {
        guard codec.lowercased().hasPrefix(kind == .audio ? "audio/" : "video/") else {
            throw WebRTCError(
                .type,
                "send: the track is for \(kind.rawValue), the codec is '\(codec)'; name it with its kind, such as "
                    + "'\(kind == .audio ? "audio/opus" : "video/VP8")'")
        }
    }

    private func put(_ item: TrackOutbox.Item) throws(WebRTCError) -> Bool {
        guard isLocal else {
            throw WebRTCError(.invalidState, "send: this track is received; make one with MediaStreamTrack(_:id:)")
        }
        // Black pictures and what they stand for go in the order in which that was decided.
        let (state, outcome) = values.withLock { values in
            guard values.state == .live else { return (values.state, Outcome?.none) }
            let isNoted = values.muting.isEnabled
            // What is kept to be sent once more is the picture, and not the black one.
            if !isNoted { outboxes.withLock { _ = $0.group?.note(item) } }
            let passed = values.muting.pass(item, kind)
            if let passed { feeds.note(passed) }
            return (values.state, passed.map { enqueue($0, isNoted: isNoted) })
        }
        guard state == .live else { throw WebRTCError(.invalidState, "send: the track has ended") }
        outcome?.wake()
        feeds.handOut()
        return outcome?.isAdmitted ?? true
    }

    /// What became of an item, and whose loops are to be woken, once no lock is held.
    private struct Outcome {
        var isAdmitted = true
        var sleeping: [TrackOutbox] = []

        func wake() {
            for outbox in sleeping { outbox.wakeLoop() }
        }
    }

    private var hasGroup: Bool { outboxes.withLock { $0.group?.isEmpty == false } }

    /// All see what is kept.
    private func replayToAll() {
        let list = outboxes.withLock { $0.group?.isEmpty == false ? $0.list : [] }
        for outbox in list { outbox.wantReplay() }
    }

    /// - Parameter isNoted: whether it is kept to be sent once more, where the track does that.
    private func enqueue(_ item: TrackOutbox.Item, isNoted: Bool) -> Outcome {
        // All of them get it at one moment, so that none is in a group and behind it.
        outboxes.withLock { outboxes in
            let begins = isNoted ? outboxes.group?.note(item) ?? false : false
            var outcome = Outcome()
            for outbox in outboxes.list {
                let (isAdmitted, isFirst) = outbox.enqueue(item, beginsGroup: begins)
                if !isAdmitted { outcome.isAdmitted = false }
                if isFirst { outcome.sleeping.append(outbox) }
            }
            return outcome
        }
    }

    /// Sends once more what a sender's peer needs to see something, if the track keeps it.
    ///
    /// - Parameter now: on the loop's clock.
    func replay(to outbox: TrackOutbox, now: Duration) {
        // While it is not enabled nobody sees what is kept; the next black picture is not far.
        guard isEnabled else { return }
        let hasMore = outboxes.withLock { outboxes in
            guard let group = outboxes.group, !group.isEmpty else { return false }
            return outbox.enqueue(replay: group, now: now)
        }
        if hasMore { outbox.wakeLoop() }
    }

    /// Gives what is sent to an outbox from now on.
    ///
    /// - Returns: whether there is something that is to be sent to it once more.
    func attach(_ outbox: TrackOutbox) -> Bool {
        outboxes.withLock { outboxes in
            if !outboxes.list.contains(where: { $0 === outbox }) { outboxes.list.append(outbox) }
            return outboxes.group?.isEmpty == false
        }
    }

    func detach(_ outbox: TrackOutbox) { outboxes.withLock { $0.list.removeAll { $0 === outbox } } }

    /// Tells the application that somebody needs a picture that needs no other.
    ///
    /// - Parameter streamID: of which size; nil for all.
    func requestFromEncoder(_ streamID: String? = nil) {
        if kind == .video { keyFrameSource.send(KeyFrameRequest(streamID: streamID)) }
    }

    // MARK: Receiving

    /// The frames that come from here on, whole and in order: pictures from the first that needs no
    /// other, sound with marks where some was lost; they end with the track. A reader that does not
    /// keep up loses the oldest (512 frames or 16 MiB wait; ``EventSequence/lost``), and what needs
    /// them, up to a picture that needs no other, which the peer is asked for.
    public var frames: EventSequence<MediaFrame> {
        let events = inbox.frames.events()
        inbox.want { wishes in
            wishes.frames = true
            wishes.keyFrames += 1
        }
        return events
    }

    /// The packets that come from here on, as they come: those that were sent again among them, in
    /// the order of their arrival. A reader that does not keep up loses the oldest (4096 packets or
    /// 8 MiB wait; ``EventSequence/lost``).
    public var packets: EventSequence<RTPPacket> {
        let events = inbox.packets.events()
        inbox.want { $0.packets = true }
        return events
    }

    /// The packets that come from here on, as they come, for who sends them on. As ``packets``.
    package var forwardedPackets: EventSequence<ReceivedPacket> {
        let events = inbox.forwarding.events()
        inbox.want { $0.forwarding = true }
        return events
    }

    /// What a track of the application's is fed with from here on, for who sends it on: black
    /// pictures and silence while it is not enabled.
    package var fedItems: EventSequence<FedItem> { feeds.events() }

    /// What a track that keeps its group of pictures was fed with since the last key frame.
    package var keptItems: [FedItem] { outboxes.withLock { $0.group?.fedItems ?? [] } }

    /// Asks the peer for a picture that needs no other; several wishes at once are one.
    public func requestKeyFrame() { inbox.want { $0.keyFrames += 1 } }

    /// Asks who makes the pictures of the track for one that needs no other: the peer, or the
    /// application.
    package func requestKeyFrameOfSource() {
        if isLocal { requestFromEncoder() } else { requestKeyFrame() }
    }
}
