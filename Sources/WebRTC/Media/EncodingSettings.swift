internal import JSEP

/// What is known of the encodings of one sender: those that there are, with what the application
/// has said of each, and of those that a rollback or a later description may bring back.
struct EncodingSettings: Sendable {
    private let kind: MediaKind
    /// Those that there are, in the order of the description; never none.
    private(set) var current: [RTPEncodingParameters] = []
    /// Those that are not among them at the moment, the oldest first.
    private var absent: [RTPEncodingParameters] = []

    /// What is remembered of encodings that are gone. A peer may name others with each offer.
    static let maximumAbsent = 16

    /// - Parameters:
    ///   - rids: their names, nil for the only one.
    ///   - wishes: what the application has asked for, in the same order; those beyond `rids` are
    ///     too many.
    init(_ kind: MediaKind, rids: [String?], wishes: [RTPEncodingParameters] = []) {
        self.kind = kind
        current = zip(rids, wishes).map { rid, wish in
            var encoding = Self.fit(wish, kind)
            encoding.rid = rid
            return encoding
        }
        show(rids)
        scale(hasWishes: current.contains { $0.scaleResolutionDownBy != nil })
    }

    /// The names of those that there are.
    var rids: [String?] { current.map(\.rid) }

    /// A description has other encodings than the one before. What was said of those that stay is
    /// kept, also if they come back; new ones begin as W3C §4.4.1.5 has it, each half the size of
    /// the next.
    mutating func show(_ rids: [String?]) {
        guard rids != self.rids else { return }
        let known = current + absent
        let count = rids.count
        current = rids.enumerated().map { index, rid in
            known.first { $0.rid == rid }
                ?? RTPEncodingParameters(rid: rid, scaleResolutionDownBy: Self.scale(index, of: count, kind))
        }
        absent = Array(known.filter { !rids.contains($0.rid) }.suffix(Self.maximumAbsent))
    }

    /// The application has set others, of the same names.
    mutating func set(_ encodings: [RTPEncodingParameters]) {
        current = encodings.map { Self.fit($0, kind) }
        scale(hasWishes: true)
    }

    /// Whether an encoding is to be sent at the moment.
    func isActive(_ rid: String?) -> Bool { current.first { $0.rid == rid }?.active ?? true }

    /// Gives a factor to each picture that has none: 1 where the others have one (W3C §5.1).
    private mutating func scale(hasWishes: Bool) {
        for index in current.indices where current[index].scaleResolutionDownBy == nil && kind == .video {
            current[index].scaleResolutionDownBy = hasWishes ? 1 : Self.scale(index, of: current.count, kind)
        }
    }

    private static func scale(_ index: Int, of count: Int, _ kind: MediaKind) -> Double? {
        kind == .video ? Double(1 << (count - index - 1)) : nil
    }

    /// Sound has no size and no pictures: W3C §5.1 and §5.2 take such values away without a word.
    private static func fit(_ encoding: RTPEncodingParameters, _ kind: MediaKind) -> RTPEncodingParameters {
        guard kind == .audio else { return encoding }
        var encoding = encoding
        encoding.scaleResolutionDownBy = nil
        encoding.maxFramerate = nil
        return encoding
    }
}
