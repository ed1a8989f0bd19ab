internal import CDNSSD
internal import Glibc
internal import MulticastDNS

/// A request to the mDNS daemon, polled by ``DiscoveryLoop``.
private final class DaemonOperation: LoopOperation {
    private let handle: DNSServiceHandle
    private let handler: DiscoveryLoop.ReplyHandler

    init(_ request: DNSServiceRequest, _ handler: @escaping DiscoveryLoop.ReplyHandler) throws(DiscoveryError) {
        Self.prepare
        handle = try DNSServiceHandle(request)
        self.handler = handler
    }

    /// Done once, before the library's first call.
    private static let prepare: Void = {
        // Avahi prints a warning to stderr about the compatibility library unless this is set.
        // SAFETY: a plain C call with literal strings, which it copies.
        _ = unsafe setenv("AVAHI_COMPAT_NOWARN", "1", 1)
        rtc_discovery_zero_memory()
    }()

    var descriptor: Int32 { handle.descriptor }

    func process() -> Bool {
        for reply in handle.process() {
            handler(reply)
            if case .failed = reply { return false }
        }
        return true
    }

    func close() { handle.close() }

    func updateTXT(_ txt: [UInt8]) -> Bool {
        if handle.updateTXT(txt) { return true }
        handler(.failed(DiscoveryError(.daemonFailed, "the mDNS daemon refused a new TXT record")))
        return false
    }
}

extension DiscoveryLoop {
    typealias ReplyHandler = @Sendable (DNSServiceReply) -> Void

    /// Asks the daemon; `.failed` is the last reply.
    func start(_ request: DNSServiceRequest, _ handler: @escaping ReplyHandler) -> ID {
        start {
            do throws(DiscoveryError) {
                return try DaemonOperation(request, handler)
            } catch {
                handler(.failed(error))
                return nil
            }
        }
    }

    /// Replaces the TXT record of a registration.
    func updateTXT(of id: ID, _ txt: [UInt8]) {
        update(id) { ($0 as? DaemonOperation)?.updateTXT(txt) ?? true }
    }

    /// Asks for a browse and drops it: tells whether the daemon takes requests.
    func probe(_ answer: @escaping @Sendable (DiscoveryError?) -> Void) {
        execute {
            do throws(DiscoveryError) {
                try DaemonOperation(.browse(type: "_services._dns-sd._udp"), { _ in }).close()
                answer(nil)
            } catch {
                answer(error)
            }
        }
    }
}
