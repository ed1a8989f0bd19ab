internal import CDNSSD
internal import Glibc
internal import MulticastDNS

/// What is asked of the mDNS daemon.
enum DNSServiceRequest: Sendable {
    case register(name: String, type: String, port: UInt16, txt: [UInt8])
    case browse(type: String)
    case resolve(name: String, type: String, domain: String)
    /// The record of `type` (A or AAAA) of a host.
    case query(name: String, type: UInt16)
}

/// What the daemon answers.
enum DNSServiceReply: Sendable {
    /// The service is on the link under this name, which may differ from the one asked for.
    case registered(name: String)
    case browsed(added: Bool, name: String, domain: String, interface: UInt32)
    case resolved(host: String, port: UInt16, txt: [UInt8])
    case record(added: Bool, data: [UInt8], interface: UInt32)
    /// The last reply: the request is over.
    case failed(DiscoveryError)
}

/// One `DNSServiceRef` and the replies its callback has brought. Lives on the thread of
/// ``DiscoveryLoop``.
///
/// The callbacks only copy and collect; the loop delivers after `DNSServiceProcessResult` has
/// returned, so no code of ours runs inside Avahi's lock and a handler may end its own request.
@safe final class DNSServiceHandle {
    private var service: DNSServiceRef?
    private var replies: [DNSServiceReply] = []

    init(_ request: DNSServiceRequest) throws(DiscoveryError) {
        // SAFETY: `self` outlives the reference (the loop holds it until `close`, which ends all
        // callbacks); the strings and the bytes are copied by the call.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let status: DNSServiceErrorType =
            switch request {
            case .register(let name, let type, let port, let txt):
                unsafe txt.withUnsafeBytes { txt in
                    unsafe DNSServiceRegister(
                        &service, 0, 0, name, type, nil, nil, port.bigEndian, UInt16(clamping: txt.count),
                        txt.baseAddress, Self.onRegister, context)
                }
            case .browse(let type):
                unsafe DNSServiceBrowse(&service, 0, 0, type, nil, Self.onBrowse, context)
            case .resolve(let name, let type, let domain):
                unsafe DNSServiceResolve(&service, 0, 0, name, type, domain, Self.onResolve, context)
            case .query(let name, let type):
                unsafe DNSServiceQueryRecord(&service, 0, 0, name, type, 1, Self.onRecord, context)
            }
        guard status == 0, unsafe service != nil else {
            close()
            // Avahi's library answers "unknown" both when there is no bus and when there is no
            // daemon on it.
            if status != DNSServiceErrorType(kDNSServiceErr_Unknown) { throw Self.failure(status) }
            throw .daemonMissing(status)
        }
    }

    deinit { close() }

    /// The descriptor that becomes readable when there is something to process.
    // SAFETY: the reference is there until `close`, after which the loop has let go of this object.
    var descriptor: Int32 { unsafe DNSServiceRefSockFD(service) }

    /// Runs the callbacks that are due and takes their replies.
    // SAFETY: the reference is there until `close`; a handler that ends its request does so after
    // this has returned.
    func process() -> [DNSServiceReply] {
        let status = unsafe DNSServiceProcessResult(service)
        if status != 0 {
            replies.append(.failed(DiscoveryError(.daemonFailed, "the mDNS daemon broke off", nativeCode: status)))
        }
        defer { replies.removeAll() }
        return replies
    }

    func updateTXT(_ txt: [UInt8]) -> Bool {
        // SAFETY: the bytes are copied by the call.
        unsafe txt.withUnsafeBytes { txt in
            unsafe DNSServiceUpdateRecord(service, nil, 0, UInt16(clamping: txt.count), txt.baseAddress, 0) == 0
        }
    }

    /// Ends the request; returns when the library's own thread for it has ended.
    // SAFETY: the reference is freed once, for it is forgotten first; Avahi joins its thread, so
    // that no callback comes after it.
    func close() {
        guard let service = unsafe service else { return }
        unsafe self.service = nil
        unsafe DNSServiceRefDeallocate(service)
    }

    private func add(_ reply: DNSServiceReply, unless error: DNSServiceErrorType) {
        guard error != 0 else { return replies.append(reply) }
        replies.append(.failed(Self.failure(error)))
    }

    private static func failure(_ status: DNSServiceErrorType) -> DiscoveryError {
        status == DNSServiceErrorType(kDNSServiceErr_NameConflict)
            ? DiscoveryError(.nameConflict, "another service of the type has the name", nativeCode: status)
            : DiscoveryError(.daemonFailed, "the mDNS daemon refused the request", nativeCode: status)
    }

    // SAFETY: `handle`, `text`, `bytes` and the callbacks `onRegister`, `onBrowse`, `onResolve` and
    // `onRecord` run inside of `process`, on the loop's thread, while the object that the context
    // names is held; the pointers that they get are valid during the call, may be null when `error`
    // is set, and all that they point to is copied.

    private static func handle(_ context: UnsafeMutableRawPointer?) -> DNSServiceHandle? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<DNSServiceHandle>.fromOpaque(context).takeUnretainedValue()
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer = unsafe pointer else { return "" }
        return unsafe String(cString: pointer)
    }

    private static func bytes(_ pointer: UnsafeRawPointer?, _ count: UInt16) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: pointer, count: pointer == nil ? 0 : Int(count)))
    }

    private static let onRegister: DNSServiceRegisterReply = { _, _, error, name, _, _, context in
        unsafe handle(context)?.add(.registered(name: text(name)), unless: error)
    }

    private static let onBrowse: DNSServiceBrowseReply = { _, flags, interface, error, name, _, domain, context in
        let added = flags & DNSServiceFlags(kDNSServiceFlagsAdd) != 0
        let reply = unsafe DNSServiceReply.browsed(
            added: added, name: text(name), domain: withoutFinalDot(text(domain)), interface: interface)
        unsafe handle(context)?.add(reply, unless: error)
    }

    private static let onResolve: DNSServiceResolveReply = { _, _, _, error, _, host, port, length, txt, context in
        let reply = unsafe DNSServiceReply.resolved(
            host: withoutFinalDot(text(host)), port: UInt16(bigEndian: port), txt: bytes(txt, length))
        unsafe handle(context)?.add(reply, unless: error)
    }

    private static let onRecord: DNSServiceQueryRecordReply = {
        _, flags, interface, error, _, _, _, length, data, _, context in
        let added = flags & DNSServiceFlags(kDNSServiceFlagsAdd) != 0
        let reply = unsafe DNSServiceReply.record(added: added, data: bytes(data, length), interface: interface)
        unsafe handle(context)?.add(reply, unless: error)
    }

    private static func withoutFinalDot(_ name: String) -> String {
        name.last == "." ? String(name.dropLast()) : name
    }
}
