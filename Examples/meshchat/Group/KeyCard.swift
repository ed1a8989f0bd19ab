import GroupKeys
import Mesh

/// A group's key as people carry it: words, and a QR code.
struct KeyCard {
    /// What the lines are shown on.
    enum QRStyle: String, CaseIterable {
        case colored, dark, light, none

        var style: QRCode.Style? {
            switch self {
            case .colored: .colored
            case .dark: .darkTerminal
            case .light: .lightTerminal
            case .none: nil
            }
        }
    }

    let key: GroupKey

    /// The words in two lines, the text, and the code.
    func lines(_ qr: QRStyle) -> [String] {
        let words = key.words.split(separator: " ")
        var lines = [words.prefix(6), words.suffix(6)].map { "  " + $0.joined(separator: " ") }
        lines += ["", "  \(key.text)", ""]
        if let style = qr.style, let code = try? QRCode(key.text) {
            lines += code.text(style).split(separator: "\n").map(String.init)
        }
        return lines
    }
}
