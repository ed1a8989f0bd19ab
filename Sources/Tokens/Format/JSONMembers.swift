internal import StrictJSON

/// The members of a JSON text that is one object, each of whose names stands once.
///
/// Two readers of one text may take different ones of two members with the same name; what one has
/// checked is then not what the other uses. A header (RFC 7515 §4), claims (RFC 7519 §4) and keys
/// (RFC 7517 §4) may be refused for that, and are. The reader of jwt-kit does not tell, so it does
/// not read any of these here.
enum JSONMembers {
    /// What is wrong with a text. The name that stands twice is the text's own words.
    enum Failure: Error, Equatable {
        case notJSON(String)
        case notAnObject
        case repeated(name: String)

        /// What is wrong, without the text's own words.
        var reason: String {
            switch self {
            case .notJSON(let reason): "is not JSON: \(reason)"
            case .notAnObject: "is not a JSON object"
            case .repeated: "has two members of one name"
            }
        }
    }

    /// Reads the object.
    static func read(_ bytes: [UInt8]) throws(Failure) -> [String: JSONValue] {
        let value: JSONValue
        do throws(JSONReader.Failure) { value = try JSONReader.read(bytes) } catch { throw .notJSON(error.reason) }
        guard case .object(let members) = value else { throw .notAnObject }
        if let name = firstRepeatedName(in: bytes) { throw .repeated(name: name) }
        return members
    }

    /// A name that two members of one object have, at any depth.
    ///
    /// - Parameter bytes: a text that is JSON, so that brackets, quotes and commas are what they
    ///   seem.
    private static func firstRepeatedName(in bytes: [UInt8]) -> String? {
        // The names so far of each object around this place; nil for an array.
        var open: [Set<String>?] = []
        var expectsName = false
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"):
                open.append([])
                expectsName = true
            case UInt8(ascii: "["):
                open.append(nil)
                expectsName = false
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                open.removeLast()
                expectsName = false
            case UInt8(ascii: ","): expectsName = open.last.flatMap { $0 } != nil
            case UInt8(ascii: "\""):
                let end = endOfString(at: index, in: bytes)
                if expectsName, let name = (try? JSONReader.read(Array(bytes[index..<end])))?.text {
                    guard open[open.count - 1]?.insert(name).inserted != false else { return name }
                }
                expectsName = false
                index = end - 1
            default: break
            }
            index += 1
        }
        return nil
    }

    /// The index behind a string's closing quote.
    private static func endOfString(at start: Int, in bytes: [UInt8]) -> Int {
        var index = start + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, bytes.count)
    }
}
