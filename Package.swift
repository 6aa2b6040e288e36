// swift-tools-version: 6.2
import PackageDescription

/// Concurrency and strictness are set here, once, for every Swift target.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
  name: "swift-supervision",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Supervision", targets: ["Supervision"]),
    .library(name: "SupervisionTesting", targets: ["SupervisionTesting"]),
    .library(name: "Observer", targets: ["Observer"]),
    .executable(name: "kv", targets: ["KVCommand"]),
    .executable(name: "conformance", targets: ["Conformance"]),
    .executable(name: "benchmarks", targets: ["Benchmarks"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Ground floor: processes, signals, scheduling. Standard library only.
    .target(name: "CPlatform"),
    .target(
      name: "Processes", dependencies: ["CPlatform"],
      // For one function, which does without: see Calls/Suspension.swift.
      swiftSettings: settings + [.enableExperimentalFeature("BuiltinModule")]),

    // The behaviours of OTP on top of processes.
    .target(name: "Supervision", dependencies: ["Processes"], swiftSettings: settings),
    .target(name: "SupervisionTesting", dependencies: ["Supervision"], swiftSettings: settings),

    // The guide's application.
    .target(name: "KV", dependencies: ["Supervision"], swiftSettings: settings),

    // What there is to see of a runtime, as values, text and JSON; and the page that shows it.
    .target(name: "Views", dependencies: ["Supervision", "Processes"], swiftSettings: settings),
    .target(
      name: "Observer",
      dependencies: [
        "Views", "Supervision", "Processes",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      resources: [.embedInCode("Page")], swiftSettings: settings),

    // The shell: line editing, any application's shell, the KV application's commands, the program.
    .systemLibrary(
      name: "CLibedit", pkgConfig: "libedit",
      providers: [.apt(["libedit-dev"]), .brew(["libedit"])]),
    .target(name: "LineEditing", dependencies: ["CLibedit"], swiftSettings: settings),
    .target(
      name: "Shell", dependencies: ["Views", "Supervision", "Processes", "LineEditing"],
      swiftSettings: settings),
    .target(
      name: "KVShell", dependencies: ["KV", "Shell", "Observer", "Supervision", "Processes"],
      swiftSettings: settings),
    .executableTarget(
      name: "KVCommand",
      dependencies: [
        "KVShell", "KV", "Shell", "Supervision", "Processes",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    // Another application with the same shell: its own tree, its own three commands.
    .executableTarget(
      name: "Examples", dependencies: ["Shell", "Supervision"], swiftSettings: settings),

    // Runs the recorded scenarios of the real Erlang/OTP.
    .executableTarget(
      name: "Conformance",
      dependencies: [
        "KV", "Supervision", "Processes",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    // A client that says exactly what it is told to, for measurements and tests of the observer.
    .target(name: "PlainHTTP", swiftSettings: settings),

    // Measures the runtime; the peer's side of it, for the BEAM, lies beside it.
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "KV", "Observer", "PlainHTTP", "Supervision", "Processes", "CPlatform",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["kv_peer.ex", "instructions.txt"], swiftSettings: settings),

    .testTarget(
      name: "ProcessesTests", dependencies: ["Processes", "CPlatform"], swiftSettings: settings),
    .testTarget(
      name: "SupervisionTests", dependencies: ["Supervision", "SupervisionTesting"],
      swiftSettings: settings),
    .testTarget(
      name: "SupervisionTestingTests", dependencies: ["SupervisionTesting", "Supervision"],
      swiftSettings: settings),
    .testTarget(
      name: "KVTests", dependencies: ["KV", "SupervisionTesting"], swiftSettings: settings),
    // A terminal's screen, for tests that look at one.
    .target(name: "TerminalTesting", path: "Tests/TerminalTesting", swiftSettings: settings),
    .testTarget(
      name: "LineEditingTests", dependencies: ["LineEditing", "TerminalTesting"],
      swiftSettings: settings),
    .testTarget(
      name: "ShellTests", dependencies: ["Shell", "KVShell", "Supervision", "Processes"],
      swiftSettings: settings),
    .testTarget(
      name: "ObserverTests",
      dependencies: [
        "Observer", "PlainHTTP", "Views", "Supervision", "SupervisionTesting", "Processes",
      ], swiftSettings: settings),
    .testTarget(
      name: "ConformanceTests",
      dependencies: ["Conformance"], exclude: ["Vectors"], swiftSettings: settings),
    .testTarget(
      name: "BenchmarksTests", dependencies: ["Benchmarks", "Supervision"],
      swiftSettings: settings),
    .testTarget(
      name: "KVShellTests", dependencies: ["KVShell", "Shell", "KV", "Supervision", "LineEditing"],
      exclude: ["Transcripts"], swiftSettings: settings),
    .testTarget(
      name: "ExamplesTests", dependencies: ["Examples", "Shell"], swiftSettings: settings),
    .testTarget(
      name: "KVCommandTests", dependencies: ["KVCommand", "TerminalTesting"],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
