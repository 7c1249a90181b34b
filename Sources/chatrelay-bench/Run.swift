// What one stretch of load has shown, as the clients saw it.

struct Run {
    var messages = 0
    /// Messages received, each subscriber's counted.
    var deliveries = 0
    /// Not there when the patience after the last message ended: never sent, or far too late.
    var lost = 0
    /// Received twice, or after a later one.
    var disordered = 0
    /// Clients that the server has hung up on since the start.
    var hungUp = 0
    /// The first error that the server answered with since the start.
    var firstError: String?
    var seconds = 0.0
    var latencies = Histogram()
    /// In which the generator read, checked or sent. Near all the time it, and not the server, is what is measured.
    var busyNanoseconds: Int64 = 0

    /// Whether every subscriber got every message, once and in order.
    var isWhole: Bool { lost == 0 && disordered == 0 && hungUp == 0 }
}
