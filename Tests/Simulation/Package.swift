// swift-tools-version: 6.2
import PackageDescription

// The worker, compiled against another Kafka, another disk and another clock: the sources of the product as they are
// (by symbolic links), and beside them what stands in for librdkafka, the C library's file calls, threads and time.
// A name that a module declares itself wins over an imported one: that is all the trick there is.

// Not MemberImportVisibility: what stands in for the standard library comes from elsewhere than a file's imports say.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // Promises can be broken on purpose, one at a time.
    .define("MUTATIONS"),
    // One thread runs stacks in turn, and the runtime keeps the accesses of all of them in one list.
    .unsafeFlags(["-enforce-exclusivity=unchecked"]),
]

let package = Package(
    name: "millrace-simulation",
    products: [.executable(name: "millrace-simulation", targets: ["Simulation"])],
    targets: [
        .systemLibrary(name: "Crdkafka", path: "CLibraries/Crdkafka", pkgConfig: "rdkafka"),
        .systemLibrary(name: "CYAML", path: "CLibraries/CYAML", pkgConfig: "yaml-0.1"),
        .systemLibrary(name: "CCrypto", path: "CLibraries/CCrypto", pkgConfig: "libcrypto"),
        .target(
            name: "SimdjsonShim", path: "CLibraries/SimdjsonShim", cxxSettings: [.define("NDEBUG")],
            linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "YAML", dependencies: ["CYAML"], path: "YAML", swiftSettings: settings),
        .systemLibrary(name: "CContext", path: "CLibraries/CContext"),
        .target(name: "World", dependencies: ["CContext"], path: "World", swiftSettings: settings),
        .target(name: "Kafka", dependencies: ["World", "Crdkafka"], path: "Kafka", swiftSettings: settings),
        .target(
            name: "MillraceCore", dependencies: ["World", "SimdjsonShim", "CCrypto", "YAML"], path: "MillraceCore",
            swiftSettings: settings),
        .target(
            name: "MillraceStream", dependencies: ["World", "MillraceCore"], path: "MillraceStream",
            swiftSettings: settings),
        .target(
            name: "MillraceLearning", dependencies: ["World", "MillraceCore"], path: "MillraceLearning",
            swiftSettings: settings),
        .target(
            name: "MillraceOverview", dependencies: ["MillraceCore", "MillraceLearning"], path: "MillraceOverview",
            swiftSettings: settings),
        .target(
            name: "Millrace", dependencies: ["MillraceCore", "MillraceStream", "MillraceLearning", "MillraceOverview"],
            path: "Millrace", swiftSettings: settings),
        .target(
            name: "MillraceWorker", dependencies: ["World", "Kafka", "Millrace"], path: "MillraceWorker",
            exclude: [
                "Product/Alerts", "Product/Observe", "Product/Operations", "Product/Common/CrashPoint.swift",
                "Product/Common/Timestamp+Now.swift", "Product/Train/XGBoostTrainer.swift",
                "Product/Tracing/Tracer.swift", "Product/Tracing/Span.swift", "Product/Worker/StatusFile.swift",
            ], swiftSettings: settings),
        .executableTarget(
            name: "Simulation", dependencies: ["World", "Kafka", "Millrace", "MillraceWorker"], path: "Simulation",
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
