// An attribute at session level stands for each media description that has none of its own (RFC
// 8839 §5.4, RFC 8122 §5, RFC 8866 §6.7).
extension SDPDocument {
    /// The ICE username fragment and password that apply to a media description. They belong
    /// together: both come from the same level.
    public func iceCredentials(of media: MediaDescription) -> (ufrag: String, pwd: String)? {
        let levels: [any AttributeContainer] = [media, self]
        for level in levels where level.iceUfrag != nil || level.icePwd != nil {
            guard let ufrag = level.iceUfrag, let pwd = level.icePwd else { return nil }
            return (ufrag, pwd)
        }
        return nil
    }

    /// The ICE options that apply to a media description.
    public func iceOptions(of media: MediaDescription) -> [String] {
        media.has("ice-options") ? media.iceOptions : iceOptions
    }

    /// The fingerprints that apply to a media description.
    public func fingerprints(of media: MediaDescription) -> [FingerprintAttribute] {
        media.has("fingerprint") ? media.fingerprints : fingerprints
    }

    /// The DTLS role that applies to a media description.
    public func setup(of media: MediaDescription) -> SetupRole? {
        media.setup ?? setup
    }

    /// The header extensions that apply to a media description (RFC 8285 §5).
    public func extensionMaps(of media: MediaDescription) -> [ExtensionMapAttribute] {
        media.has("extmap") ? media.extensionMaps : extensionMaps
    }

    /// The direction that applies to a media description; `sendrecv` if none is given (RFC 8866
    /// §6.7).
    public func direction(of media: MediaDescription) -> MediaDirection {
        media.direction ?? direction ?? .sendrecv
    }

    /// The address that applies to a media description.
    public func connection(of media: MediaDescription) -> ConnectionData? {
        media.connection ?? connection
    }

    /// The BUNDLE groups: one in all that browsers write.
    public var bundleGroups: [GroupAttribute] {
        groups.filter { $0.semantics == "BUNDLE" }
    }
}
