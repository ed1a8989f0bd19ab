internal import CSRTP
package import TransportTypes

/// Protects the packets that one end sends, or proves those that it gets: one direction of SRTP and
/// SRTCP, for all sources that share its key (RFC 3711, RFC 7714).
///
/// Not Sendable, and used by one thread at a time. Packets are up to ``maximumPacket`` bytes.
@safe package final class SRTPContext {
    /// Which of the two it does.
    package enum Direction: Sendable, Hashable {
        /// Protects.
        case sending
        /// Proves and decrypts.
        case receiving
    }

    /// What is counted of packets that were not passed on.
    package struct Counters: Sendable, Hashable {
        /// That nobody with the key has made.
        package var notAuthentic: UInt64 = 0
        /// That had come before, or were too old to tell.
        package var replayed: UInt64 = 0
        /// Others.
        package var refused: UInt64 = 0

        package init() {}
    }

    /// The most that a packet has, unprotected.
    package static let maximumPacket = 65_000
    /// The most that protection adds: tag, index and flag.
    package static let maximumOverhead = 24
    /// How far back a packet of RTP may come and still be told from a repetition.
    package static let replayWindow = 1024
    /// Sources of a session at once; see ``SourceTable``.
    package static let maximumSources = 512

    /// What protection adds to a packet of RTP, in bytes.
    package var packetOverhead: Int { profile == .aes128CMSHA1With80BitTag ? 10 : 16 }
    /// What it adds to a compound of RTCP: the tag, and the index with its flag.
    package var controlOverhead: Int { packetOverhead + 4 }

    /// What has not been passed on.
    package private(set) var counters = Counters()
    private let direction: Direction
    private let profile: SRTPProfile
    private let session: srtp_t
    private var sources: SourceTable
    /// Where packets are worked on, for the library wants them at whole words; as large as any was.
    private var scratch: UnsafeMutableRawBufferPointer

    /// - Parameters:
    ///   - key: the master key, as long as the profile wants.
    ///   - salt: the master salt, likewise.
    package init(
        _ direction: Direction, profile: SRTPProfile, key: [UInt8], salt: [UInt8],
        maximumSources: Int = SRTPContext.maximumSources
    ) throws(SRTPError) {
        guard key.count == profile.keyLength, salt.count == profile.saltLength else {
            throw .keys(
                "\(profile.name) has a key of \(profile.keyLength) bytes and a salt of \(profile.saltLength), "
                    + "and not of \(key.count) and \(salt.count)")
        }
        guard Self.isReady else { throw .keys("libsrtp2 did not start") }
        _ = Self.isByOpenSSL
        var keys = key + salt
        // SAFETY: the library copies the bytes during the call; they are wiped before anything else
        // can see them.
        let session = unsafe keys.withUnsafeMutableBufferPointer { keys in
            defer { unsafe rtc_srtp_wipe(keys.baseAddress, keys.count) }
            return unsafe rtc_srtp_create(
                profile.rawValue, direction == .sending ? 1 : 0, keys.baseAddress, UInt(Self.replayWindow))
        }
        guard let session = unsafe session else { throw .keys("libsrtp2 has no \(profile.name)") }
        self.direction = direction
        self.profile = profile
        unsafe self.session = session
        sources = SourceTable(limit: maximumSources)
        unsafe scratch = .allocate(byteCount: 2048, alignment: 16)
    }

    // SAFETY: both are ours, and freed once; the library wipes its keys.
    deinit {
        unsafe srtp_dealloc(session)
        unsafe rtc_srtp_wipe(scratch.baseAddress, scratch.count)
        unsafe scratch.deallocate()
    }

    private static let isReady = srtp_init() == srtp_err_status_ok
    /// Whether AES-GCM is OpenSSL's; otherwise it is what the library was built with, and slower.
    package static let isByOpenSSL = isReady && rtc_srtp_use_openssl() != 0

    // MARK: Sending

    /// Appends a packet of RTP, protected, to datagrams that are to be sent.
    ///
    /// - Throws: ``SRTPError``; nothing is appended then. A source is never forgotten here, for
    ///   with its counters begun anew the same key stream would protect two packets.
    package func protect(rtp packet: Span<UInt8>, appendingTo datagrams: inout [UInt8]) throws(SRTPError) {
        try unsafe protect(packet, minimum: 12, sourceAt: 8, appendingTo: &datagrams) { session, bytes, count in
            unsafe srtp_protect(session, bytes, count)
        }
    }

    /// Appends a compound of RTCP, protected.
    ///
    /// - Throws: as ``protect(rtp:appendingTo:)``.
    package func protect(rtcp compound: Span<UInt8>, appendingTo datagrams: inout [UInt8]) throws(SRTPError) {
        try unsafe protect(compound, minimum: 8, sourceAt: 4, appendingTo: &datagrams) { session, bytes, count in
            unsafe srtp_protect_rtcp(session, bytes, count)
        }
    }

    // SAFETY: in both the library is given our own buffer, at a whole word, and how much of it is
    // the packet; it has room for what the library adds.
    private func protect(
        _ packet: Span<UInt8>, minimum: Int, sourceAt place: Int, appendingTo datagrams: inout [UInt8],
        _ call: (srtp_t, UnsafeMutableRawPointer, UnsafeMutablePointer<Int32>) -> srtp_err_status_t
    ) throws(SRTPError) {
        precondition(direction == .sending, "this context proves what was received")
        guard (minimum...Self.maximumPacket).contains(packet.count) else { throw .malformed(bytes: packet.count) }
        let source = Self.source(packet, at: place)
        guard sources.admits(source, now: .zero) else { throw .tooManySources(sources.limit) }
        let base = unsafe load(packet, adding: Self.maximumOverhead + 120)
        var count = Int32(truncatingIfNeeded: packet.count)
        let status = unsafe call(session, base, &count)
        guard status == srtp_err_status_ok else { throw error(status, packet.count) }
        // With a clock that stands still nobody is ever silent.
        _ = sources.note(source, now: .zero)
        unsafe datagrams.append(contentsOf: UnsafeRawBufferPointer(start: base, count: Int(count)))
    }

    // MARK: Receiving

    /// Proves and decrypts a packet of RTP, and calls `body` with it.
    ///
    /// - Parameter now: for how long a source has been silent; any clock that does not go back.
    /// - Throws: ``SRTPError``, counted in ``counters``.
    package func unprotect(
        rtp packet: Span<UInt8>, now: Duration, _ body: (Span<UInt8>) -> Void
    ) throws(SRTPError) {
        try unsafe unprotect(packet, minimum: 12, sourceAt: 8, now: now, body) { session, bytes, count in
            unsafe srtp_unprotect(session, bytes, count)
        }
    }

    /// Proves and decrypts a compound of RTCP, and calls `body` with it.
    ///
    /// - Throws: as ``unprotect(rtp:now:_:)``.
    package func unprotect(
        rtcp compound: Span<UInt8>, now: Duration, _ body: (Span<UInt8>) -> Void
    ) throws(SRTPError) {
        try unsafe unprotect(compound, minimum: 8, sourceAt: 4, now: now, body) { session, bytes, count in
            unsafe srtp_unprotect_rtcp(session, bytes, count)
        }
    }

    private func unprotect(
        _ packet: Span<UInt8>, minimum: Int, sourceAt place: Int, now: Duration, _ body: (Span<UInt8>) -> Void,
        _ call: (srtp_t, UnsafeMutableRawPointer, UnsafeMutablePointer<Int32>) -> srtp_err_status_t
    ) throws(SRTPError) {
        precondition(direction == .receiving, "this context protects what is sent")
        guard (minimum...Self.maximumPacket + Self.maximumOverhead).contains(packet.count) else {
            counters.refused &+= 1
            throw .malformed(bytes: packet.count)
        }
        let source = Self.source(packet, at: place)
        guard sources.admits(source, now: now) else {
            counters.refused &+= 1
            throw .tooManySources(sources.limit)
        }
        let base = unsafe load(packet, adding: 0)
        var count = Int32(truncatingIfNeeded: packet.count)
        let status = unsafe call(session, base, &count)
        guard status == srtp_err_status_ok else { throw error(status, packet.count) }
        if let former = sources.note(source, now: now) { forget(former) }
        let plain = unsafe UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: Int(count))
        unsafe body(plain.span)
    }

    // MARK: Both

    private static func source(_ packet: Span<UInt8>, at place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(packet[place + $1]) }
    }

    // SAFETY: the session is ours. The number is as it stands in the packet, which is how the
    // library compares it.
    private func forget(_ source: UInt32) {
        unsafe _ = srtp_remove_stream(session, source.bigEndian)
    }

    /// Copies a packet to where it can be worked on, with room behind it.
    // SAFETY: the buffer is ours alone, and large enough by then.
    private func load(_ packet: Span<UInt8>, adding room: Int) -> UnsafeMutableRawPointer {
        if unsafe scratch.count < packet.count + room {
            unsafe scratch.deallocate()
            unsafe scratch = .allocate(byteCount: packet.count + room, alignment: 16)
        }
        unsafe packet.withUnsafeBytes { bytes in unsafe scratch.copyMemory(from: bytes) }
        guard let base = unsafe scratch.baseAddress else { preconditionFailure("a buffer of some bytes has a place") }
        return unsafe base
    }

    private func error(_ status: srtp_err_status_t, _ count: Int) -> SRTPError {
        switch status {
        case srtp_err_status_auth_fail:
            counters.notAuthentic &+= 1
            return .notAuthentic
        case srtp_err_status_replay_fail, srtp_err_status_replay_old:
            counters.replayed &+= 1
            return .replayed
        default: counters.refused &+= 1
        }
        switch status {
        case srtp_err_status_bad_param, srtp_err_status_parse_err: return .malformed(bytes: count)
        case srtp_err_status_key_expired: return .keyExhausted
        default: return .library(Int(status.rawValue))
        }
    }
}
