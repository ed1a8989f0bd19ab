/// A token on its way to a server (RFC 6750 §2.1).
struct BearerAccess: Sendable {
    /// The value of the header `Authorization`.
    let header: String

    /// Asks for a token; nil where there are none.
    ///
    /// - Throws: `.unauthorized` when there is none to be had, or a header cannot carry it.
    static func ask(_ token: (@Sendable () async throws -> String)?) async throws(SignalingError) -> BearerAccess? {
        guard let token else { return nil }
        let text: String
        do {
            text = try await token()
        } catch {
            throw SignalingError(.unauthorized, "there is no token: \(error)")
        }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw SignalingError(.unauthorized, "the token is empty, or not all of it is ASCII without spaces")
        }
        return BearerAccess(header: "Bearer \(text)")
    }
}
