// swift-tools-version: 6.2
import PackageDescription

// One target is one room of the house, in order: a room imports only rooms above it in this list.
// `swift build --explicit-target-dependency-import-check error` keeps the doors as they are written here.

let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

/// What only tests use, each folder of Tests by its name.
func model(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, swiftSettings: strict)
}

/// Tests that replay what fuzzing found; for Tests/fuzz, the program that finds more.
let fuzz: Target = {
    let dependencies: [Target.Dependency] = [
        "Primitives", "SignedTokens", "StateCoding", "Compression", "HTTP", "WebSocket", "SocketIO", "Chat", "API",
        "Host",
        "Linux", "Handover",
        "Transport", "Operations", "Model",
    ]
    let data = ["Seeds", "Failures", "Dictionaries"]
    return Context.environment["CHATRELAY_FUZZ"] == nil
        ? .testTarget(
            name: "FuzzTests", dependencies: dependencies, path: "Tests/Fuzz", exclude: data + ["Fuzzer.swift"],
            swiftSettings: strict)
        : .executableTarget(
            name: "fuzz", dependencies: dependencies, path: "Tests/Fuzz", exclude: data + ["FuzzTests.swift"],
            swiftSettings: strict)
}()

let package = Package(
    name: "chatrelay",
    products: [
        .executable(name: "chatrelay", targets: ["chatrelay"]),
        .executable(name: "chatrelay-bench", targets: ["chatrelay-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", .upToNextMinor(from: "0.2.0")),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        // C
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        // Linked statically (its module.modulemap): the package of the shared library has another name in each Debian.
        .systemLibrary(name: "CUtf8proc", providers: [.apt(["libutf8proc-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "CLinux"),
        // Pure: bytes, time and randomness come in, actions go out
        room("Primitives", [heap]),
        room("UnicodeFolding", ["CUtf8proc"]),
        room("SignedTokens", ["Primitives", crypto]),
        room("StateCoding"),
        room("Compression", ["CZlib"]),
        room("HTTP", ["Primitives"]),
        room("WebSocket", ["StateCoding", "Compression", "HTTP", crypto]),
        room("SocketIO", ["Primitives", "StateCoding", "HTTP", collections]),
        room(
            "Chat", ["Primitives", "UnicodeFolding", "SignedTokens", "StateCoding", crypto, collections, heap],
            exclude: ["PROTOCOL.md"]
        ),
        room("Bridge", ["Primitives", "StateCoding", "HTTP", "SocketIO", "Chat", crypto]),
        room("API", ["HTTP", "Chat"], exclude: ["HTTP-API.md"]),
        room("Host", ["Primitives", "StateCoding", "Chat"]),
        // The machine: all unsafe code, apart from the C wrappers above
        room("Linux", ["CLinux"]),
        room("SQLite", ["CSQLite"]),
        room("Systemd", ["CSystemd", "Linux"]),
        // The durable log
        room("Ledger", ["Primitives", "Chat", "Host", "Linux", "SQLite"]),
        // The daemon
        room("Handover", ["Primitives", "StateCoding", "WebSocket", "Chat", "Host", "Linux", "Systemd", crypto]),
        room(
            "Transport",
            [
                "Primitives", "StateCoding", "Compression", "HTTP", "WebSocket", "SocketIO", "Chat", "Bridge", "API",
                "Host",
                "Linux", "Systemd", "Handover", collections,
            ]),
        room("Recovery", ["StateCoding", "Chat", "Host", "Linux", "Handover", "Transport"]),
        room(
            "Monitoring",
            [
                "Primitives", "HTTP", "Chat", "Host", "Linux", "Systemd", "Ledger", "Handover", "Transport", "Recovery",
                collections,
            ]),
        room(
            "Operations",
            ["Primitives", "SignedTokens", "HTTP", "Chat", "Host", "Linux", "Ledger", "Transport", "Monitoring"]),
        room(
            "Daemon",
            [
                "Primitives", "HTTP", "Chat", "API", "Host", "Linux", "Systemd", "Ledger", "Handover", "Transport",
                "Recovery", "Monitoring", "Operations",
            ]),
        .executableTarget(
            name: "chatrelay", dependencies: ["Monitoring", "Operations", "Daemon", argumentParser],
            swiftSettings: strict),
        .executableTarget(
            name: "chatrelay-bench", dependencies: ["WebSocket", "Linux", argumentParser, histogram],
            swiftSettings: strict),

        model("Model", ["Chat"]),
        .executableTarget(
            name: "chatrelay-echo",
            dependencies: ["Primitives", "Compression", "HTTP", "WebSocket", "SocketIO", "Linux"], path: "Tests/Echo",
            swiftSettings: strict),
        tests("Primitives"),
        tests("UnicodeFolding"),
        tests("SignedTokens", [crypto]),
        tests("StateCoding"),
        tests("Compression"),
        tests("HTTP"),
        tests("SocketIO", ["HTTP"]),
        tests("WebSocket", ["StateCoding", "Compression", "HTTP"]),
        tests("Chat", ["Primitives", "SignedTokens", "StateCoding", "Model", crypto]),
        tests("Bridge", ["Primitives", "StateCoding", "HTTP", "SocketIO", "Chat", "Host", "Model"]),
        tests("API", ["HTTP", "Chat"]),
        tests("SQLite"),
        tests("Ledger", ["Primitives", "Chat", "Host", "Linux", "SQLite", "Model"]),
        tests("Linux"),
        tests("Systemd", ["Linux"]),
        tests("Host", ["Primitives", "StateCoding", "Chat", "Model"]),
        tests("Handover", ["Primitives", "StateCoding", "WebSocket", "Chat", "Linux", "Model"]),
        tests(
            "Transport",
            [
                "Primitives", "StateCoding", "Compression", "HTTP", "WebSocket", "Bridge", "Chat", "Handover", "Linux",
                "Model",
            ]),
        tests("Monitoring", ["Chat", "Linux"]),
        tests("Operations", ["Chat", "HTTP", "Ledger", "Linux", "Transport"]),
        .testTarget(
            name: "Simulation",
            dependencies: [
                "Primitives", "StateCoding", "HTTP", "WebSocket", "SocketIO", "Chat", "Bridge", "Host", "Model",
                collections,
            ],
            path: "Tests/Simulation", swiftSettings: strict),
        fuzz,
    ],
    swiftLanguageModes: [.v6]
)
