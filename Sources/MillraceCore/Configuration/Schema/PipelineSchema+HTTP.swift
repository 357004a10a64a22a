// The section about what is served over HTTP.

extension PipelineSchema {
    static let http = Section(
        HTTPSettings(),
        [
            .key(
                "listen", optional: \.listen, .listen,
                "`host:port`, a port of 127.0.0.1, or `none`. Another address than one of loopback needs `tokens.read`. Without the key a port that is taken is no mistake: the worker goes on without HTTP."
            ).example("0.0.0.0:8710").without("127.0.0.1:8710"),
            .key(
                "certificate", optional: \.certificate, .section(certificate),
                "A certificate, with which HTTPS is served. Its files are read again at SIGHUP; when they cannot be used, what was read before stays."
            ),
            .key(
                "tokens", \.tokens, .section(tokens),
                "What those who ask must bring, as `Authorization: Bearer TOKEN` or as a password."),
        ])

    private static let certificate = Section(
        HTTPSettings.Certificate(),
        [
            .key("chain", \.chain, .text, "The PEM file of the certificate and those above it.").required()
                .example("/etc/millrace/tls.crt"),
            .key("key", \.key, .text, "The PEM file of its key.").required().example("/etc/millrace/tls.key"),
        ])

    private static let tokens = Section(
        HTTPSettings.Tokens(),
        [
            .key(
                "read", optional: \.read, .token,
                "To read everything but the bytes of dead letters. Without it everybody may who can reach the port."
            ).secret().without("not asked for"),
            .key(
                "write", optional: \.write, .token,
                "To ask for runs, promotions, rollbacks. Without it nobody can over HTTP."
            ).secret().without("nobody may"),
            .key(
                "payloads", optional: \.payloads, .token,
                "To look at the bytes of dead letters. Without it nobody can over HTTP."
            ).secret().without("nobody may"),
        ])
}

extension Codec where Value == HTTPSettings.Listen {
    static let listen = Codec.scalar(
        ScalarShape(name: "address", json: [("type", .array([.string("string"), .string("integer")]))]),
        expected: "host:port such as 127.0.0.1:8710, a port, or none",
        parse: { scalar in
            scalar.text == "none" ? .off : ListenAddress(scalar.text).map { .at($0) }
        },
        format: { listen in
            switch listen {
            case .at(let address): "\(address)"
            case .off: "none"
            }
        })
}
