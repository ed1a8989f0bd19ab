internal import CNice
internal import Glibc
internal import TransportTypes

/// Between libnice's candidates and ours.
enum NativeCandidate {
    /// A candidate, and what its line does not say.
    struct Gathered {
        let candidate: ICECandidate
        /// The address of the socket that it is sent from.
        let base: TransportAddress
    }

    /// Copies what libnice knows of a candidate. `usernameFragment` is attached, as trickling needs
    /// it (RFC 8840 §4.2).
    static func read(
        _ candidate: UnsafePointer<NiceCandidate>, usernameFragment: String?
    ) -> Gathered? {
        // SAFETY: the pointer is valid for the call it came with; everything is copied here.
        let native = unsafe candidate.pointee
        guard let address = unsafe TransportAddress(native.addr) else { return nil }
        let base = unsafe TransportAddress(native.base_addr) ?? address
        let kind: ICECandidate.Kind
        switch unsafe native.type {
        case NICE_CANDIDATE_TYPE_HOST: kind = .host
        case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE: kind = .serverReflexive
        case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE: kind = .peerReflexive
        default: kind = .relayed
        }
        var attributes: [ICECandidate.Attribute] = []
        if kind != .host {
            // For a relayed one RFC 8839 §5.1 wants the mapped address; libnice keeps only the
            // base's.
            attributes.append(.init(name: "raddr", value: "\(base.address)"))
            attributes.append(.init(name: "rport", value: "\(base.port)"))
        }
        var port = address.port
        switch unsafe native.transport {
        case NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE:
            attributes.append(.init(name: "tcptype", value: "active"))
            port = 9  // RFC 6544 §4.5: the discard port stands for none
        case NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE: attributes.append(.init(name: "tcptype", value: "passive"))
        case NICE_CANDIDATE_TRANSPORT_TCP_SO: attributes.append(.init(name: "tcptype", value: "so"))
        default: break
        }
        if let usernameFragment { attributes.append(.init(name: "ufrag", value: usernameFragment)) }
        let isUDP = unsafe native.transport == NICE_CANDIDATE_TRANSPORT_UDP
        let foundation = unsafe withUnsafeBytes(of: native.foundation) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let result = unsafe ICECandidate(
            foundation: foundation, component: UInt16(clamping: native.component_id), transport: isUDP ? .udp : .tcp,
            priority: native.priority, address: "\(address.address)", port: port, kind: kind, attributes: attributes)
        return Gathered(candidate: result, base: base)
    }

    /// Calls `body` with libnice's form of a candidate; false when libnice has none for it.
    static func withNative(
        _ candidate: ICECandidate, at address: TransportAddress, stream: UInt32,
        _ body: (UnsafeMutablePointer<NiceCandidate>) -> Bool
    ) -> Bool {
        let type: NiceCandidateType
        switch candidate.kind {
        case .host: type = NICE_CANDIDATE_TYPE_HOST
        case .serverReflexive: type = NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE
        case .peerReflexive: type = NICE_CANDIDATE_TYPE_PEER_REFLEXIVE
        case .relayed: type = NICE_CANDIDATE_TYPE_RELAYED
        default: return false
        }
        // SAFETY: a fresh candidate, freed before this returns; libnice copies what it keeps.
        guard let native = unsafe nice_candidate_new(type) else { return false }
        defer { unsafe nice_candidate_free(native) }
        switch (candidate.transport, candidate.tcpType) {
        case (.udp, _): unsafe native.pointee.transport = NICE_CANDIDATE_TRANSPORT_UDP
        case (.tcp, .active): unsafe native.pointee.transport = NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE
        case (.tcp, .passive): unsafe native.pointee.transport = NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE
        case (.tcp, .simultaneousOpen): unsafe native.pointee.transport = NICE_CANDIDATE_TRANSPORT_TCP_SO
        default: return false
        }
        unsafe native.pointee.stream_id = stream
        unsafe native.pointee.component_id = UInt32(candidate.component)
        unsafe native.pointee.priority = candidate.priority
        unsafe address.write(to: &native.pointee.addr)
        let related = candidate.relatedAddress.flatMap { TransportAddress($0, port: candidate.relatedPort ?? 0) }
        unsafe (related ?? address).write(to: &native.pointee.base_addr)
        unsafe withUnsafeMutableBytes(of: &native.pointee.foundation) { target in
            // One byte is left for the terminating zero; the parser admits 32 of 33.
            unsafe target.copyBytes(from: candidate.foundation.utf8.prefix(target.count - 1))
        }
        return unsafe body(native)
    }
}

extension TransportAddress {
    /// nil when libnice's address is unset.
    init?(_ native: NiceAddress) {
        // SAFETY: the union is read as the family in it says.
        switch unsafe Int32(native.s.addr.sa_family) {
        case AF_INET:
            let address = unsafe native.s.ip4
            let bytes = unsafe withUnsafeBytes(of: address.sin_addr) { unsafe Array($0) }
            guard let address4 = IPAddress(bytes: bytes) else { return nil }
            self.init(address: address4, port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let address = unsafe native.s.ip6
            let bytes = unsafe withUnsafeBytes(of: address.sin6_addr) { unsafe Array($0) }
            guard let address6 = IPAddress(bytes: bytes) else { return nil }
            self.init(address: address6, port: UInt16(bigEndian: address.sin6_port))
        default: return nil
        }
    }

    func write(to native: inout NiceAddress) {
        unsafe nice_address_init(&native)
        // SAFETY: 4 and 16 bytes are what the two setters read.
        unsafe address.bytes.withUnsafeBufferPointer { bytes in
            if address.isIPv6 {
                unsafe nice_address_set_ipv6(&native, bytes.baseAddress)
            } else {
                let number = unsafe bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                unsafe nice_address_set_ipv4(&native, number)
            }
        }
        unsafe nice_address_set_port(&native, UInt32(port))
    }
}
