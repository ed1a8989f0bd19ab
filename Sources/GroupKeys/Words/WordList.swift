/// 2048 words for a group's key: common English words of four to eight letters.
///
/// No two begin with the same four letters, differ by one letter or by the order of two, or sound
/// the same; none offends. Chosen by a program from a list of common words, and read by people.
package enum WordList {
    /// How many words there are: 11 bits each.
    package static let count = 2048
    /// How many letters tell a word.
    static let tellingLetters = 4

    /// All of them, in alphabetical order.
    package static let words = all.split { $0 == " " || $0 == "\n" }.map(String.init)

    /// The place of each word, by its first four letters.
    private static let places = Dictionary(
        words.enumerated().map { (String($0.element.prefix(tellingLetters)), $0.offset) }, uniquingKeysWith: { $1 })

    /// The place of a word of which at least the first four letters are given, in lower case; nil
    /// if there is none that goes on like this.
    package static func number(of word: String) -> Int? {
        guard let place = places[String(word.prefix(tellingLetters))], words[place].hasPrefix(word) else { return nil }
        return place
    }

    /// A word that this one may be meant to be: of the same beginning, or but for one letter the
    /// same. Only looked for if it is no longer than words are.
    static func likeness(of word: String) -> String? {
        guard (3...12).contains(word.count) else { return nil }
        if let place = places[String(word.prefix(tellingLetters))] { return words[place] }
        return words.first { isNear(Array(word.utf8), Array($0.utf8)) }
    }

    /// Whether one letter makes the difference: another one, one too many or one missing.
    private static func isNear(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard abs(left.count - right.count) <= 1 else { return false }
        let start = zip(left, right).prefix { $0 == $1 }.count
        let end = zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count
        return start + end >= max(left.count, right.count) - 1
    }
}
