/// What a replica knows of a peer that it exchanges entries with.
struct StatePeer: Sendable {
    /// What the peer is asked for.
    enum Question: Sendable, Hashable {
        case keys([StateKey])
        case range(StateRange)
    }

    /// Questions that wait, at most: what does not find room is found missing at the next
    /// comparison.
    static let maximumQuestions = 1024
    /// How many answers a peer may have at once, and how many each second.
    static let burst = 1024.0
    static let rate = 256.0

    var nextComparison: Duration
    /// The one question that is out, and until when it may be answered.
    private(set) var asked: (question: Question, deadline: Duration)?
    private var questions: [Question] = []
    private var credit = burst
    private var creditedAt: Duration

    init(comparesAt time: Duration, at now: StateTime) {
        nextComparison = time
        creditedAt = now.monotonic
    }

    /// When something is due.
    var deadline: Duration { min(nextComparison, asked?.deadline ?? nextComparison) }

    mutating func compareSoon(_ delay: Duration = .seconds(1), at time: StateTime) {
        nextComparison = min(nextComparison, time.monotonic + delay)
    }

    /// Whether the peer may have one more answer: what it asks for costs more than the question.
    mutating func spend(at time: StateTime) -> Bool {
        let passed = time.monotonic - creditedAt
        credit = min(Self.burst, credit + passed / .seconds(1) * Self.rate)
        creditedAt = time.monotonic
        guard credit >= 1 else { return false }
        credit -= 1
        return true
    }

    /// Notes a question, to be asked when those before it are answered.
    mutating func ask(_ question: Question) {
        guard questions.count < Self.maximumQuestions, !questions.contains(question), asked?.question != question
        else { return }
        questions.append(question)
    }

    /// The next question, if none is out.
    mutating func nextQuestion(at time: StateTime) -> Question? {
        guard asked == nil, !questions.isEmpty else { return nil }
        let question = questions.removeFirst()
        asked = (question, time.monotonic + StateReplica.answerTimeout)
        return question
    }

    /// The question that is out has its answer; what is left of it comes first.
    mutating func answered(rest: Question?) {
        asked = nil
        if let rest { questions.insert(rest, at: 0) }
    }

    /// Gives up on a peer that does not answer.
    mutating func expire(at time: StateTime) {
        guard let asked, asked.deadline <= time.monotonic else { return }
        self.asked = nil
        questions = []
        compareSoon(at: time)
    }
}
