/// The worker's version, as lineage names it.
public enum WorkerVersion {
    public static let text = "0.1.0"
}
