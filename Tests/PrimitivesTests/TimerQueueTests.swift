import Testing

@testable import Primitives

@Suite struct TimerQueueTests {
    @Test func theEarliestComesFirstWhateverWasAddedFirst() {
        var queue = TimerQueue<String>()
        queue.add("late", due: 60)
        queue.add("early", due: 2)
        #expect(queue.popDue(at: 1) == nil)
        #expect(queue.popDue(at: 2) == "early")
        #expect(queue.popDue(at: 59) == nil)
        #expect(queue.popDue(at: 60) == "late")
        #expect(queue.isEmpty)
    }

    @Test func equalDeadlinesFireInTheOrderInWhichTheyWereAdded() {
        var queue = TimerQueue<Int>()
        for key in 0..<100 { queue.add(key, due: 7) }
        #expect(queue.sorted.map(\.key) == Array(0..<100))
        #expect((0..<100).map { _ in queue.popFirst() } == (0..<100).map { $0 })
        #expect(queue.popFirst() == nil)
    }
}

@Suite struct TokenBucketTests {
    @Test func aFullBucketHasItsBurstAndRefillsAtItsRate() {
        var bucket = TokenBucket()
        #expect((0..<5).map { _ in bucket.take(interval: 10, burst: 5, at: 100) } == [0, 0, 0, 0, 0])
        #expect(bucket.take(interval: 10, burst: 5, at: 100) == 10)
        #expect(bucket.take(interval: 10, burst: 5, at: 109) == 1)
        #expect(bucket.take(interval: 10, burst: 5, at: 110) == 0)
        #expect(bucket.take(interval: 10, burst: 5, at: 111) == 9)
    }
}

@Suite struct BinarySearchTests {
    @Test func theFirstOfTheSecondPartIsFoundAtEverySizeAndPlace() {
        for count in 0..<20 {
            let numbers = Array(0..<count)[...]
            for place in 0...count { #expect(numbers.partitioningIndex { $0 >= place } == place) }
        }
        #expect([1, 2, 2, 3][1...].partitioningIndex { $0 >= 2 } == 1)
    }
}
