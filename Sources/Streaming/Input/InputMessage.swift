/// A message of the data channel `input`: one JSON object for one event.
///
/// ```
/// {"type":"key","code":"KeyA","down":true}
/// {"type":"mouse","x":0.25,"y":0.5,"buttons":1,"wheel":0}
/// {"type":"gamepad","index":0,"axes":[0,-1],"buttons":[0,1]}
/// ```
///
/// Each of these members has to be there. Others are left alone, and of members with one name the
/// last counts. A string with more than 30 combining marks in a row is refused.
public struct InputMessage: Sendable, Hashable {
    /// The longest message, in bytes.
    public static let maximumBytes = 4096
    /// The label of the data channel.
    public static let channelLabel = "input"

    /// What it says.
    public let event: InputEvent

    /// A message for an event.
    public init(_ event: InputEvent) {
        self.event = event
    }
}
