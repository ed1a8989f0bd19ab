/// What a watcher does, or what is passed on to the source: one event of a keyboard, a mouse or a
/// gamepad.
///
/// An event that exists is within its ranges: initializers refuse what is not.
public enum InputEvent: Sendable, Hashable {
    /// A key goes down or up.
    case key(Key)
    /// Where the mouse is and what is held on it.
    case mouse(Mouse)
    /// What is held on a gamepad.
    case gamepad(Gamepad)
}
