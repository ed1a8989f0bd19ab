/// Why a message is no input, or an event is not passed on. Members have the names that they have
/// in the message; of an array it is said which element, counted from 0: `axes[3]`.
public enum InputError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The message has more bytes than are read.
    case messageTooLong(bytes: Int, allowed: Int)
    /// The message is no JSON text in UTF-8 (RFC 8259); `at` counts bytes from the start.
    case malformed(problem: String, at: Int)
    /// The message is of a type that is not known; `found` is the beginning of it.
    case unknownType(found: String)
    /// A member is not there.
    case missing(member: String, expected: String)
    /// A member, or the message itself, is of another JSON type.
    case wrongType(member: String, found: String, expected: String)
    /// A number is not finite, or too large for a floating-point number of 64 bits.
    case notFinite(member: String, allowed: ClosedRange<Double>)
    /// A number is not whole where it has to be.
    case notWhole(member: String, found: Double, allowed: ClosedRange<Double>)
    /// A number is out of its range.
    case outOfRange(member: String, found: Double, allowed: ClosedRange<Double>)
    /// An array has too many elements, or a text too few or too many bytes of UTF-8.
    case length(member: String, found: Int, allowed: ClosedRange<Int>)
    /// Nobody was added by this name, or it has been removed.
    case unknownWatcher
    /// As many watch as can.
    case tooManyWatchers(allowed: Int)
    /// The watcher holds as many keys as one can.
    case tooManyKeys(allowed: Int)
    /// The watcher sends faster than is allowed. Nothing is let go by the event: what lets go of
    /// something is passed on however fast it comes.
    case tooFast(perSecond: Int, burst: Int)

    /// One sentence that says which member is wrong, what was found and what is allowed.
    public var description: String {
        switch self {
        case .messageTooLong(let bytes, let allowed): "the message has \(bytes) bytes: at most \(allowed)"
        case .malformed(let problem, let place): "the message is no JSON text: \(problem), at byte \(place)"
        case .unknownType(let found): "type is \"\(found)\": key, mouse or gamepad"
        case .missing(let member, let expected): "\(member) is missing: \(expected)"
        case .wrongType(let member, let found, let expected): "\(member) is \(found): \(expected)"
        case .notFinite(let member, let allowed): "\(member) is not a finite number: \(InputNumber.text(allowed))"
        case .notWhole(let member, let found, let allowed):
            "\(member) is \(InputNumber.text(found)): a whole number, \(InputNumber.text(allowed))"
        case .outOfRange(let member, let found, let allowed):
            "\(member) is \(InputNumber.text(found)): \(InputNumber.text(allowed))"
        case .length(let member, let found, let allowed):
            "\(member) has a length of \(found): \(allowed.lowerBound) to \(allowed.upperBound)"
        case .unknownWatcher: "the watcher is not known: add it before its input, and do not use it after its removal"
        case .tooManyWatchers(let allowed): "one watcher more than the \(allowed) that are allowed"
        case .tooManyKeys(let allowed): "one key more than the \(allowed) that one watcher may hold"
        case .tooFast(let perSecond, let burst):
            "more events than \(perSecond) a second after \(burst) at once, that one watcher may send"
        }
    }
}

extension InputError {
    /// Refuses a number that is not finite or out of range.
    static func check(
        _ number: Double, member: @autoclosure () -> String, allowed: ClosedRange<Double>
    ) throws(InputError) {
        guard number.isFinite else { throw .notFinite(member: member(), allowed: allowed) }
        guard allowed.contains(number) else { throw .outOfRange(member: member(), found: number, allowed: allowed) }
    }

    /// Refuses a whole number that is out of range.
    static func check(_ number: Int, member: String, allowed: ClosedRange<Int>) throws(InputError) {
        guard !allowed.contains(number) else { return }
        throw .outOfRange(
            member: member, found: Double(number), allowed: Double(allowed.lowerBound)...Double(allowed.upperBound))
    }

    /// Refuses an array with more elements.
    static func check(count: Int, member: String, most: Int) throws(InputError) {
        guard count > most else { return }
        throw .length(member: member, found: count, allowed: 0...most)
    }
}
