/// What went wrong in service discovery or in the resolution of a `.local` name.
public struct DiscoveryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. New kinds can be added, so a `switch` over it needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code as text.
        public let description: String

        /// No mDNS daemon answers on this machine.
        public static let daemonMissing = Code(description: "daemon-missing")
        /// The daemon refused a request or broke off.
        public static let daemonFailed = Code(description: "daemon-failed")
        /// Another service of the type has the name.
        public static let nameConflict = Code(description: "name-conflict")
        /// A name, type, port or TXT entry that DNS-SD does not allow.
        public static let invalidArgument = Code(description: "invalid-argument")
        /// Nobody on the link answered for the name in time.
        public static let notFound = Code(description: "not-found")
        /// More requests wait than the limit allows.
        public static let busy = Code(description: "busy")
        /// The waiting task was cancelled.
        public static let cancelled = Code(description: "cancelled")
        /// The directory of advertisements on this machine cannot be used.
        public static let registryUnusable = Code(description: "registry-unusable")
        /// The system refused a socket, a file or a thread.
        public static let system = Code(description: "system")
        /// The object was stopped before.
        public static let stopped = Code(description: "stopped")
    }

    /// The kind of failure.
    public let code: Code
    /// What was wrong, where, and what to do.
    public let message: String
    /// The error number of dns_sd or of the system, 0 when there is none.
    public let nativeCode: Int32

    package init(_ code: Code, _ message: String, nativeCode: Int32 = 0) {
        self.code = code
        self.message = message
        self.nativeCode = nativeCode
    }

    /// Code, message and native code in one line.
    public var description: String {
        nativeCode == 0 ? "\(code): \(message)" : "\(code): \(message) (error \(nativeCode))"
    }

    package static func daemonMissing(_ nativeCode: Int32) -> DiscoveryError {
        DiscoveryError(
            .daemonMissing,
            "no mDNS daemon answers on this machine; start one with: dbus-daemon --system --fork; avahi-daemon -D",
            nativeCode: nativeCode)
    }
}
