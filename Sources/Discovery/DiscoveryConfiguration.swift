public import Logging
internal import MulticastDNS

/// How discovery works in this process.
public struct DiscoveryConfiguration: Sendable {
    /// Whether the mDNS daemon is used. Without it only services on this machine are seen.
    public var usesDaemon: Bool
    /// Whether advertisements are also exchanged through a directory on this machine, so that
    /// programs of one user find each other when no daemon runs.
    public var usesRegistry: Bool
    /// The directory for those; nil means `$XDG_RUNTIME_DIR/swift-webrtc`, or
    /// `/tmp/swift-webrtc-<uid>`. It must belong to this user and be closed to others (it is made
    /// with mode 0700).
    public var registryDirectory: String?
    /// How long to wait before asking for a missing daemon again.
    public var daemonRetryInterval: Duration
    /// Gets debug messages; names and addresses only at trace.
    public var logger: Logger

    /// A configuration; the defaults use daemon and directory, and look for a missing daemon every
    /// three seconds.
    public init(
        usesDaemon: Bool = true, usesRegistry: Bool = true, registryDirectory: String? = nil,
        daemonRetryInterval: Duration = .seconds(3), logger: Logger = Logger(label: "swift-webrtc.discovery")
    ) {
        self.usesDaemon = usesDaemon
        self.usesRegistry = usesRegistry
        self.registryDirectory = registryDirectory
        self.daemonRetryInterval = daemonRetryInterval
        self.logger = logger
    }
}

extension DiscoveryConfiguration {
    /// The registry to use; an unusable one is an error only when nothing else is left.
    func makeRegistry() throws(DiscoveryError) -> LocalRegistry? {
        guard usesRegistry else { return nil }
        do throws(DiscoveryError) {
            return try LocalRegistry(directory: registryDirectory)
        } catch {
            guard usesDaemon else { throw error }
            logger.warning(
                "services of this machine are found only through the daemon", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
