/// The attributes that a connection stands on. A description in which one of them is wrong is refused as a whole, with
/// the number of the line; any other attribute is only looked at when somebody asks for it.
enum AttributeGrammar {
    /// What the attribute should have been, or nothing if it is as it should be.
    static func violation(of attribute: Attribute) -> String? {
        let value = attribute.value ?? ""
        switch attribute.name {
        case "mid":
            return isToken(value.trimmed) ? nil : "a=mid with a token"
        case "group":
            return GroupAttribute(attributeValue: value) == nil ? "a=group with semantics and mids" : nil
        case "ice-ufrag":
            return isICEText(value, lengths: 4...256) ? nil : "a=ice-ufrag with 4 to 256 letters, digits, + or /"
        case "ice-pwd":
            return isICEText(value, lengths: 22...256) ? nil : "a=ice-pwd with 22 to 256 letters, digits, + or /"
        case "fingerprint":
            let isValid = FingerprintAttribute(attributeValue: value) != nil
            return isValid ? nil : "a=fingerprint with a hash function and pairs of hexadecimal digits"
        case "setup":
            let isValid = SetupRole(attributeValue: value) != nil
            return isValid ? nil : "a=setup with active, passive, actpass or holdconn"
        case "sctp-port":
            return value.trimmed.decimal(UInt16.self) == nil ? "a=sctp-port with a port of 0 to 65535" : nil
        case "max-message-size":
            return value.trimmed.decimal(UInt64.self) == nil ? "a=max-message-size with a number of bytes" : nil
        case "sctpmap":
            return SCTPMapAttribute(attributeValue: value) == nil ? "a=sctpmap with port, application and streams" : nil
        default:
            return nil
        }
    }

    /// RFC 8839 §5.4: ice-char is a letter, a digit, `+` or `/`.
    private static func isICEText(_ text: String, lengths: ClosedRange<Int>) -> Bool {
        let text = text.trimmed
        return lengths.contains(text.utf8.count) && text.utf8.allSatisfy(isICECharacter)
    }

    private static func isICECharacter(_ byte: UInt8) -> Bool {
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        return isDigit || isLetter || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
    }

    /// RFC 8866 §9: a token has no spaces, controls or separators. Only the first two are held against it.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
}
