// What libFuzzer calls: https://llvm.org/docs/LibFuzzer.html. Only Tests/fuzz builds it.

import Glibc

/// The check that the environment names, made once.
nonisolated(unsafe) private let check: Check = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let make = checks[name] else { fatalError("FUZZ_TARGET must be one of \(checks.keys.sorted())") }
    return make()
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try unsafe check(Array(UnsafeBufferPointer(start: bytes, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}

/// SwiftPM takes this for the program's `main`, where `-sanitize=fuzzer` would have its own.
@_cdecl("fuzz_main")
public func main(_ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    var (count, words) = unsafe (count, words)
    return unsafe runDriver(&count, &words, fuzz)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ check: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
