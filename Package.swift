// swift-tools-version: 6.2
import PackageDescription

// The package stands on the toolchain and on C libraries of the distribution alone. Each C library has a folder under
// Sources/CLibraries with its module map (or shim) and is imported by exactly one Swift module.

var settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
// A warning fails the continuous integration, not a user with a newer toolchain.
if Context.environment["CI"] != nil {
    settings.append(.treatAllWarnings(as: .error))
}

// What runs once a message, a run or a command, not once an event, is compiled for size and without debug information,
// which takes a quarter less time. (A backtrace of a release build names functions there, one of a debug build lines.)
let cold = settings + [.unsafeFlags(["-Osize", "-Xfrontend", "-gnone"], .when(configuration: .release))]
// Of these, the ones beside which little else is left to compile: file by file on all cores, not as a whole on one.
let coldAndLast = cold + [.unsafeFlags(["-no-whole-module-optimization"], .when(configuration: .release))]

func systemLibrary(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

// The pure part, whose four modules have one name for those who import it. All are named as dependencies: an umbrella
// that has not changed would not have its users compiled again.
let millrace: [Target.Dependency] = [
    "Millrace", "MillraceCore", "MillraceStream", "MillraceLearning", "MillraceOverview",
]

let package = Package(
    name: "millrace",
    products: [
        .executable(name: "millrace", targets: ["MillraceCommand"])
    ],
    targets: [
        systemLibrary("Crdkafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
        systemLibrary("CXGBoost", apt: "libxgboost-dev"),
        systemLibrary("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
        systemLibrary("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        systemLibrary("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
        systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        systemLibrary("CMicrohttpd", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
        systemLibrary("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        systemLibrary("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        // Targets that are ready are compiled in the order of their names, the last first: MillraceCore, for which most
        // others wait, can begin early only if what it needs has a name late in the alphabet.
        .target(
            name: "SimdjsonShim", path: "Sources/CLibraries/SimdjsonShim",
            cxxSettings: [.define("NDEBUG")],
            linkerSettings: [.linkedLibrary("simdjson")]),

        .target(name: "CommandLine", swiftSettings: cold),
        .target(name: "Kafka", dependencies: ["Crdkafka"], swiftSettings: settings),
        .target(name: "XGBoost", dependencies: ["CXGBoost"], swiftSettings: settings),
        .target(name: "YAML", dependencies: ["CYAML"], swiftSettings: settings),
        .target(name: "HTTPClient", dependencies: ["CCurl"], swiftSettings: settings),
        .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: settings),
        .target(name: "Compression", dependencies: ["CZstd", "CZlib"], swiftSettings: settings),
        .target(name: "HTTPServer", dependencies: ["CMicrohttpd"], swiftSettings: cold),
        .target(name: "MillraceCore", dependencies: ["SimdjsonShim", "CCrypto", "YAML"], swiftSettings: cold),
        .target(name: "MillraceStream", dependencies: ["MillraceCore"], swiftSettings: settings),
        .target(name: "MillraceLearning", dependencies: ["MillraceCore"], swiftSettings: cold),
        .target(name: "MillraceOverview", dependencies: ["MillraceCore", "MillraceLearning"], swiftSettings: cold),
        // The four under one name.
        .target(
            name: "Millrace", dependencies: ["MillraceCore", "MillraceStream", "MillraceLearning", "MillraceOverview"],
            swiftSettings: settings),
        .target(name: "MillraceHistory", dependencies: millrace + ["SQLite"], swiftSettings: cold),
        .target(
            name: "MillraceWorker", dependencies: millrace + ["MillraceHistory", "HTTPClient", "Kafka", "XGBoost"],
            swiftSettings: coldAndLast),
        .target(name: "MillraceWeb", dependencies: millrace + ["HTTPServer"], swiftSettings: cold),
        .executableTarget(
            name: "MillraceCommand",
            dependencies: millrace + [
                "CommandLine", "Compression", "HTTPServer", "Kafka", "MillraceHistory", "MillraceWeb", "MillraceWorker",
                "XGBoost",
            ],
            swiftSettings: coldAndLast),

        // What the benchmarks compare with: the least that a C program does.
        .executableTarget(name: "raw-kafka", dependencies: ["Crdkafka"], path: "Tests/RawKafka"),
        .executableTarget(
            name: "millrace-bench", dependencies: millrace + ["Compression", "Kafka", "MillraceWorker"],
            path: "Tests/Benchmarks",
            swiftSettings: settings),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(name: "CommandLineTests", dependencies: ["CommandLine", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "KafkaTests", dependencies: ["Kafka", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "MillraceWebTests", dependencies: millrace + ["MillraceWeb", "HTTPServer", "YAML", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "HTTPClientTests", dependencies: ["HTTPClient", "HTTPServer", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "XGBoostTests", dependencies: ["XGBoost", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite"], swiftSettings: settings),
        .testTarget(
            name: "MillraceHistoryTests", dependencies: millrace + ["MillraceHistory", "SQLite"],
            swiftSettings: settings),
        .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: settings),
        .testTarget(name: "CompressionTests", dependencies: ["Compression", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "MillraceTests", dependencies: millrace + ["Compression", "TestSupport"], swiftSettings: settings),
        // The program is run as a process: it is a dependency so that it is built first.
        .testTarget(
            name: "CommandTests",
            dependencies: millrace + ["MillraceCommand", "CommandLine", "Kafka", "MillraceWorker", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "FuzzTests", dependencies: millrace + ["MillraceCommand", "HTTPServer", "YAML", "Compression"],
            swiftSettings: settings),
        .testTarget(
            name: "IntegrationTests",
            // The program is run as a process, to be killed.
            dependencies: millrace + [
                "MillraceHistory", "MillraceWorker", "MillraceCommand", "HTTPServer", "Kafka", "Compression",
                "TestSupport",
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
