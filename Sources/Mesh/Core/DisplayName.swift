/// Names come from the network and end up on terminals.
package enum DisplayName {
    package static let maximumLength = 64

    /// The name without control characters (a terminal would obey them) and surrounding blanks, cut
    /// to 64 characters; `Unknown` when nothing is left (Docs/Mesh.md).
    package static func cleaned(_ name: String?) -> String {
        guard let name else { return "Unknown" }
        let visible = cleanedText(String(name.unicodeScalars.prefix(4 * maximumLength)))
        let trimmed = visible.drop { $0.isWhitespace }.prefix(maximumLength)
        let end = trimmed.lastIndex { !$0.isWhitespace }
        guard let end else { return "Unknown" }
        return String(trimmed[...end])
    }

    /// The text with control and direction-changing characters replaced by a blank.
    package static func cleanedText(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            scalars.append(isVisible(scalar) ? scalar : " ")
        }
        return String(scalars)
    }

    private static func isVisible(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: return false
        case .format: return scalar == "\u{200D}" || scalar == "\u{200C}"  // joiners are part of emoji and scripts
        default: return true
        }
    }
}
