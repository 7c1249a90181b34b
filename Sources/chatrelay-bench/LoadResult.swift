// The result of one period of load, as the clients saw it.

struct LoadResult {
    var messages = 0
    /// Messages received, by all subscribers together.
    var deliveries = 0
    /// Deliveries missing at the end of the wait after the last message.
    var lost = 0
    /// Deliveries received twice, or after a later one.
    var disordered = 0
    /// Connections that the server has closed since the start.
    var hungUp = 0
    /// The first error event since the start.
    var firstError: String?
    var seconds = 0.0
    var latencies = LatencyHistogram()
    /// The time in which the generator read, checked or sent. Where it is nearly all the time, the generator limits the
    /// figures, and not the server.
    var busyNanoseconds: Int64 = 0

    /// Whether every subscriber has received every message, once and in order.
    var isComplete: Bool { lost == 0 && disordered == 0 && hungUp == 0 }
}
