internal import Foundation

/// Text in one form, whatever keyboard it comes from.
enum ComposedText {
    /// The text in NFC without blanks at its ends, in UTF-8.
    static func composed(_ text: String) -> [UInt8] {
        Array(text.trimmingCharacters(in: .whitespacesAndNewlines).precomposedStringWithCanonicalMapping.utf8)
    }
}
