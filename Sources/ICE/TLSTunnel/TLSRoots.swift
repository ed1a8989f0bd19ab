public import TransportTypes

/// The authorities that a TURN server's certificate is believed of, over TLS. The server's name or
/// address is always compared with its certificate, and there is no way not to.
public struct TLSRoots: Sendable {
    /// nil: the system's.
    private let own: TLSClientContext?

    /// The authorities that OpenSSL is set up with on this system (on Debian: the package
    /// ca-certificates), as they were when the process first asked for them.
    public static let system = TLSRoots(own: nil)

    private init(own: TLSClientContext?) { self.own = own }

    /// These authorities and no others.
    ///
    /// - Parameter pem: certificates in PEM, one after the other, 16 MiB at most.
    /// - Throws: `ICEError.Code.invalidConfiguration` when there is none, or one
    ///   cannot be read.
    public init(pem: some Sequence<UInt8>) throws(ICEError) {
        own = try TLSClientContext(pem: Array(pem))
    }

    /// The authorities in a file of certificates in PEM, which is read now.
    ///
    /// - Throws: `ICEError.Code.invalidConfiguration` when the file or a certificate
    ///   cannot be read.
    public init(file path: String) throws(ICEError) {
        guard let pem = WholeFile.read(path) else {
            throw ICEError(.invalidConfiguration, "TLS roots: the file '\(path)' cannot be read")
        }
        try self.init(pem: pem)
    }

    /// nil when OpenSSL gives none.
    var context: TLSClientContext? { own ?? .system }

    /// Reads the system's authorities if that is still to be done, so that no loop has to wait for
    /// it.
    package func prepare() { _ = context }
}

extension TLSRoots: Hashable {
    /// The same authorities in the same order.
    public static func == (left: TLSRoots, right: TLSRoots) -> Bool { left.own?.roots == right.own?.roots }

    /// Consistent with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(own?.roots) }
}
