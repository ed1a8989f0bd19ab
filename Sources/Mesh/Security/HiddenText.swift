/// A text that is not shown when what has it is printed.
struct HiddenText: Sendable, CustomStringConvertible, CustomReflectable {
    let text: String

    var description: String { "(hidden)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
