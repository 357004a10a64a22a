import Kafka
import Testing

@Suite struct ClientSettingsTests {
    @Test func secretsAreNeverShown() {
        var settings = ClientSettings(brokers: "a:1")
        settings.properties = [
            "sasl.password": "hunter2", "ssl.key.password": "hunter2", "ssl.key.pem": "hunter2",
            "sasl.oauthbearer.client.secret": "hunter2", "sasl.username": "alice",
        ]
        for text in ["\(settings)", String(reflecting: settings), "\(Optional(settings) as Any)"] {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("alice"))
        }
    }

    @Test func anUnknownPropertyIsNamedAndASecretValueIsNotRepeated() {
        var settings = ClientSettings(brokers: "127.0.0.1:1")
        settings.properties = ["no.such.property": "1"]
        let error = thrownError { _ = try Producer(settings: settings) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("no.such.property") == true)

        settings.properties = ["ssl.key.pem.password.x": "hunter2"]
        #expect(thrownError { _ = try Producer(settings: settings) }?.message.contains("hunter2") == false)
    }

    @Test func aPropertyOverridesATypedSetting() {
        var settings = ClientSettings(brokers: "127.0.0.1:1")
        settings.properties = ["compression.type": "no-such-codec"]
        #expect(thrownError { _ = try Producer(settings: settings) }?.message.contains("compression.type") == true)
    }

    @Test func theRunningLibraryIsSupported() {
        #expect(LibraryVersion.running >= LibraryVersion.minimum)
        #expect(LibraryVersion(2, 0, 2) < LibraryVersion(2, 1, 0))
        #expect(!LibraryVersion(2, 0, 2).batchQueueIsSafe)
        #expect(LibraryVersion(2, 1, 0).batchQueueIsSafe)
        #expect(!LibraryVersion(2, 2, 9).fetchQueueBackoff)
        #expect(LibraryVersion(2, 10, 0).fetchQueueBackoff)
    }
}
