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

func systemLibrary(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

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
        .target(
            name: "CSimdjson", path: "Sources/CLibraries/CSimdjson",
            cxxSettings: [.define("NDEBUG")],
            linkerSettings: [.linkedLibrary("simdjson")]),

        .target(name: "CommandLine", swiftSettings: settings),
        .target(name: "Kafka", dependencies: ["Crdkafka"], swiftSettings: settings),
        .target(name: "XGBoost", dependencies: ["CXGBoost"], swiftSettings: settings),
        .target(name: "YAML", dependencies: ["CYAML"], swiftSettings: settings),
        .target(name: "HTTPClient", dependencies: ["CCurl"], swiftSettings: settings),
        .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: settings),
        .target(name: "Compression", dependencies: ["CZstd", "CZlib"], swiftSettings: settings),
        .target(name: "HTTPServer", dependencies: ["CMicrohttpd"], swiftSettings: settings),
        .target(name: "Millrace", dependencies: ["CSimdjson", "CCrypto", "YAML"], swiftSettings: settings),
        .target(name: "MillraceHistory", dependencies: ["Millrace", "SQLite"], swiftSettings: settings),
        .target(
            name: "MillraceWorker", dependencies: ["Millrace", "MillraceHistory", "HTTPClient", "Kafka", "XGBoost"],
            swiftSettings: settings),
        .target(name: "MillraceWeb", dependencies: ["Millrace", "HTTPServer"], swiftSettings: settings),
        .executableTarget(
            name: "MillraceCommand",
            dependencies: [
                "CommandLine", "Compression", "HTTPServer", "Kafka", "Millrace", "MillraceHistory", "MillraceWeb",
                "MillraceWorker", "XGBoost",
            ],
            swiftSettings: settings),

        // What the benchmarks compare with: the least that a C program does.
        .executableTarget(name: "raw-kafka", dependencies: ["Crdkafka"], path: "Tests/RawKafka"),
        .executableTarget(
            name: "millrace-bench", dependencies: ["Compression", "Kafka", "Millrace", "MillraceWorker"],
            path: "Tests/Benchmarks",
            swiftSettings: settings),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(name: "CommandLineTests", dependencies: ["CommandLine", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "KafkaTests", dependencies: ["Kafka", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "MillraceWebTests", dependencies: ["MillraceWeb", "HTTPServer", "Millrace", "YAML", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "HTTPClientTests", dependencies: ["HTTPClient", "HTTPServer", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "XGBoostTests", dependencies: ["XGBoost", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite"], swiftSettings: settings),
        .testTarget(
            name: "MillraceHistoryTests", dependencies: ["Millrace", "MillraceHistory", "SQLite"],
            swiftSettings: settings),
        .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: settings),
        .testTarget(name: "CompressionTests", dependencies: ["Compression", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "MillraceTests", dependencies: ["Millrace", "Compression", "TestSupport"], swiftSettings: settings),
        // The program is run as a process: it is a dependency so that it is built first.
        .testTarget(
            name: "CommandTests",
            dependencies: ["MillraceCommand", "CommandLine", "Kafka", "Millrace", "MillraceWorker", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "FuzzTests", dependencies: ["MillraceCommand", "HTTPServer", "Millrace", "YAML", "Compression"],
            swiftSettings: settings),
        .testTarget(
            name: "IntegrationTests",
            // The program is run as a process, to be killed.
            dependencies: [
                "Millrace", "MillraceHistory", "MillraceWorker", "MillraceCommand", "HTTPServer", "Kafka",
                "Compression", "TestSupport",
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
