/// Finds the addresses behind `.local` names, which browsers have in their candidates (RFC 8828).
public protocol LocalNameResolving: Sendable {
    /// The addresses of a host under `.local`, as text; at least one.
    ///
    /// - Parameters:
    ///   - name: as the candidate has it.
    ///   - requester: the connection that it is for.
    /// - Throws: whatever says why there is none. It is logged, and the candidate not used.
    func addresses(of name: String, for requester: NameRequester) async throws -> [String]
}
