import JSEP
import Testing

@Suite("The settings of a negotiator")
struct NegotiatorSettingsTests {
    @Test(
        "one out of its range is named with its value and the range",
        arguments: [
            (NegotiatorSettings(maximumTries: 0), "maximumTries is 0: 1 to 1000000"),
            (NegotiatorSettings(maximumTries: -1), "maximumTries is -1: "),
            (NegotiatorSettings(maximumTries: .max), "maximumTries is "),
            (NegotiatorSettings(answerTimeout: .zero), "answerTimeout is 0.0 seconds: 1 ms to one day"),
            (NegotiatorSettings(answerTimeout: .seconds(100_000)), "answerTimeout is "),
        ])
    func range(_ settings: NegotiatorSettings, _ text: String) {
        let error = #expect(throws: WebRTCError.self) { try settings.validate() }
        #expect(error?.code == .range && error?.message.hasPrefix(text) == true)
    }

    @Test("those that are given unless told otherwise are in theirs")
    func defaults() throws { try NegotiatorSettings().validate() }
}
